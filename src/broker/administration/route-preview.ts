import { Address } from '../address.ts'
import { Exchange } from '../exchange.ts'
import { Fault } from '../fault.ts'
import { Message } from '../message.ts'
import { encodeProperties, type Properties } from '../properties.ts'
import { describe } from '../resource.ts'
import { routingKeys } from '../sender-selected.ts'
import type { VirtualHost } from '../virtual-host.ts'

/** Types that answer by bindings and message alone, always the same. */
const predictable: ReadonlySet<string> = new Set(['direct', 'fanout', 'topic', 'headers'])

/** What would be published. */
export interface PreviewedMessage {
  readonly exchange: string
  readonly routingKey: string
  readonly properties: Properties
}

/** Where it would go. */
export interface RoutePreview {
  readonly queues: readonly string[]
  /** Exchanges it passes, in the order in which they are asked. */
  readonly exchanges: readonly string[]
  /** Exchanges that choose by chance, by what was before, or keep messages: what lies behind them is not in `queues`. */
  readonly unpredictable: readonly string[]
}

/** Throws a Fault('not-found') where there is no such exchange. */
export function previewRoute(vhost: VirtualHost, { exchange, routingKey, properties }: PreviewedMessage): RoutePreview {
  if (exchange !== '' && vhost.exchange(exchange) === undefined) {
    throw new Fault('not-found', `no ${describe('exchange', exchange, vhost.name)}`)
  }
  const encoded = encodeProperties(properties)
  const message = new Message(new Address(exchange, routingKey), encoded, 0, encoded.length, 0)
  const keys = routingKeys(message)
  const queues = new Set<string>()
  const passed = new Set<string>()
  const unpredictable: string[] = []
  const next = [exchange]
  for (let name = next.shift(); name !== undefined; name = next.shift()) {
    if (passed.has(name)) continue
    passed.add(name)
    const current = vhost.exchange(name)
    if (name === '') for (const key of keys) if (vhost.queue(key) !== undefined) queues.add(key)
    if (current === undefined) continue
    if (!predictable.has(current.type.name)) {
      unpredictable.push(name)
      continue
    }
    let isFound = false
    for (const key of keys) {
      current.route(key, message, (destination) => {
        isFound = true
        if (destination instanceof Exchange) next.push(destination.name)
        else queues.add(destination.name)
      })
    }
    if (!isFound && current.alternate !== undefined) next.push(current.alternate)
  }
  return { queues: [...queues], exchanges: [...passed], unpredictable }
}
