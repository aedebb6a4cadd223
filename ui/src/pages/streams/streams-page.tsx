import { currentQueue, type Queue } from '../../data/queue.ts'
import { useQueuesNow } from '../../data/stream.ts'
import { useSeveralVhosts } from '../../data/vhosts.ts'
import { count } from '../../format/numbers.ts'
import { dateTime } from '../../format/times.ts'
import { location, setQuery, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import type { Column } from '../../widgets/column.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { AddQueueDialog } from '../queues/add-queue-dialog.tsx'
import { queueColumns } from '../queues/columns.tsx'

const titles = t.streams.columns
const shared = (id: string) => queueColumns.find((column) => column.id === id)!

const columns: readonly Column<Queue>[] = [
  shared('name'),
  shared('vhost'),
  shared('total'),
  { id: 'first', title: titles.first, needs: 'first_offset', end: true, show: (queue) => count(queue.first_offset) },
  { id: 'last', title: titles.last, needs: 'committed_offset', end: true, show: (q) => count(q.committed_offset) },
  { id: 'segments', title: titles.segments, needs: 'segments', end: true, show: (queue) => count(queue.segments) },
  {
    id: 'oldest',
    title: titles.oldest,
    needs: 'first_timestamp',
    show: ({ first_timestamp: at }) => (at ? dateTime(at) : '–'),
  },
  shared('publish'),
  { ...shared('consumers'), title: titles.readers },
  { ...shared('bytes'), optional: false },
  shared('policy'),
]

/** All streams. */
export function StreamsPage() {
  const adding = location.value.query.add === '1'
  const where = vhost.value === undefined ? '/queues' : `/queues/${encodeURIComponent(vhost.value)}`
  const add = (
    <Button kind="primary" icon="plus" onClick={() => setQuery({ add: '1' })}>
      {t.streams.add}
    </Button>
  )
  return (
    <>
      <h1>{t.streams.title}</h1>
      <ServerList<Queue>
        label={t.streams.title}
        path={where}
        columns={useSeveralVhosts() ? columns : columns.filter(({ id }) => id !== 'vhost')}
        always="name,vhost,type,messages,consumers"
        sort="name"
        fixedFilter="type:stream"
        filters={['consumers:0', 'name:~^', 'messages:>1000000', 'policy:']}
        keyOf={(queue) => `${queue.vhost} ${queue.name}`}
        current={useCurrent}
        tools={add}
        empty={
          <Empty title={t.streams.empty}>
            <p>{t.streams.emptyHint}</p>
          </Empty>
        }
      />
      {adding && <AddQueueDialog type="stream" onClose={() => setQuery({ add: undefined })} />}
    </>
  )
}

function useCurrent(rows: readonly Queue[]): readonly Queue[] {
  useQueuesNow(rows.map(({ vhost, name }) => ({ vhost, name })))
  return rows.map(currentQueue)
}
