import { type Connection, clientName, libraryOf } from '../../data/connection.ts'
import { useLive } from '../../data/live.ts'
import { bytes, count } from '../../format/numbers.ts'
import { setQuery } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { Empty, Show } from '../../widgets/states.tsx'

interface Grouping {
  read(connection: Connection): string
  /** The filter that shows one group. */
  filter(value: string): string
}

const quoted = (field: string) => (value: string) => `${field}:"=${value}"`

/** By what connections may be grouped. */
export const groupings: Readonly<Record<string, Grouping>> = {
  application: {
    read: (one) => (clientName(one) === one.name ? '' : clientName(one)),
    filter: quoted('user_provided_name'),
  },
  user: { read: ({ user }) => user ?? '', filter: quoted('user') },
  peer_host: { read: ({ peer_host: host }) => host, filter: quoted('peer_host') },
  library: {
    read: libraryOf,
    filter: (value) =>
      value === ''
        ? quoted('client_properties.product')('')
        : `client_properties.product:"${value.replace(/ [\d.]\S*$/, '')}"`,
  },
  protocol: { read: ({ protocol }) => protocol, filter: quoted('protocol') },
}

const asked = [
  'name,user_provided_name,client_properties,user,peer_host,protocol,state,channels',
  'recv_oct_details.rate,send_oct_details.rate',
].join()

/** Who is connected, as groups with sums. */
export function Groups({ path, by }: { readonly path: string; readonly by: string }) {
  const live = useLive<readonly Connection[]>(`${path}?columns=${asked}`)
  const { groupColumns: head } = t.clients
  const { read, filter } = groupings[by]!
  return (
    <Show live={live}>
      {(connections) => {
        const groups = Map.groupBy(connections, read)
        if (groups.size === 0) return <Empty title={t.clients.none} />
        const rows = [...groups].sort(([, a], [, b]) => b.length - a.length)
        const sum = (all: readonly Connection[], of: (one: Connection) => number | undefined) =>
          all.reduce((total, one) => total + (of(one) ?? 0), 0)
        return (
          <SimpleTable
            label={t.clients.connections}
            head={[
              t.clients.groups[by as keyof typeof t.clients.groups],
              head.connections,
              head.channels,
              head.blocked,
              head.in,
              head.out,
            ]}
            rows={rows.map(([value, all]) => {
              const blocked = all.filter(({ state }) => state !== 'running').length
              return [
                <button
                  key="value"
                  type="button"
                  class="link"
                  onClick={() => setQuery({ group: undefined, filter: filter(value) }, true)}
                >
                  {value === '' ? t.clients.unnamed : value}
                </button>,
                count(all.length),
                count(sum(all, ({ channels }) => channels)),
                blocked === 0 ? '0' : <Badge kind="warn">{count(blocked)}</Badge>,
                `${bytes(sum(all, (one) => one.recv_oct_details?.rate))}/s`,
                `${bytes(sum(all, (one) => one.send_oct_details?.rate))}/s`,
              ]
            })}
          />
        )
      }}
    </Show>
  )
}
