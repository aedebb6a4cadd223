import type { Published } from './access.ts'
import type { Address } from './address.ts'
import type { Binding, Destination } from './binding.ts'
import type { CancelReason } from './consumer.ts'
import { addTo, type ChurnCounters, ExchangeCounters, type MessageTotals, noMessages } from './counters.ts'
import { type Definition, packTable } from './definition.ts'
import type { Definitions } from './definitions.ts'
import type { Events } from './events.ts'
import { Exchange } from './exchange.ts'
import type { Message } from './message.ts'
import type { MessageStore } from './message-store.ts'
import type { Queue, Sink } from './queue.ts'
import { VolatileQueue } from './queues/volatile.ts'
import { routingKeys } from './sender-selected.ts'
import { Taps } from './taps.ts'
import { TopologyEvents } from './topology-events.ts'
import { Traffic } from './traffic.ts'

export interface VirtualHostParts {
  readonly definitions: Definitions
  readonly store: MessageStore
  readonly churn: ChurnCounters
  readonly events: Events
}

/**
 * A namespace of exchanges, queues and the bindings between them, and the routing through it.
 * Whether a change is allowed is decided above (`Topology`, `ClientAccess`); here it happens, and
 * is recorded when it concerns durable things.
 */
export class VirtualHost {
  readonly name: string
  /** Grows with every change of exchanges, queues or bindings: cached routes are void then. */
  topologyVersion = 0
  /** Of all its clients, and of queues that are gone. */
  readonly traffic = new Traffic()
  /** Where it is told what changes. */
  readonly events: TopologyEvents
  /** Who watches its messages go by. */
  readonly taps = new Taps()
  /** Of the exchange without a name. */
  readonly defaultExchange = new ExchangeCounters()
  readonly #definitions: Definitions
  readonly #store: MessageStore
  readonly #churn: ChurnCounters
  readonly #exchanges = new Map<string, Exchange>()
  readonly #queues = new Map<string, Queue>()
  /** Exchanges to be told of what queues refuse. */
  readonly #minding = new Set<Exchange>()
  /** Bindings by where they lead, to be removed with it. */
  readonly #incoming = new Map<Destination, Binding | Set<Binding>>()
  /** What the queues had counted that were deleted. */

  constructor(name: string, parts: VirtualHostParts) {
    this.#churn = parts.churn
    this.events = new TopologyEvents(parts.events, name)
    this.name = name
    this.#definitions = parts.definitions
    this.#store = parts.store
  }

  get exchanges(): Iterable<Exchange> {
    return this.#exchanges.values()
  }

  get queues(): Iterable<Queue> {
    return this.#queues.values()
  }

