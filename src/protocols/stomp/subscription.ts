import type { CancelReason, Consumer } from '../../broker/consumer.ts'
import type { Delivery, Outcome } from '../../broker/delivery.ts'
import type { Queue } from '../../broker/queue.ts'
import type { TappedClient } from '../../broker/taps.ts'
import { type Table, tableGet, tableInteger } from '../../std/table.ts'
import { Refusal } from './refusal.ts'

/** What a client acknowledges: nothing, a message with all before it, or each message. */
export type AckMode = 'auto' | 'client' | 'client-individual'

/** What a subscription needs of its connection. */
export interface SubscriptionPort {
  /** May deliveries be written to the client now. */
  mayDeliver(): boolean
  /** Whose it is. */
  readonly client: TappedClient
  onDelivery(subscription: Subscription, delivery: Delivery): void
  onCancelled(subscription: Subscription): void
}

interface SubscriptionOptions {
  readonly tag: string
  /** Undefined for one that is known by its destination. */
  readonly id: string | undefined
  readonly ackMode: AckMode
  /** Deliveries that may be outstanding; 0 for any number. */
  readonly prefetch: number
  readonly arguments: Table
}

/** One SUBSCRIBE: the consumer a queue sees, and what its client has not acknowledged. */
export class Subscription implements Consumer {
  readonly tag: string
  readonly id: string | undefined
  readonly ackMode: AckMode
  readonly priority: number
  readonly settled: boolean
  readonly exclusive = false
  readonly prefetch: number
  readonly sharesPrefetch = false
  readonly arguments: Table
  queue: Queue | undefined
  acknowledged = 0
  readonly #port: SubscriptionPort
  /** By delivery tag, in the order of handing out. */
  readonly #unsettled = new Map<number, Delivery>()
  /** The queue found it not ready, so it is to be woken when that changes. */
  #starved = false

  constructor(options: SubscriptionOptions, port: SubscriptionPort) {
    this.tag = options.tag
    this.id = options.id
    this.ackMode = options.ackMode
    this.settled = options.ackMode === 'auto'
    this.prefetch = options.prefetch
    this.arguments = options.arguments
    this.priority = Number(tableInteger(tableGet(options.arguments, 'x-priority')) ?? 0)
    this.#port = port
  }

  get client(): TappedClient {
    return this.#port.client
  }

  /** Delivered and not settled. */
  get outstanding(): number {
    return this.#unsettled.size
  }

  ready(): boolean {
    const hasCredit = this.settled || this.prefetch === 0 || this.#unsettled.size < this.prefetch
    const ready = hasCredit && this.#port.mayDeliver()
    if (!ready) this.#starved = true
    return ready
  }

  deliver(delivery: Delivery): void {
    this.#port.onDelivery(this, delivery)
  }

  cancelled(_reason: CancelReason): void {
    this.#port.onCancelled(this)
  }

  /** Keeps a delivery until it is settled. */
  keep(tag: number, delivery: Delivery): void {
    this.#unsettled.set(tag, delivery)
  }

  /** Settles a delivery, in mode `client` with all before it. Throws a Refusal for one that is not outstanding. */
  settle(tag: number, outcome: Outcome): void {
    if (!this.#unsettled.has(tag)) throw new Refusal('Message not found', `unknown delivery tag ${tag}`)
    if (this.ackMode === 'client') {
      for (const [earlier, delivery] of this.#unsettled) {
        if (earlier > tag) break
        this.#settle(earlier, delivery, outcome)
      }
    } else this.#settle(tag, this.#unsettled.get(tag)!, outcome)
    this.wake()
  }

  /** Ends it; what is outstanding goes back to its queue. */
  close(): void {
    this.queue?.remove(this)
    for (const [tag, delivery] of this.#unsettled) {
      this.#unsettled.delete(tag)
      delivery.queue.settle(delivery, 'requeued')
    }
  }

  /** It may be ready again. */
  wake(): void {
    if (!this.#starved) return
    this.#starved = false
    this.queue?.wake()
  }

  #settle(tag: number, delivery: Delivery, outcome: Outcome): void {
    this.#unsettled.delete(tag)
    if (outcome === 'accepted') this.acknowledged++
    delivery.queue.settle(delivery, outcome)
  }
}
