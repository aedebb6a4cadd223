import type { Broker } from '../../../broker/broker.ts'
import type { Node, NodeListener } from '../../../plugin.ts'
import { badRequest, notFound } from '../http-error.ts'
import type { JsonObject } from '../listing.ts'
import { Answer, type Route } from '../route.ts'

const ok: JsonObject = { status: 'ok' }

const DAY = 86_400_000

/** What protocols go by in checks, beside their own names. */
const aliases: Readonly<Record<string, string>> = {
  amqp091: 'amqp',
  'amqp0.9.1': 'amqp',
  'amqp-0-9-1': 'amqp',
  amqp10: 'amqp',
  'amqp1.0': 'amqp',
  amqps: 'amqp/ssl',
  https: 'https',
  mqtt311: 'mqtt',
}

/** What monitors and load balancers ask: 200 when it is well, 503 with the reason when it is not. */
export function healthRoutes(broker: Broker, node: Node): Route[] {
  const well = async () => ok
  return [
    get('/healthchecks/node', well),
    get('/healthchecks/node/:node', async ({ params }) => (params.node === node.name ? ok : notThere())),
    get('/aliveness-test/:vhost', async ({ actor, params }) => {
      const access = await broker.administration.topology.open(actor, params.vhost!)
      access.close()
      return ok
    }),
    ...['alarms', 'local-alarms'].map((name) => get(`/health/checks/${name}`, async () => alarms(broker))),
    ...[
      'virtual-hosts',
      'is-in-service',
      'reached-target-cluster-size',
      'ready-to-serve-clients',
      'below-node-connection-limit',
      'metadata-store/initialized',
      'metadata-store/initialized/with-data',
      'quorum-queues-without-elected-leaders/all-vhosts',
      'quorum-queues-without-elected-leaders/all-vhosts/pattern/:pattern',
      'quorum-queues-without-elected-leaders/vhost/:vhost',
      'quorum-queues-without-elected-leaders/vhost/:vhost/pattern/:pattern',
    ].map((name) => get(`/health/checks/${name}`, well)),
    get('/health/checks/node-is-quorum-critical', async () => ({ ...ok, reason: 'single node cluster' })),
    get('/health/checks/certificate-expiration/:within/:unit', async ({ params }) => expiry(broker, node, params)),
    get('/health/checks/port-listener/:port', async ({ params }) => portListener(node.listeners, params.port!)),
    get('/health/checks/protocol-listener/:protocol', async ({ params }) => protocolListener(node, params.protocol!)),
  ]
}

function get(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, handle }
}

function failed(reason: string, more: JsonObject = {}): Answer {
  return new Answer(503, {}, { status: 'failed', reason, ...more })
}

function notThere(): never {
  throw notFound()
}

const days: Readonly<Record<string, number>> = { days: 1, weeks: 7, months: 28, years: 365 }

/** Whether a certificate of the node's own expires soon. */
function expiry(broker: Broker, node: Node, { within, unit }: Readonly<Record<string, string>>): JsonObject | Answer {
  const unitDays = days[unit!]
  if (unitDays === undefined) throw badRequest(`Time unit not recognised: ${unit}`)
  const count = Number(within)
  if (!Number.isInteger(count) || count < 0) throw badRequest(`Invalid expiration value.`)
  const deadline = broker.clock.now() + count * unitDays * DAY
  const expired = node.certificates.filter(({ validTo }) => validTo < deadline)
  if (expired.length === 0) return ok
  return failed('Certificates expiring', {
    expired: expired.map(({ setting, validTo }) => ({ setting, certfile_expires_on: new Date(validTo).toISOString() })),
  })
}

function alarms(broker: Broker): JsonObject | Answer {
  if (broker.alarms.length === 0) return ok
  const resources = broker.alarms.map((alarm) => ({ resource: alarm === 'low on memory' ? 'memory' : 'disk' }))
  return failed('There are alarms in effect in the cluster', { alarms: resources })
}

function portListener(listeners: readonly NodeListener[], text: string): JsonObject | Answer {
  const port = Number(text)
  if (!Number.isInteger(port)) throw badRequest(`Invalid port: ${text}`)
  if (listeners.some((listener) => listener.port === port)) return { ...ok, port }
  return failed('No active listener', { missing: port, ports: listeners.map((listener) => listener.port) })
}

function protocolListener({ listeners }: Node, name: string): JsonObject | Answer {
  const wanted = name.split(',').map((one) => aliases[one.toLowerCase()] ?? one.toLowerCase())
  const protocols = [...new Set(listeners.map(({ protocol }) => protocol))]
  if (wanted.some((one) => protocols.includes(one))) return { ...ok, protocols }
  return failed('No active listener', { missing: name, protocols })
}
