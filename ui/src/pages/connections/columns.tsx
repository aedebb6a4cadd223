import { type ClosedConnection, type Connection, clientName, libraryOf } from '../../data/connection.ts'
import { bytes, count } from '../../format/numbers.ts'
import { dateTime, duration } from '../../format/times.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import type { Column } from '../../widgets/column.ts'

const titles = t.clients.columns

/** What is asked of every connection. */
export const connectionAlways = 'name,user_provided_name,client_properties,user,vhost'

/** Columns of the list of open connections. */
export const connectionColumns: readonly Column<Connection>[] = [
  {
    id: 'name',
    title: titles.name,
    sort: 'user_provided_name',
    show: (connection) => (
      <a class="name" href={href(['connections', connection.name])} title={connection.name}>
        {clientName(connection)}
      </a>
    ),
    text: clientName,
  },
  plain('vhost', titles.vhost, 'vhost', ({ vhost }) => vhost),
  plain('user', titles.user, 'user', ({ user }) => user),
  {
    ...plain<Connection>('state', titles.state, 'state', ({ state }) => state),
    show: ({ state }) => (state === 'running' ? <span class="dim">{state}</span> : <Badge kind="warn">{state}</Badge>),
  },
  plain('protocol', titles.protocol, 'protocol', ({ protocol }) => protocol),
  plain('library', titles.library, 'client_properties.product', libraryOf),
  { ...plain('host', titles.host, 'peer_host', ({ peer_host: host }) => host) },
  plain('tls', titles.tls, 'ssl', ({ ssl, ssl_protocol: version }) => (ssl ? (version ?? 'TLS') : t.clients.plain), {
    needs: 'ssl,ssl_protocol',
  }),
  { ...plain('channels', titles.channels, 'channels', ({ channels }) => count(channels)), end: true },
  {
    ...plain<Connection>('in', titles.in, 'recv_oct_details.rate', (one) => bytes(one.recv_oct_details?.rate ?? 0)),
    end: true,
  },
  {
    ...plain<Connection>('out', titles.out, 'send_oct_details.rate', (one) => bytes(one.send_oct_details?.rate ?? 0)),
    end: true,
  },
  plain('since', titles.since, 'connected_at', ({ connected_at: at }) => (at === null ? '–' : dateTime(at))),
  plain('heartbeat', titles.heartbeat, 'timeout', ({ timeout }) => t.clients.seconds(timeout), { optional: true }),
  plain('received', titles.received, 'recv_oct', (one) => bytes(one.recv_oct), { optional: true, end: true }),
  plain('sent', titles.sent, 'send_oct', (one) => bytes(one.send_oct), { optional: true, end: true }),
  plain('pending', titles.pending, 'send_pend', (one) => bytes(one.send_pend), { optional: true, end: true }),
]

/** Columns of the list of those that ended. */
export const closedColumns: readonly Column<ClosedConnection>[] = [
  {
    id: 'name',
    title: titles.name,
    sort: 'user_provided_name',
    needs: 'name,user_provided_name,client_properties',
    show: (closed) => (
      <a class="name" href={href(['connections', closed.name])} title={closed.name}>
        {clientName(closed)}
      </a>
    ),
    text: clientName,
  },
  plain('closed', titles.closedAt, 'closed_at', ({ closed_at: at }) => dateTime(at)),
  plain('by', titles.endedBy, 'ended_by', ({ ended_by: by }) => by),
  {
    ...plain<ClosedConnection>('reason', titles.reason, 'reason', ({ reason }) => reason),
    show: ({ reason }) => <span class="wrap">{reason}</span>,
  },
  plain('errors', titles.errors, 'channel_errors', ({ channel_errors: errors }) => count(errors.length), { end: true }),
  plain('user', titles.user, 'user', ({ user }) => user),
  plain('vhost', titles.vhost, 'vhost', ({ vhost }) => vhost),
  plain('host', titles.host, 'peer_host', ({ peer_host: host }) => host),
  plain('protocol', titles.protocol, 'protocol', ({ protocol }) => protocol, { optional: true }),
  plain('library', titles.library, 'client_properties.product', libraryOf, { optional: true }),
  plain(
    'lasted',
    titles.lasted,
    'connected_at',
    ({ connected_at: from, closed_at: to }) => (from === null ? '–' : duration(to - from)),
    { needs: 'connected_at,closed_at' },
  ),
]

function plain<T>(
  id: string,
  title: string,
  sort: string,
  read: (row: T) => string | null,
  more: Partial<Column<T>> = {},
): Column<T> {
  return { id, title, sort, needs: sort, show: (row) => read(row) ?? '–', text: (row) => read(row) ?? '', ...more }
}
