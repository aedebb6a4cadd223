import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { Ring } from '../std/ring.ts'
import { Address } from './address.ts'
import { isAutomaticCycle, withDeath } from './dead-letter-headers.ts'
import type { Delivery } from './delivery.ts'
import { type Message, withProperties } from './message.ts'
import type { MessageStore } from './message-store.ts'
import type { Sink } from './queue.ts'
import type {
  DeadLetterAttempt,
  DeadLetterOutcome,
  DeadLetterReason,
  DeadLetterSource,
  DeadLetters,
} from './queues/context.ts'
import { routingKeys, withoutHeader } from './sender-selected.ts'
import type { Turn } from './turn.ts'
import type { VirtualHost } from './virtual-host.ts'

interface Death {
  readonly source: DeadLetterSource
  readonly delivery: Delivery
  readonly reason: DeadLetterReason
}

export interface DeadLetterPorts {
  readonly turn: Turn
  readonly clock: Clock
  readonly logger: Logger
  readonly store: MessageStore
}

/**
 * Publishes what the queues of one virtual host throw out to their dead-letter exchanges, in
 * order, at the end of the turn. The source lets go of a message only when the copy is on disk in
 * the queues it leads to: after a crash there may be both, never none.
 */
export class DeadLetterPublisher implements DeadLetters {
  readonly #vhost: VirtualHost
  readonly #turn: Turn
  readonly #store: MessageStore
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #deaths = new Ring<Death>()
  #scheduled = false
  readonly #cyclesLogged = new Set<string>()

  constructor(vhost: VirtualHost, ports: DeadLetterPorts) {
    this.#vhost = vhost
    this.#turn = ports.turn
    this.#store = ports.store
    this.#clock = ports.clock
    this.#logger = ports.logger
  }

  add(source: DeadLetterSource, delivery: Delivery, reason: DeadLetterReason): void {
    this.#deaths.push({ source, delivery, reason })
    this.#schedule()
  }

  /** The end of the turn. */
  run(): void {
    this.#scheduled = false
    for (let death = this.#deaths.shift(); death !== undefined; death = this.#deaths.shift()) {
      const { source, delivery } = death
      const { letter, sinks } = this.#letter(death)
      if (this.#vhost.enqueue(letter, sinks) === 'transient') source.deadLettered(delivery)
      else this.#store.afterStored(() => source.deadLettered(delivery))
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#turn.addDispatch(this)
  }

  publish(source: DeadLetterSource, delivery: Delivery, { reason, except }: DeadLetterAttempt): DeadLetterOutcome {
    const { letter, sinks } = this.#letter({ source, delivery, reason })
    const takers: Sink[] = []
    let refusers = 0
    let isStored = false
    for (const sink of sinks) {
      if (except.has(sink)) continue
      // One by one, so that it is known who refuses.
      const published = this.#vhost.enqueue(letter, [sink])
      if (published === 'refused') refusers++
      else takers.push(sink)
      if (published === 'stored') isStored = true
    }
    return { takers, refusers, isStored }
  }

  /** The dead letter of a message, and where it goes. */
  #letter({ source, delivery, reason }: Death): { letter: Message; sinks: readonly Sink[] } {
    const { message } = delivery
    const { deadLetterExchange = '', deadLetterRoutingKey } = source.rules
    const keys = routingKeys(message)
    const headers = withDeath(message.properties, {
      reason,
      queue: source.name,
      exchange: message.address.exchange,
      routingKeys: keys,
      timeSeconds: Math.floor(this.#clock.now() / 1000),
    })
    const kept = deadLetterRoutingKey === undefined ? headers : withoutHeader(headers, 'CC')
    const address = new Address(deadLetterExchange, deadLetterRoutingKey ?? message.address.routingKey)
    const letter = withProperties(message, { headers: kept, expiration: null }, address)
    const targets = this.#vhost.route(letter, deadLetterRoutingKey === undefined ? keys : [deadLetterRoutingKey])
    const sinks = targets.filter((sink) => !isAutomaticCycle(headers, sink.name) || this.#cycle(source, sink.name))
    return { letter, sinks }
  }

  /** A message that went round without anybody rejecting it is dropped; said once per pair of queues. */
  #cycle(source: DeadLetterSource, target: string): false {
    const pair = `${source.name}\0${target}`
    if (!this.#cyclesLogged.has(pair) && this.#cyclesLogged.size < 1000) {
      this.#cyclesLogged.add(pair)
      this.#logger.warning(
        `message dropped: dead-lettering from queue '${source.name}' to queue '${target}' in vhost '${source.vhost}' is a cycle`,
      )
    }
    return false
  }
}
