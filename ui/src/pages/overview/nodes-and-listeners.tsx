import { useLive } from '../../data/live.ts'
import { hasTag } from '../../data/session.ts'
import { bytes, count } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { copyText } from '../../widgets/copy-as.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { ConnectCode } from './connect-code.tsx'

interface NodeRow {
  readonly name: string
  readonly uptime: number
  readonly mem_used: number
  readonly disk_free: number
  readonly fd_used: number
  readonly fd_total: number
  readonly erlang_full_version: string
}

interface Listener {
  readonly protocol: string
  readonly ip_address: string
  readonly port: number
  readonly tls: boolean
}

const columns = 'columns=name,uptime,mem_used,disk_free,fd_used,fd_total,erlang_full_version'
const schemes: Readonly<Record<string, string>> = { amqp: 'amqp', mqtt: 'mqtt', stomp: 'stomp', http: 'http' }

/** The nodes, and where they can be reached. */
export function NodesAndListeners() {
  const nodes = useLive<readonly NodeRow[]>(hasTag('monitoring') ? `/nodes?${columns}` : undefined).data.value ?? []
  const overview = useLive<{ readonly listeners: readonly Listener[]; readonly product_version: string }>('/overview')
  const listeners = overview.data.value?.listeners ?? []
  const { nodeColumns, listenerColumns } = t.overview
  return (
    <div class="columns two">
      {nodes.length > 0 && (
        <section class="card panel">
          <h2>{t.overview.nodes}</h2>
          <SimpleTable
            label={t.overview.nodes}
            head={[nodeColumns.name, nodeColumns.uptime, nodeColumns.memory, nodeColumns.files, nodeColumns.runtime]}
            rows={nodes.map((node) => [
              node.name,
              duration(node.uptime),
              bytes(node.mem_used),
              `${count(node.fd_used)} / ${count(node.fd_total)}`,
              node.erlang_full_version,
            ])}
          />
        </section>
      )}
      <section class="card panel">
        <h2>{t.overview.listeners}</h2>
        <SimpleTable
          label={t.overview.listeners}
          head={[listenerColumns.protocol, listenerColumns.address, listenerColumns.url]}
          rows={listeners.map((listener) => {
            const url = urlOf(listener)
            return [
              listener.protocol,
              `${listener.ip_address}:${listener.port}`,
              url === undefined ? (
                ''
              ) : (
                <span class="inline-row">
                  <code>{url}</code>
                  <Button kind="quiet" icon="copy" label={`${t.actions.copy} ${url}`} onClick={() => copyText(url)} />
                </span>
              ),
            ]
          })}
        />
      </section>
      <ConnectCode port={listeners.find(({ protocol, tls }) => protocol === 'amqp' && !tls)?.port ?? 5672} />
    </div>
  )
}

function urlOf({ protocol, port, tls }: Listener): string | undefined {
  const scheme = schemes[protocol.split('/')[0]!]
  return scheme === undefined ? undefined : `${scheme}${tls ? 's' : ''}://${window.location.hostname}:${port}`
}
