import { Ring } from '../../std/ring.ts'
import { emptyTable } from '../../std/table.ts'
import type { BrowsedMessage } from '../browsed-message.ts'
import type { CancelReason, Consumer } from '../consumer.ts'
import { QueueCounters } from '../counters.ts'
import { Delivery, type Outcome } from '../delivery.ts'
import { NO_POLICY } from '../effective-policy.ts'
import type { Message } from '../message.ts'
import type { Enqueued, Queue } from '../queue.ts'
import { noFigures, type QueueFigures } from '../queue-figures.ts'
import type { Taps } from '../taps.ts'
import type { Turn } from '../turn.ts'

/** Replies kept for a client that does not read them, before the oldest are dropped. */
const REPLIES_MAX = 10_000

/**
 * The pseudo-queue behind a direct reply-to address: one consumer, nothing kept for it once it is
 * gone, no acknowledgements. It cannot be declared, bound or polled.
 */
export class VolatileQueue implements Queue {
  readonly name: string
  readonly vhost: string
  readonly number = 0
  readonly type = 'volatile'
  readonly durable = false
  readonly autoDelete = true
  readonly owner = undefined
  readonly arguments = emptyTable
  readonly policy = NO_POLICY
  readonly unsettled = 0
  readonly consumerTimeoutMilliseconds = undefined
  readonly counters = new QueueCounters()
  readonly #turn: Turn
  readonly #taps: Taps
  readonly #ready = new Ring<Delivery>()
  readonly #onRemoved: () => void
  #consumer: Consumer | undefined
  #sequence = 0
  #woken = false

  constructor(options: {
    name: string
    vhost: string
    turn: Turn
    taps: Taps
    consumer: Consumer
    onRemoved: () => void
  }) {
    this.name = options.name
    this.vhost = options.vhost
    this.#turn = options.turn
    this.#taps = options.taps
    this.#consumer = options.consumer
    this.#onRemoved = options.onRemoved
  }

  get depth(): number {
    return this.#ready.length
  }

  get consumerCount(): number {
    return this.#consumer === undefined ? 0 : 1
  }

  enqueue(message: Message): Enqueued {
    this.counters.publish++
    if (this.#ready.length === REPLIES_MAX) this.#ready.shift()
    this.#ready.push(new Delivery(this, message, ++this.#sequence, Number.POSITIVE_INFINITY, 0))
    this.wake()
    return 'transient'
  }

  add(): void {
    throw new Error(`the reply queue ${this.name} takes no further consumer`)
  }

  remove(consumer: Consumer): void {
    if (this.#consumer !== consumer) return
    this.#consumer = undefined
    this.#ready.clear()
    this.#onRemoved()
  }

  async get(): Promise<undefined> {
    return undefined
  }

  figures(): QueueFigures {
    return noFigures
  }

  /** Replies are for their consumer alone. */
  async browse(): Promise<readonly BrowsedMessage[]> {
    return []
  }

  handedOut(): Iterable<Delivery> {
    return []
  }

  wake(): void {
    if (this.#woken) return
    this.#woken = true
    this.#turn.addDispatch(this)
  }

  run(): void {
    this.#woken = false
    this.dispatch()
  }

  dispatch(): void {
    while (this.#consumer?.ready() === true) {
      const delivery = this.#ready.shift()
      if (delivery === undefined) return
      delivery.state = 'settled'
      delivery.consumer = this.#consumer
      this.counters.deliverNoAck++
      if (this.#taps.isOpen) this.#taps.onDeliver(delivery, this.#consumer.client)
      this.#consumer.deliver(delivery)
    }
  }

  settle(_delivery: Delivery, _outcome: Outcome): void {
    throw new Error(`deliveries of the reply queue ${this.name} are settled when they are sent`)
  }

  purge(): number {
    const count = this.#ready.length
    this.#ready.clear()
    return count
  }

  used(): void {}

  applyPolicy(): void {}

  delete(reason: CancelReason): number {
    const consumer = this.#consumer
    this.#consumer = undefined
    consumer?.cancelled(reason)
    return this.purge()
  }
}
