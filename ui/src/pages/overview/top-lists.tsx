import { useLive } from '../../data/live.ts'
import { count, rate } from '../../format/numbers.ts'
import { href, vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'

interface Row {
  readonly name: string
  readonly vhost: string
  readonly type: string
  readonly messages: number
  readonly messages_details?: { readonly rate: number }
  readonly message_stats?: { readonly redeliver_details?: { readonly rate: number } }
}

const SHOWN = 8

function useTop(query: string): readonly Row[] {
  const where = vhost.value === undefined ? '/queues' : `/queues/${encodeURIComponent(vhost.value)}`
  const columns = 'columns=name,vhost,type,messages,messages_details.rate,message_stats.redeliver_details.rate'
  const path = `${where}?page=1&page_size=${SHOWN}&sort_reverse=true&${query}&${columns}`
  return useLive<{ readonly items: readonly Row[] }>(path).data.value?.items ?? []
}

/** The queues one should know about. */
export function TopLists() {
  const { top } = t.overview
  const deepest = useTop('sort=messages').filter(({ messages }) => messages > 0)
  const growing = useTop('sort=messages_details.rate').filter((row) => (row.messages_details?.rate ?? 0) > 0)
  const waiting = useTop(`sort=messages&filter=${encodeURIComponent('consumers:0 messages:>0')}`)
  return (
    <section class="columns" aria-label={t.pages.queues}>
      <TopList title={top.deepest} rows={deepest} value={({ messages }) => count(messages)} />
      <TopList
        title={top.growing}
        rows={growing}
        value={({ messages_details: details }) => `+${rate(details?.rate)}${top.perSecond}`}
      />
      <TopList title={top.waiting} rows={waiting} value={({ messages }) => count(messages)} />
    </section>
  )
}

function TopList({ title, rows, value }: { title: string; rows: readonly Row[]; value: (row: Row) => string }) {
  return (
    <div class="card panel">
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p class="hint">{t.overview.top.none}</p>
      ) : (
        <ol class="top-list">
          {rows.map((row) => (
            <li key={`${row.vhost}/${row.name}`}>
              <a href={href([row.type === 'stream' ? 'streams' : 'queues', row.vhost, row.name])}>{row.name}</a>
              <span>{value(row)}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
