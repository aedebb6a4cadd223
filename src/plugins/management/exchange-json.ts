import type { Broker } from '../../broker/broker.ts'
import type { ExchangeCounters } from '../../broker/counters.ts'
import type { Exchange } from '../../broker/exchange.ts'
import { tableToJson } from '../../std/table-json.ts'
import type { Json, JsonObject } from './listing.ts'
import { exchangeStatisticNames } from './statistics/meters.ts'
import type { Monitor } from './statistics/monitor.ts'
import type { SampleRanges } from './statistics/sample-range.ts'

/** An exchange to be shown; also the one without a name that every virtual host has and nobody made. */
export interface ListedExchange {
  readonly name: string
  readonly counters: ExchangeCounters
  readonly shown: JsonObject
}

/** One that was declared. */
export function listedExchange(exchange: Exchange): ListedExchange {
  const { name, vhost, type, durable, autoDelete, internal, counters } = exchange
  const shown: Record<string, Json> = {
    name,
    vhost,
    type: type.name,
    durable,
    auto_delete: autoDelete,
    internal,
    arguments: tableToJson(exchange.arguments),
    user_who_performed_action: 'rmq-internal',
    ...exchange.info(),
  }
  if (exchange.policy.policy !== undefined) shown.policy = exchange.policy.policy
  return { name, counters, shown }
}

/** The default exchange of a virtual host; undefined where there is none of that name. */
export function defaultExchange(broker: Broker, vhost: string): ListedExchange | undefined {
  const counters = broker.virtualHost(vhost)?.defaultExchange
  if (counters === undefined) return undefined
  const shown: JsonObject = {
    name: '',
    vhost,
    type: 'direct',
    durable: true,
    auto_delete: false,
    internal: false,
    arguments: {},
    user_who_performed_action: 'rmq-internal',
  }
  return { name: '', counters, shown }
}

/** With what was published to it and through it. */
export function showExchange({ counters, shown }: ListedExchange, monitor: Monitor, ranges: SampleRanges): JsonObject {
  const figures = monitor.look('exchanges', counters, { history: ranges.messages !== undefined })
  return { ...shown, message_stats: figures.section(exchangeStatisticNames, ranges.messages) }
}
