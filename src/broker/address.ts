import type { ExchangeCounters } from './counters.ts'
import type { Sink } from './queue.ts'

/** What clients of direct reply-to consume from, and the prefix of the addresses they get. */
export const REPLY_TO = 'amq.rabbitmq.reply-to'

/**
 * Exchange and routing key of a publish, made once for a run of messages with the same ones and
 * shared by them. `bytes` is both as short strings (length byte, UTF-8), the form in which a head
 * compares, stores and forwards them. `route` caches where it leads until the topology changes.
 */
export class Address {
  readonly exchange: string
  readonly routingKey: string
  readonly bytes: Buffer
  /** Queues it leads to, valid while `routeVersion` is the virtual host's; undefined if not cacheable. */
  route: readonly Sink[] | undefined = undefined
  routeVersion = -1
  /** Of the exchange that clients publish to with it; undefined for what the broker itself publishes. */
  counters: ExchangeCounters | undefined = undefined

  constructor(exchange: string, routingKey: string, bytes?: Buffer) {
    this.exchange = exchange
    this.routingKey = routingKey
    this.bytes = bytes ?? shortStrings(exchange, routingKey)
  }
}

function shortStrings(exchange: string, routingKey: string): Buffer {
  const first = Buffer.byteLength(exchange)
  const second = Buffer.byteLength(routingKey)
  const bytes = Buffer.allocUnsafeSlow(first + second + 2)
  bytes[0] = first
  bytes.write(exchange, 1, 'utf8')
  bytes[first + 1] = second
  bytes.write(routingKey, first + 2, 'utf8')
  return bytes
}
