import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { Empty } from '../../widgets/states.tsx'
import type { QueueDetails } from './queue-details.ts'

/** Who reads from a queue. */
export function ConsumersTab({ queue }: { readonly queue: QueueDetails }) {
  const { consumerColumns: head, facts } = t.queue
  const consumers = queue.consumer_details ?? []
  if (consumers.length === 0) {
    return (
      <div class="card">
        <Empty title={t.queue.noConsumers}>
          <p>{t.queue.noConsumersHint}</p>
        </Empty>
      </div>
    )
  }
  return (
    <SimpleTable
      label={t.queue.tabs.consumers}
      head={[head.tag, head.connection, head.prefetch, head.ack, head.active, head.priority]}
      rows={consumers.map((one) => [
        one.consumer_tag,
        <a key="connection" href={href(['connections', one.channel_details.connection_name])}>
          {one.channel_details.connection_name}
        </a>,
        one.prefetch_count,
        one.ack_required ? facts.yes : facts.no,
        one.active ? facts.yes : facts.no,
        String(one.arguments['x-priority'] ?? 0),
      ])}
    />
  )
}
