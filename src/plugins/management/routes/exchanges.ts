import type { Broker } from '../../../broker/broker.ts'
import type { Exchange } from '../../../broker/exchange.ts'
import type { JsonObject as PlainObject } from '../../../std/json.ts'
import { tableFromJson, tableToJson } from '../../../std/table-json.ts'
import { badRequest, notFound } from '../http-error.ts'
import { type JsonObject, list } from '../listing.ts'
import { bodyObject, type Call, created, flagField, noContent, objectField, type Route, textField } from '../route.ts'

/** Exchanges: to look at, to make, to delete. */
export function exchangeRoutes(broker: Broker): Route[] {
  const { topology } = broker.administration
  const all = async (call: Call) => {
    const exchanges = await topology.listExchanges(call.actor, call.params.vhost)
    const defaults = defaultExchanges(exchanges, call.params.vhost)
    const items = [...defaults, ...exchanges.map(showExchange)]
    return list({ items, name: ({ name }) => String(name), write: (item) => item }, call.query)
  }
  return [
    { method: 'GET', path: '/exchanges', handle: all },
    { method: 'GET', path: '/exchanges/:vhost', handle: all },
    {
      method: 'GET',
      path: '/exchanges/:vhost/:exchange',
      handle: async (call) => ({ ...showExchange(await requireExchange(broker, call)), incoming: [], outgoing: [] }),
    },
    { method: 'PUT', path: '/exchanges/:vhost/:exchange', handle: (call) => declare(broker, call) },
    {
      method: 'DELETE',
      path: '/exchanges/:vhost/:exchange',
      handle: async (call) => {
        await requireExchange(broker, call)
        const access = await topology.open(call.actor, call.params.vhost!)
        try {
          await access.deleteExchange(call.params.exchange!, { ifUnused: call.query['if-unused'] === 'true' })
        } finally {
          access.close()
        }
        return noContent
      },
    },
  ]
}

async function declare({ administration: { topology } }: Broker, call: Call) {
  const body = bodyObject(call)
  const { vhost, exchange: name } = call.params
  const known = (await topology.listExchanges(call.actor, vhost!)).some((exchange) => exchange.name === name)
  const access = await topology.open(call.actor, vhost!)
  try {
    const type = textField(body, 'type')
    if (type === undefined) throw badRequest('type_not_present')
    await access.declareExchange({
      name: name!,
      type,
      durable: flagField(body, 'durable', true),
      autoDelete: flagField(body, 'auto_delete', false),
      internal: flagField(body, 'internal', false),
      arguments: tableFromJson(objectField(body, 'arguments') as PlainObject),
    })
  } finally {
    access.close()
  }
  return known ? noContent : created
}

/** The exchange of the path; throws an HttpError (404). */
async function requireExchange({ administration: { topology } }: Broker, call: Call): Promise<Exchange> {
  const { vhost, exchange: name } = call.params
  const found = (await topology.listExchanges(call.actor, vhost!)).find((exchange) => exchange.name === name)
  if (found === undefined) throw notFound()
  return found
}

/** Every virtual host has a default exchange, which nobody made. */
function defaultExchanges(exchanges: readonly Exchange[], vhost: string | undefined): JsonObject[] {
  const vhosts = vhost === undefined ? [...new Set(exchanges.map((exchange) => exchange.vhost))] : [vhost]
  return vhosts.map((name) => ({
    name: '',
    vhost: name,
    type: 'direct',
    durable: true,
    auto_delete: false,
    internal: false,
    arguments: {},
    user_who_performed_action: 'rmq-internal',
  }))
}

function showExchange(exchange: Exchange): JsonObject {
  const { name, vhost, type, durable, autoDelete, internal } = exchange
  return {
    name,
    vhost,
    type: type.name,
    durable,
    auto_delete: autoDelete,
    internal,
    arguments: tableToJson(exchange.arguments),
    ...(exchange.policy.policy === undefined ? {} : { policy: exchange.policy.policy }),
    user_who_performed_action: 'rmq-internal',
  }
}
