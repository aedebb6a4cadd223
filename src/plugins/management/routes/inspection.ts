import { Exchange } from '../../../broker/exchange.ts'
import type { Queue } from '../../../broker/queue.ts'
import type { JsonValue } from '../../../std/json.ts'
import { tableGet, tableString } from '../../../std/table.ts'
import { tableToJson } from '../../../std/table-json.ts'
import { badRequest } from '../http-error.ts'
import type { Json, JsonObject } from '../listing.ts'
import { showMessage } from '../message-json.ts'
import { readProperties } from '../property-json.ts'
import { bodyObject, type Call, integerField, objectField, type Route, textField } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

const BROWSED_MAX = 1000
const BROWSED_BYTES_MAX = 16_000_000

/** What RabbitMQ has nothing like: ways to look that change nothing. */
export function inspectionRoutes({ broker }: Surroundings): Route[] {
  const { topology, definitions } = broker.administration
  const plan = (call: Call) => definitions.plan(call.actor, call.body as JsonValue, call.params.vhost)
  return [
    {
      method: 'POST',
      path: '/x/queues/:vhost/:queue/browse',
      handle: (call) => browse(topology, call),
    },
    {
      method: 'POST',
      path: '/x/route-preview/:vhost',
      handle: async (call) => {
        const body = bodyObject(call)
        const exchange = textField(body, 'exchange') ?? ''
        const { queues, exchanges, unpredictable } = await topology.previewRoute(call.actor, call.params.vhost!, {
          exchange: exchange === 'amq.default' ? '' : exchange,
          routingKey: textField(body, 'routing_key') ?? '',
          properties: readProperties(objectField(body, 'properties')),
        })
        return { routed: queues.length > 0, queues, exchanges, unpredictable }
      },
    },
    { method: 'GET', path: '/x/topology/:vhost', handle: (call) => showTopology(topology, call) },
    { method: 'POST', path: '/x/definitions/plan', handle: plan },
    { method: 'POST', path: '/x/definitions/plan/:vhost', handle: plan },
    ...['/x/definitions/apply', '/x/definitions/apply/:vhost'].map(
      (path): Route => ({ method: 'POST', path, handle: (call) => apply(broker.administration.definitions, call) }),
    ),
  ]
}

/** Imports, and answers what that changed and what there was before; with `dry_run` nothing but what it would change. */
async function apply(definitions: Surroundings['broker']['administration']['definitions'], call: Call): Promise<Json> {
  const { actor, params, query } = call
  const body = call.body as JsonValue
  const plan = (await definitions.plan(actor, body, params.vhost)) as unknown as Json
  if (query.dry_run === 'true') return { applied: false, plan }
  const rollback = await definitions.export(actor, params.vhost)
  await definitions.import(actor, body, params.vhost)
  return { applied: true, plan, rollback }
}

type Topology = Surroundings['broker']['administration']['topology']

/** A page of what waits; `next` is where the one after it begins, and absent behind the last message. */
async function browse(topology: Topology, call: Call): Promise<Json> {
  const body = bodyObject(call)
  const count = integerField(body, 'count', 100)
  const from = integerField(body, 'from', 0)
  const truncate = integerField(body, 'truncate', 50_000)
  if (count < 1 || count > BROWSED_MAX) throw badRequest(`count should be from 1 to ${BROWSED_MAX}`)
  if (from < 0 || truncate < 0) throw badRequest('from and truncate should not be negative')
  const { vhost, queue } = call.params
  const bounds = { count, bytes: BROWSED_BYTES_MAX }
  const found = await topology.browse(call.actor, vhost!, queue!, from, bounds)
  const isText = textField(body, 'encoding') !== 'base64'
  const last = found.at(-1)
  return {
    messages: found.map((one) => ({
      position: one.position,
      sequence: one.sequence,
      ...showMessage(one, { isText, truncate }),
      expires_in: Number.isFinite(one.expiresIn) ? Math.max(0, Math.round(one.expiresIn)) : null,
    })),
    ...(last === undefined ? {} : { next: last.position + 1 }),
  }
}

/** Where what dies in a queue goes, by its arguments or else by policy; nothing for nowhere. */
function deadLettersOf({ arguments: arguments_, policy }: Queue): JsonObject {
  const setting = (name: string) => {
    const value = tableString(tableGet(arguments_, `x-${name}`)) ?? policy.definition[name]
    return typeof value === 'string' ? value : undefined
  }
  const exchange = setting('dead-letter-exchange')
  const key = setting('dead-letter-routing-key')
  if (exchange === undefined) return {}
  return { dead_letter_exchange: exchange, ...(key === undefined ? {} : { dead_letter_routing_key: key }) }
}

/** Everything in a virtual host and what leads where, to be drawn. */
async function showTopology(topology: Topology, { actor, params: { vhost } }: Call): Promise<JsonObject> {
  const exchanges = await topology.listExchanges(actor, vhost)
  const queues = await topology.listQueues(actor, vhost)
  const bindings = await topology.listBindings(actor, vhost)
  return {
    vhost,
    exchanges: exchanges.map(({ name, type, durable, internal, alternate }) => ({
      ...{ name, type: type.name, durable, internal },
      ...(alternate === undefined ? {} : { alternate_exchange: alternate }),
    })),
    queues: queues.map((queue) => ({
      ...{ name: queue.name, type: queue.type, durable: queue.durable, exclusive: queue.owner !== undefined },
      ...{ consumers: queue.consumerCount, messages_ready: queue.depth, messages_unacknowledged: queue.unsettled },
      ...deadLettersOf(queue),
    })),
    bindings: bindings.map(({ binding: { source, destination, routingKey, arguments: arguments_ } }) => ({
      source,
      destination: destination.name,
      destination_type: destination instanceof Exchange ? 'exchange' : 'queue',
      routing_key: routingKey,
      arguments: tableToJson(arguments_),
    })),
  }
}
