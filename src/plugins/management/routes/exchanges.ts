import type { Broker } from '../../../broker/broker.ts'
import type { Exchange } from '../../../broker/exchange.ts'
import type { JsonObject as PlainObject } from '../../../std/json.ts'
import { tableFromJson } from '../../../std/table-json.ts'
import { defaultExchange, type ListedExchange, listedExchange, showExchange } from '../exchange-json.ts'
import { badRequest, notFound } from '../http-error.ts'
import { list } from '../listing.ts'
import { bodyObject, type Call, created, flagField, noContent, objectField, type Route, textField } from '../route.ts'
import { readRanges } from '../statistics/sample-range.ts'
import type { Surroundings } from '../surroundings.ts'

/** Exchanges: to look at, to make, to delete. */
export function exchangeRoutes({ broker, monitor }: Surroundings): Route[] {
  const { topology } = broker.administration
  const all = async (call: Call) => {
    const exchanges = await topology.listExchanges(call.actor, call.params.vhost)
    monitor.watch('exchanges')
    return list(
      {
        items: [...defaultExchanges(broker, exchanges, call.params.vhost), ...exchanges.map(listedExchange)],
        name: ({ name }) => name,
        write: (exchange) => showExchange(exchange, monitor, {}),
      },
      call.query,
    )
  }
  return [
    { method: 'GET', path: '/exchanges', handle: all },
    { method: 'GET', path: '/exchanges/:vhost', handle: all },
    {
      method: 'GET',
      path: '/exchanges/:vhost/:exchange',
      handle: async (call) => ({
        ...showExchange(await requireExchange(broker, call), monitor, readRanges(call.query)),
        incoming: [],
        outgoing: [],
      }),
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
  const known = await topology.getExchange(call.actor, vhost!, name!)
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
  return known === undefined ? created : noContent
}

/** The exchange of the path, `amq.default` for the one without a name; throws an HttpError (404). */
async function requireExchange(broker: Broker, call: Call): Promise<ListedExchange> {
  const { vhost, exchange: name } = call.params
  const found = await broker.administration.topology.getExchange(call.actor, vhost!, name!)
  const listed = found === undefined ? undefined : listedExchange(found)
  const shown = name === 'amq.default' ? defaultExchange(broker, vhost!) : listed
  if (shown === undefined) throw notFound()
  return shown
}

/** Every virtual host has a default exchange, which nobody made. */
function defaultExchanges(
  broker: Broker,
  exchanges: readonly Exchange[],
  vhost: string | undefined,
): readonly ListedExchange[] {
  const vhosts = vhost === undefined ? new Set(exchanges.map((exchange) => exchange.vhost)) : [vhost]
  return Array.from(vhosts, (name) => defaultExchange(broker, name)).filter((found) => found !== undefined)
}
