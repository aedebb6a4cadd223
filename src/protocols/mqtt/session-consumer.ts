import type { CancelReason, Consumer } from '../../broker/consumer.ts'
import type { Delivery } from '../../broker/delivery.ts'
import type { Queue } from '../../broker/queue.ts'
import type { TappedClient } from '../../broker/taps.ts'
import { emptyTable } from '../../std/table.ts'

/** What a consumer needs of the deliveries it is part of. */
export interface SessionConsumerPort {
  /** Whose it is. */
  readonly client: TappedClient
  mayDeliver(consumer: SessionConsumer): boolean
  onDelivery(consumer: SessionConsumer, delivery: Delivery): void
  onCancelled(consumer: SessionConsumer, reason: CancelReason): void
}

/** A client at one of its queues. */
export class SessionConsumer implements Consumer {
  readonly tag: string
  readonly priority = 0
  /** Of QoS 0: nobody acknowledges. */
  readonly settled: boolean
  readonly exclusive = false
  readonly prefetch: number
  readonly sharesPrefetch = false
  readonly arguments = emptyTable
  /** Packet identifiers follow from the places of messages in this queue, as it is the client's alone. */
  readonly numbers: boolean
  queue: Queue | undefined
  /** The queue found it not ready, so it is to be woken when that changes. */
  starved = false
  readonly #port: SessionConsumerPort

  constructor(
    options: { tag: string; settled: boolean; prefetch: number; numbers: boolean },
    port: SessionConsumerPort,
  ) {
    this.tag = options.tag
    this.settled = options.settled
    this.prefetch = options.prefetch
    this.numbers = options.numbers
    this.#port = port
  }

  get client(): TappedClient {
    return this.#port.client
  }

  ready(): boolean {
    const ready = this.#port.mayDeliver(this)
    if (!ready) this.starved = true
    return ready
  }

  deliver(delivery: Delivery): void {
    this.#port.onDelivery(this, delivery)
  }

  cancelled(reason: CancelReason): void {
    this.#port.onCancelled(this, reason)
  }

  /** It may be ready again. */
  wake(): void {
    if (!this.starved) return
    this.starved = false
    this.queue?.wake()
  }
}
