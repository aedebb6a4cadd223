import type { Clock } from '../../std/clock.ts'
import type { Consumer } from '../consumer.ts'
import type { QueueCounters } from '../counters.ts'
import type { Delivery } from '../delivery.ts'
import type { MessageStore } from '../message-store.ts'
import type { Taps } from '../taps.ts'
import type { Backlog } from './backlog.ts'
import type { ConsumerList } from './consumer-list.ts'
import type { Disposal } from './disposal.ts'
import type { Ready } from './ready.ts'

export interface DispatcherOptions {
  readonly clock: Clock
  readonly store: MessageStore
  readonly backlog: Backlog
  readonly disposal: Disposal
  readonly consumers: ConsumerList
  readonly counters: QueueCounters
  readonly taps: Taps
}

/** Hands the messages of one queue to its consumers, and to whoever polls. */
export class Dispatcher {
  readonly #clock: Clock
  readonly #store: MessageStore
  readonly #ready: Ready
  readonly #backlog: Backlog
  readonly #disposal: Disposal
  readonly #consumers: ConsumerList
  readonly #counters: QueueCounters
  readonly #taps: Taps
  /** Nothing is handed out. */
  paused = false

  constructor(options: DispatcherOptions) {
    this.#clock = options.clock
    this.#store = options.store
    this.#ready = options.backlog.ready
    this.#backlog = options.backlog
    this.#disposal = options.disposal
    this.#consumers = options.consumers
    this.#counters = options.counters
    this.#taps = options.taps
  }

  /** Hands out what it can. What has expired is not, except `newest`, which was published just now. */
  offer(newest?: Delivery): void {
    if (this.#consumers.length === 0 || this.paused) return
    const backlog = this.#backlog
    for (let head = this.#ready.peek(); head !== undefined; head = this.#ready.peek()) {
      if (head !== newest && backlog.hasExpired(head)) {
        this.#ready.shift()
        this.#disposal.die(head, 'expired')
        continue
      }
      if (!backlog.mayHandOut(head)) return
      const consumer = this.#consumers.next()
      if (consumer === undefined) return
      this.#ready.shift()
      this.#handOver(head, consumer)
    }
  }

  /** Takes the next message for a poll, when it is in memory and may be handed out; for good when that is to be `settled`. */
  async get(settled: boolean): Promise<Delivery | undefined> {
    const backlog = this.#backlog
    for (let list = this.#ready.next(); list !== undefined && !this.paused; list = this.#ready.next()) {
      if (list.atHand === 0) await backlog.readOne(list)
      this.#disposal.expire(this.#clock.monotonic())
      const head = this.#ready.peek()
      if (head !== undefined && !backlog.mayHandOut(head)) await this.#store.flush()
      const delivery = this.#ready.shift()
      if (delivery !== undefined) {
        backlog.note(delivery)
        if (settled) backlog.leave(delivery)
        else backlog.handOut(delivery)
        this.#countGet(delivery, settled)
        return delivery
      }
      // Expired, dropped, lost or moved meanwhile: another look, in another turn.
      await new Promise<void>((next) => this.#clock.defer(next))
    }
    this.#counters.getEmpty++
    return undefined
  }

  /** A head is not in memory, or not noted on disk, so what would be delivered or expire cannot be told yet. */
  get isHeldUp(): boolean {
    if (this.#backlog.isHeadMissing) return true
    if (this.paused) return false
    const head = this.#ready.peek()
    return head !== undefined && !this.#backlog.isNoted(head) && this.#consumers.hasReady()
  }

  #handOver(delivery: Delivery, consumer: Consumer): void {
    delivery.consumer = consumer
    this.#backlog.note(delivery)
    const counters = this.#counters
    if (delivery.redelivered) counters.redeliver++
    if (consumer.settled) {
      counters.deliverNoAck++
      this.#backlog.leave(delivery)
    } else {
      counters.deliver++
      this.#backlog.handOut(delivery)
      this.#consumers.onHandedOut(consumer)
    }
    consumer.tally?.onDelivered(delivery.redelivered, consumer.settled)
    if (this.#taps.isOpen) this.#taps.onDeliver(delivery, consumer.client)
    consumer.deliver(delivery)
  }

  #countGet(delivery: Delivery, settled: boolean): void {
    if (settled) this.#counters.getNoAck++
    else this.#counters.get++
    if (delivery.redelivered) this.#counters.redeliver++
  }
}
