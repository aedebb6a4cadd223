import type { Access, BindingDeclaration } from '../../../broker/access.ts'
import type { PlacedBinding } from '../../../broker/administration/topology-administration.ts'
import type { Broker } from '../../../broker/broker.ts'
import { Exchange } from '../../../broker/exchange.ts'
import type { JsonObject as PlainObject } from '../../../std/json.ts'
import { tableFromJson, tableToJson } from '../../../std/table-json.ts'
import { propertiesKey } from '../binding-key.ts'
import { notFound } from '../http-error.ts'
import { type JsonObject, list } from '../listing.ts'
import { Answer, bodyObject, type Call, noContent, objectField, type Route, textField } from '../route.ts'

type Choice = (binding: JsonObject, params: Readonly<Record<string, string>>) => boolean

const isTo = (kind: 'queue' | 'exchange', name: string | undefined, binding: JsonObject) =>
  binding.destination_type === kind && binding.destination === name

/** Lists of bindings, by what they have in common. */
const lists: Readonly<Record<string, Choice>> = {
  '/bindings': () => true,
  '/bindings/:vhost': () => true,
  '/queues/:vhost/:queue/bindings': (binding, { queue }) => isTo('queue', queue, binding),
  '/exchanges/:vhost/:exchange/bindings/source': (binding, { exchange }) => binding.source === exchange,
  '/exchanges/:vhost/:exchange/bindings/destination': (binding, { exchange }) => isTo('exchange', exchange, binding),
}

/** Bindings: to look at, to make, to take back. */
export function bindingRoutes(broker: Broker): Route[] {
  return [
    ...Object.entries(lists).map(
      ([path, choice]): Route => ({
        method: 'GET',
        path,
        handle: async (call) => {
          const items = (await shown(broker, call)).filter((binding) => choice(binding, call.params))
          return list({ items, name: ({ routing_key: key }) => String(key), write: (item) => item }, call.query)
        },
      }),
    ),
    ...between(broker, 'q', 'queue'),
    ...between(broker, 'e', 'exchange'),
  ]
}

/** Bindings from one exchange to one queue or exchange. */
function between(broker: Broker, letter: string, kind: 'queue' | 'exchange'): Route[] {
  const path = `/bindings/:vhost/e/:source/${letter}/:destination`
  const find = async (call: Call) => {
    const { source, destination } = call.params
    const from = source === 'amq.default' ? '' : source
    return (await shown(broker, call)).filter((binding) => binding.source === from && isTo(kind, destination, binding))
  }
  const one = async (call: Call) => {
    const key = call.params.key
    const found = (await find(call)).find(({ properties_key: known }) => isKey(String(known), key!))
    if (found === undefined) throw notFound()
    return found
  }
  return [
    { method: 'GET', path, handle: find },
    { method: 'GET', path: `${path}/:key`, handle: one },
    {
      method: 'POST',
      path,
      handle: async (call) => {
        const body = bodyObject(call)
        const declaration = {
          source: call.params.source!,
          destination: call.params.destination!,
          routingKey: textField(body, 'routing_key') ?? '',
          arguments: tableFromJson(objectField(body, 'arguments') as PlainObject),
        }
        await change(broker, call, (access) =>
          kind === 'queue' ? access.bindQueue(declaration) : access.bindExchange(declaration),
        )
        const place = `${encodeURIComponent(declaration.destination)}/${encodeURIComponent(propertiesKey(declaration))}`
        return new Answer(201, { location: place })
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:key`,
      handle: async (call) => {
        const found = (await placed(broker, call)).find((binding) => isSame(binding, call, kind))
        if (found === undefined) throw notFound()
        const { source, destination, routingKey, arguments: arguments_ } = found.binding
        const declaration: BindingDeclaration = {
          source,
          destination: destination.name,
          routingKey,
          arguments: arguments_,
        }
        await change(broker, call, (access) =>
          kind === 'queue' ? access.unbindQueue(declaration) : access.unbindExchange(declaration),
        )
        return noContent
      },
    },
  ]
}

/** Clients write the key into the URL as it is, or escape it once more: both are meant. */
function isKey(known: string, asked: string): boolean {
  if (known === asked) return true
  const [routingKey, hash] = known.split('~')
  return hash === undefined && decodeURIComponent(routingKey!.replaceAll('+', '%20')) === asked
}

function isSame({ binding }: PlacedBinding, call: Call, kind: 'queue' | 'exchange'): boolean {
  const { source, destination, key } = call.params
  const binds = binding.destination instanceof Exchange ? 'exchange' : 'queue'
  return (
    binds === kind &&
    binding.source === source &&
    binding.destination.name === destination &&
    isKey(propertiesKey(binding), key!)
  )
}

async function change(broker: Broker, call: Call, work: (access: Access) => Promise<void>): Promise<void> {
  const access = await broker.administration.topology.open(call.actor, call.params.vhost!)
  try {
    await work(access)
  } finally {
    access.close()
  }
}

function placed({ administration: { topology } }: Broker, call: Call): Promise<readonly PlacedBinding[]> {
  return topology.listBindings(call.actor, call.params.vhost)
}

/** Those that were made, and those of every queue to the default exchange. */
async function shown(broker: Broker, call: Call): Promise<JsonObject[]> {
  const queues = await broker.administration.topology.listQueues(call.actor, call.params.vhost)
  const implied = queues.map(({ vhost, name }) => ({
    source: '',
    vhost,
    destination: name,
    destination_type: 'queue',
    routing_key: name,
    arguments: {},
    properties_key: propertiesKey({ routingKey: name, arguments: [] }),
  }))
  const made = (await placed(broker, call)).map(({ vhost, binding }) => ({
    source: binding.source,
    vhost,
    destination: binding.destination.name,
    destination_type: binding.destination instanceof Exchange ? 'exchange' : 'queue',
    routing_key: binding.routingKey,
    arguments: tableToJson(binding.arguments),
    properties_key: propertiesKey(binding),
  }))
  return [...implied, ...made]
}
