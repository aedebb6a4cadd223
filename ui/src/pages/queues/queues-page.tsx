import { currentQueue, type Queue } from '../../data/queue.ts'
import { useQueuesNow } from '../../data/stream.ts'
import { useSeveralVhosts } from '../../data/vhosts.ts'
import { location, setQuery, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { useSelection } from '../../widgets/selection.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { AddQueueDialog } from './add-queue-dialog.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { queueAlways, queueColumns } from './columns.tsx'

const filters = [
  'messages:>1000',
  'consumers:0',
  'type:classic',
  'type:quorum',
  'type:stream',
  'state:running',
  'state:paused',
  'ready:>0',
  'unacked:>0',
  'name:~^',
  'policy:',
  'arg:x-dead-letter-exchange',
  'arg:x-max-priority',
  'durable:false',
  'exclusive:true',
]

const samples = 'lengths_age=600&lengths_incr=30'

/** All queues. */
export function QueuesPage() {
  const adding = location.value.query.add === '1'
  const selection = useSelection()
  const where = vhost.value === undefined ? '/queues' : `/queues/${encodeURIComponent(vhost.value)}`
  const columns = useSeveralVhosts() ? queueColumns : queueColumns.filter(({ id }) => id !== 'vhost')
  const add = (
    <Button kind="primary" icon="plus" onClick={() => setQuery({ add: '1' })}>
      {t.queues.add}
    </Button>
  )
  return (
    <>
      <h1>{t.queues.title}</h1>
      <ServerList<Queue>
        label={t.queues.title}
        path={`${where}?${samples}`}
        columns={columns}
        always={queueAlways}
        sort="name"
        filters={filters}
        keyOf={keyOf}
        current={useCurrent}
        selection={selection}
        tools={add}
        bulk={(page) => (
          <BulkBar
            page={page}
            everything={`${where}?columns=${queueAlways}&filter=${encodeURIComponent(location.value.query.filter ?? '')}`}
            keyOf={keyOf}
            selected={selection.keys}
            onSelect={selection.set}
          />
        )}
        empty={
          <Empty title={t.queues.empty}>
            <p>{t.queues.emptyHint}</p>
            {add}
          </Empty>
        }
      />
      {adding && <AddQueueDialog onClose={() => setQuery({ add: undefined })} />}
    </>
  )
}

function keyOf({ vhost: where, name }: Queue): string {
  return vhost.value === undefined && where !== '/' ? `${where} ${name}` : name
}

/** Rows with the figures of this second. */
function useCurrent(rows: readonly Queue[]): readonly Queue[] {
  useQueuesNow(rows.map(({ vhost, name }) => ({ vhost, name })))
  return rows.map(currentQueue)
}