  /** Over all queues there ever were, and all publishers. */
  totals(): MessageTotals {
    const totals = noMessages()
    for (const [, past] of this.traffic.past) addTo(totals, past)
    for (const queue of this.#queues.values()) addTo(totals, queue.counters)
    // Published is what publishers did, whatever number of queues it went to.
    return { ...totals, ...this.traffic.publishing() }
  }

  exchange(name: string): Exchange | undefined {
    return this.#exchanges.get(name)
  }

  queue(name: string): Queue | undefined {
    return this.#queues.get(name)
  }

  addExchange(exchange: Exchange): void {
    this.#exchanges.set(exchange.name, exchange)
    if (exchange.minds) this.#minding.add(exchange)
    this.topologyVersion++
    if (exchange.durable) this.#definitions.put(exchangeDefinition(exchange))
  }

  removeExchange(exchange: Exchange): void {
    this.#exchanges.delete(exchange.name)
    this.#minding.delete(exchange)
    this.topologyVersion++
    for (const binding of [...exchange.bindings]) this.#forget(exchange, binding)
    this.#removeIncoming(exchange)
    if (exchange.durable) this.#definitions.delete(exchangeDefinition(exchange))
    exchange.close()
    this.events.exchangeDeleted(exchange)
  }

  addQueue(queue: Queue): void {
    this.#queues.set(queue.name, queue)
    this.topologyVersion++
    if (queue.durable) this.#definitions.put(queueDefinition(queue))
  }

  /** Its arguments are others now. */
  altered(queue: Queue): void {
    if (queue.durable) this.#definitions.put(queueDefinition(queue))
  }

  /** Answers how many ready messages went with it. */
  removeQueue(queue: Queue, reason: CancelReason): number {
    this.#queues.delete(queue.name)
    this.topologyVersion++
    this.#removeIncoming(queue)
    if (queue.durable) this.#definitions.delete(queueDefinition(queue))
    const count = queue.delete(reason)
    this.traffic.addPast(queue.type, queue.counters)
    if (queue instanceof VolatileQueue) return count
    this.#churn.queuesDeleted++
    this.events.queueDeleted(queue)
    return count
  }

  /** False when an equal binding is there already. */
  bind(binding: Binding): boolean {
    const source = this.#exchanges.get(binding.source)!
    if (!source.add(binding)) return false
    const known = this.#incoming.get(binding.destination)
    // Most queues have one, and a set takes five times as much.
    if (known === undefined) this.#incoming.set(binding.destination, binding)
    else if (known instanceof Set) known.add(binding)
    else this.#incoming.set(binding.destination, new Set([known, binding]))
    this.topologyVersion++
    if (source.durable && binding.destination.durable) this.#definitions.put(bindingDefinition(this.name, binding))
    return true
  }

  /** Unknown bindings are ignored. An auto-delete exchange goes with the last binding from it. */
  unbind(binding: Binding): void {
    const source = this.#exchanges.get(binding.source)
    if (source !== undefined) this.#unbind(source, binding)
  }

  bindingsTo(destination: Destination): Iterable<Binding> {
    const known = this.#incoming.get(destination)
    if (known === undefined) return []
    return known instanceof Set ? known : [known]
  }

  /** Where `keys` of the message's exchange lead to, each once; what cannot be routed goes to alternates. */
  route(message: Message, keys: readonly string[]): Sink[] {
    return this.#walk(message.address.exchange, keys, message).sinks
  }

  /** Publishes from `destination` on, whatever exchange the message was published to: a queue gets it, an exchange routes it. */
  deliver(message: Message, destination: Destination): Published {
    if (!(destination instanceof Exchange)) return this.enqueue(message, [destination])
    return this.enqueue(message, this.#walk(destination.name, routingKeys(message), message).sinks)
  }

  /** The same for a plain publish, from the address's cache when its route depends on the key alone. */
  routeAddress(address: Address, message: Message): readonly Sink[] {
    if (address.routeVersion === this.topologyVersion && address.route !== undefined) return address.route
    const { sinks, byKeyAlone } = this.#walk(address.exchange, [address.routingKey], message)
    address.route = byKeyAlone ? sinks : undefined
    address.routeVersion = this.topologyVersion
    return sinks
  }

  /** Puts a message into the queues it was routed to, and into the log once for all durable ones. */
  enqueue(message: Message, sinks: readonly Sink[]): Published {
    if (sinks.length === 0) return 'unroutable'
    let refused = false
    let stored = false
    let kept = 0
    for (const sink of sinks) {
      const enqueued = sink.enqueue(message)
      if (enqueued === 'stored') stored = true
      else if (enqueued === 'refused') refused = true
      else if (enqueued === 'kept') kept++
    }
    if (stored || kept > 0) this.#store.write(message)
    if (refused) {
      for (const exchange of this.#minding) exchange.refused(message)
      return 'refused'
    }
    if (stored) return 'stored'
    return kept === sinks.length ? 'unroutable' : 'transient'
  }

  #walk(exchange: string, keys: readonly string[], message: Message): { sinks: Sink[]; byKeyAlone: boolean } {
    if (exchange === '') return { sinks: this.#named(keys), byKeyAlone: true }
    const sinks = new Set<Sink>()
    const visited = new Set<string>()
    const next = [exchange]
    let byKeyAlone = true
    for (let name = next.pop(); name !== undefined; name = next.pop()) {
      if (visited.has(name)) continue
      visited.add(name)
      if (name === '') {
        for (const queue of this.#named(keys)) sinks.add(queue)
        continue
      }
      const current = this.#exchanges.get(name)
      if (current === undefined) continue
      if (!current.type.byKeyAlone) byKeyAlone = false
      let found = false
      for (const key of current.type.perMessage === true ? keys.slice(0, 1) : keys) {
        current.route(key, message, (destination) => {
          if (destination instanceof Exchange) next.push(destination.name)
          else sinks.add(destination)
          if (destination instanceof Exchange || destination.silent !== true) found = true
        })
      }
      if (!found && current.alternate !== undefined) next.push(current.alternate)
    }
    return { sinks: [...sinks], byKeyAlone }
  }

  /** The default exchange: every queue is bound to it by its name. */
  #named(keys: readonly string[]): Queue[] {
    if (keys.length === 1) {
      const queue = this.#queues.get(keys[0]!)
      return queue === undefined ? [] : [queue]
    }
    const queues = new Set<Queue>()
    for (const key of keys) {
      const queue = this.#queues.get(key)
      if (queue !== undefined) queues.add(queue)
    }
    return [...queues]
  }

  #removeIncoming(destination: Destination): void {
    for (const binding of [...this.bindingsTo(destination)]) this.unbind(binding)
    this.#incoming.delete(destination)
  }

  #unbind(source: Exchange, binding: Binding): void {
    if (!this.#forget(source, binding)) return
    if (source.autoDelete && source.bindingCount === 0) this.removeExchange(source)
  }

  #forget(source: Exchange, binding: Binding): boolean {
    const known = source.remove(binding)
    if (known === undefined) return false
    const incoming = this.#incoming.get(known.destination)
    if (incoming instanceof Set) incoming.delete(known)
    if (incoming === known || (incoming instanceof Set && incoming.size === 0)) this.#incoming.delete(known.destination)
    this.topologyVersion++
    if (source.durable && known.destination.durable) this.#definitions.delete(bindingDefinition(this.name, known))
    this.events.bindingDeleted(known)
    return true
  }
}

function exchangeDefinition(exchange: Exchange): Definition {
  const { vhost, name, number, autoDelete, internal } = exchange
  return {
    kind: 'exchange',
    vhost,
    name,
    type: exchange.type.name,
    ...(number === 0 ? {} : { number }),
    autoDelete,
    internal,
    arguments: packTable(exchange.arguments),
  }
}

function queueDefinition(queue: Queue): Definition {
  const { vhost, name, type, number, autoDelete } = queue
  const paused = queue.paused === true ? { paused: true as const } : {}
  return { kind: 'queue', vhost, name, type, number, autoDelete, arguments: packTable(queue.arguments), ...paused }
}

function bindingDefinition(vhost: string, binding: Binding): Definition {
  return {
    kind: 'binding',
    vhost,
    source: binding.source,
    destination: binding.destination.name,
    destinationKind: binding.destination instanceof Exchange ? 'exchange' : 'queue',
    routingKey: binding.routingKey,
    arguments: packTable(binding.arguments),
  }
}
