import type { ClosedConnection } from '../../data/connection.ts'
import { useLive } from '../../data/live.ts'
import { bytes } from '../../format/numbers.ts'
import { dateTime, duration } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'
import { FactList } from '../../widgets/fact-list.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { Empty, Show } from '../../widgets/states.tsx'

/** Why a connection is there no more. */
export function EndedConnection({ name }: { readonly name: string }) {
  const filter = encodeURIComponent(`name:"=${name}"`)
  const live = useLive<readonly ClosedConnection[]>(`/x/connections/closed?filter=${filter}`)
  const { columns: titles } = t.clients
  return (
    <Show live={live}>
      {([closed]) =>
        closed === undefined ? (
          <div class="card">
            <Empty title={t.clients.unknown} />
          </div>
        ) : (
          <>
            <p class="lead">
              <strong>{t.clients.ended}</strong> {t.clients.endedBy(closed.ended_by, closed.reason)}
            </p>
            <section class="card panel">
              <FactList
                facts={[
                  [titles.user, closed.user ?? '–'],
                  [titles.vhost, closed.vhost ?? '–'],
                  [titles.host, `${closed.peer_host}:${closed.peer_port}`],
                  [titles.closedAt, dateTime(closed.closed_at)],
                  [
                    titles.lasted,
                    closed.connected_at === null ? '–' : duration(closed.closed_at - closed.connected_at),
                  ],
                  [titles.received, bytes(closed.recv_oct)],
                  [titles.sent, bytes(closed.send_oct)],
                ]}
              />
            </section>
            {closed.channel_errors.length > 0 && (
              <SimpleTable
                label={titles.errors}
                head={[titles.errors]}
                rows={closed.channel_errors.map((error) => [<code key="error">{error}</code>])}
              />
            )}
          </>
        )
      }
    </Show>
  )
}
