import type { Consumer } from '../../data/connection.ts'
import { t } from '../../strings/strings.ts'
import { DataTable } from '../../widgets/data-table.tsx'
import { Empty } from '../../widgets/states.tsx'
import { consumerColumns, consumerKey } from './columns.tsx'

/** A few consumers. */
export function ConsumerTable({ consumers }: { readonly consumers: readonly Consumer[] }) {
  const texts = t.clients.consumers
  if (consumers.length === 0) {
    return (
      <div class="card">
        <Empty title={texts.none} />
      </div>
    )
  }
  return <DataTable label={texts.title} columns={consumerColumns} rows={consumers} keyOf={consumerKey} />
}
