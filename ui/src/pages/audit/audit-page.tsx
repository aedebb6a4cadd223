import { dateTime } from '../../format/times.ts'
import { vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'

interface AuditEntry {
  readonly time: number
  readonly operation: string
  readonly what: string | null
  readonly vhost: string | null
  readonly user: string
  readonly via: string | null
  readonly peer: string | null
  readonly outcome: string
  readonly reason: string | null
}

const texts = t.operation.audit

const columns: readonly Column<AuditEntry>[] = [
  plain('time', ({ time }) => dateTime(time)),
  plain('operation', ({ operation }) => operation),
  plain('what', ({ what }) => what),
  plain('vhost', (entry) => entry.vhost),
  plain('user', ({ user }) => user),
  plain('via', ({ via }) => via),
  plain('peer', ({ peer }) => peer),
  {
    ...plain('outcome', ({ outcome }) => outcome),
    show: ({ outcome }) =>
      outcome === 'done' ? <span class="dim">{outcome}</span> : <Badge kind="danger">{outcome}</Badge>,
  },
  {
    ...plain('reason', ({ reason }) => reason),
    show: ({ reason }) => reason !== null && <span class="wrap">{reason}</span>,
  },
]

const filters = ['outcome:refused', 'outcome:failed', '-operation:login', 'operation:~delete', 'user:', 'via:http']

/** Who changed what, and who logged in. */
export function AuditPage() {
  return (
    <>
      <h1>{texts.title}</h1>
      <p class="lead">{texts.lead}</p>
      <ServerList<AuditEntry>
        label={texts.title}
        path={vhost.value === undefined ? '/x/audit' : `/x/audit?vhost=${encodeURIComponent(vhost.value)}`}
        columns={columns}
        always="time,operation,user,what"
        sort="time"
        reverse
        filters={filters}
        keyOf={({ time, operation, what, user }) => `${time} ${operation} ${what} ${user}`}
        empty={<Empty title={texts.none} />}
      />
    </>
  )
}

function plain(id: keyof typeof texts.columns, read: (entry: AuditEntry) => string | null): Column<AuditEntry> {
  return {
    ...{ id, title: texts.columns[id], sort: id, needs: id },
    show: (entry) => read(entry) ?? '–',
    text: (entry) => read(entry) ?? '',
  }
}
