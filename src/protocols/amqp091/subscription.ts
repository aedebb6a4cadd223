import type { CancelReason, Consumer } from '../../broker/consumer.ts'
import type { Delivery } from '../../broker/delivery.ts'
import type { Queue } from '../../broker/queue.ts'
import type { TappedClient } from '../../broker/taps.ts'
import type { Table } from '../../std/table.ts'
import { tableGet, tableInteger } from '../../std/table.ts'
import { shortstr } from '../../wire/amqp091/fields.ts'

/** What a subscription needs of its channel. */
export interface SubscriptionPort {
  /** May deliveries be written to the client now. */
  mayDeliver(): boolean
  /** May one more delivery be outstanding on the channel. */
  hasCredit(): boolean
  /** The channel has such a limit. */
  readonly limitsDeliveries: boolean
  /** Whose it is. */
  readonly client: TappedClient
  onDelivery(subscription: Subscription, delivery: Delivery): void
  onCancelled(subscription: Subscription): void
}

export interface SubscriptionOptions {
  readonly tag: string
  readonly noAck: boolean
  readonly exclusive: boolean
  readonly arguments: Table
  /** Deliveries that may be outstanding; 0 for any number. */
  readonly prefetch: number
}

/** One basic.consume: the consumer a queue sees. */
export class Subscription implements Consumer {
  readonly tag: string
  /** The tag as it is on the wire. */
  readonly wireTag: Buffer
  readonly priority: number
  readonly settled: boolean
  readonly exclusive: boolean
  readonly arguments: Table
  readonly prefetch: number
  readonly sharesPrefetch: boolean
  /** Acknowledgement timeout of its own (`x-consumer-timeout`). */
  readonly timeoutMilliseconds: number | undefined
  /** Where it consumes; set once the broker has taken it. */
  queue: Queue | undefined
  /** The queue found it not ready, so it is to be woken when that changes. */
  starved = false
  #outstanding = 0
  readonly #port: SubscriptionPort

  constructor(options: SubscriptionOptions, port: SubscriptionPort) {
    this.tag = options.tag
    this.wireTag = shortstr(options.tag)
    this.priority = Number(tableInteger(tableGet(options.arguments, 'x-priority')) ?? 0)
    const timeout = tableInteger(tableGet(options.arguments, 'x-consumer-timeout'))
    this.timeoutMilliseconds = timeout === undefined ? undefined : Number(timeout)
    this.settled = options.noAck
    this.exclusive = options.exclusive
    this.arguments = options.arguments
    this.prefetch = options.prefetch
    this.sharesPrefetch = port.limitsDeliveries
    this.#port = port
  }

  get client(): TappedClient {
    return this.#port.client
  }

  /** Delivered and not settled. */
  get outstanding(): number {
    return this.#outstanding
  }

  ready(): boolean {
    // The limit of the channel holds back even those that do not acknowledge; their own does not.
    const ready =
      this.#port.mayDeliver() &&
      this.#port.hasCredit() &&
      (this.settled || this.prefetch === 0 || this.#outstanding < this.prefetch)
    if (!ready) this.starved = true
    return ready
  }

  deliver(delivery: Delivery): void {
    if (!this.settled) this.#outstanding++
    this.#port.onDelivery(this, delivery)
  }

  cancelled(_reason: CancelReason): void {
    this.#port.onCancelled(this)
  }

  /** One of its deliveries was settled. */
  onSettled(): void {
    this.#outstanding--
    if (this.starved) this.wake()
  }

  /** It may be ready again. */
  wake(): void {
    this.starved = false
    this.queue?.wake()
  }
}
