import type { Delivery, Outcome } from '../../broker/delivery.ts'
import { Fault } from '../../broker/fault.ts'
import type { Subscription } from './subscription.ts'
import type { Settlement } from './transaction.ts'
import { Unsettled } from './unsettled.ts'

/** The deliveries of one channel: gives out tags, keeps what is unsettled, settles. */
export class Deliveries {
  /** Deliveries to consumers that may be outstanding on the whole channel (basic.qos global); 0 for any number. */
  prefetch = 0
  /** A queue in use has an acknowledgement timeout of its own, so the oldest delivery need not be the first due. */
  queueTimeouts = false
  /** Where settlements wait while the channel is transactional. */
  settlements: Settlement[] | undefined = undefined
  /** Deliveries accepted so far. */
  acknowledged = 0
  readonly #unsettled = new Unsettled()
  readonly #wakeStarved: () => void
  #lastTag = 0
  /** Unsettled ones that went to consumers, not to basic.get. */
  #outstanding = 0
  #starved = false

  /** `wakeStarved` is called when the channel's own limit allows deliveries again. */
  constructor(wakeStarved: () => void) {
    this.#wakeStarved = wakeStarved
  }

  get unsettledCount(): number {
    return this.#unsettled.size
  }

  /** May one more delivery be outstanding. */
  hasCredit(): boolean {
    if (this.prefetch === 0 || this.#outstanding < this.prefetch) return true
    this.#starved = true
    return false
  }

  /** The tag for a delivery that needs no settling. */
  pass(): number {
    return ++this.#lastTag
  }

  /** Keeps a delivery until it is settled; answers its tag. */
  handOut(delivery: Delivery): number {
    const tag = ++this.#lastTag
    this.#unsettled.push(tag, delivery)
    if (delivery.consumer !== undefined) this.#outstanding++
    return tag
  }

  /** Settles one delivery, or with `multiple` all up to and including it; tag 0 then stands for the newest. */
  settle(tag: number, multiple: boolean, outcome: Outcome): void {
    if (!multiple) {
      const delivery = this.#unsettled.take(tag)
      if (delivery === undefined) throw unknownTag(tag)
      this.#end(tag, delivery, outcome)
      return
    }
    if (tag !== 0 && !this.#unsettled.has(tag)) throw unknownTag(tag)
    const last = tag === 0 ? this.#lastTag : tag
    while (this.#unsettled.size > 0 && this.#unsettled.oldestTag <= last) {
      this.#end(this.#unsettled.oldestTag, this.#unsettled.shift()!, outcome)
    }
  }

  /** Puts everything unsettled back into its queues, in order; what a transaction holds too when it ends with the channel. */
  requeueAll(outcome: 'requeued' | 'failed'): void {
    this.rollBack()
    this.settlements = undefined
    for (let delivery = this.#unsettled.shift(); delivery !== undefined; delivery = this.#unsettled.shift()) {
      this.#settleNow(delivery, outcome)
    }
  }

  /** basic.recover: like `requeueAll`, but what a transaction holds stays there. */
  recover(): void {
    for (let delivery = this.#unsettled.shift(); delivery !== undefined; delivery = this.#unsettled.shift()) {
      this.#settleNow(delivery, 'requeued')
    }
  }

  /** Does what the transaction held. */
  commit(): void {
    const settlements = this.settlements ?? []
    if (settlements.length > 0) this.settlements = []
    for (const { delivery, outcome } of settlements) this.#settleNow(delivery, outcome)
  }

  /** What the transaction held is unsettled again. */
  rollBack(): void {
    if (this.settlements === undefined || this.settlements.length === 0) return
    this.#unsettled.restore(this.settlements)
    this.settlements = []
  }

  /** The timeout a delivery has exceeded at `now`, if one has. `timeout` is for queues without one of their own. */
  overdue(now: number, timeout: number | undefined): number | undefined {
    if (!this.queueTimeouts) return exceeded(this.#unsettled.oldest, now, timeout)
    for (const delivery of this.#unsettled) {
      const found = exceeded(delivery, now, timeout)
      if (found !== undefined) return found
    }
    return undefined
  }

  #end(tag: number, delivery: Delivery, outcome: Outcome): void {
    if (this.settlements === undefined) this.#settleNow(delivery, outcome)
    else this.settlements.push({ tag, delivery, outcome })
  }

  #settleNow(delivery: Delivery, outcome: Outcome): void {
    // The queue forgets the consumer when it settles.
    const consumer = delivery.consumer
    if (outcome === 'accepted') this.acknowledged++
    delivery.queue.settle(delivery, outcome)
    if (consumer === undefined) return
    this.#outstanding--
    if (this.#starved) {
      this.#starved = false
      this.#wakeStarved()
    }
    // What this channel holds, its own subscriptions got.
    ;(consumer as Subscription).onSettled()
  }
}

function unknownTag(tag: number): Fault {
  // As bigint, because a large number would be written as a power of ten.
  return new Fault('precondition-failed', `unknown delivery tag ${BigInt(tag)}`)
}

function exceeded(delivery: Delivery | undefined, now: number, timeout: number | undefined): number | undefined {
  if (delivery === undefined) return undefined
  const own = (delivery.consumer as Subscription | undefined)?.timeoutMilliseconds
  const limit = own ?? delivery.queue.consumerTimeoutMilliseconds ?? timeout
  return limit !== undefined && now - delivery.deliveredAt > limit ? limit : undefined
}
