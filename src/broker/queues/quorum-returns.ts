import type { Position } from '../../store/log.ts'
import type { Delivery } from '../delivery.ts'
import { withDeliveryCounts } from '../delivery-counts.ts'
import type { DeliveryMark } from '../delivery-marks.ts'
import { DelayedReturns } from './delayed-returns.ts'
import type { Deaths, QueueParts, Returns } from './nature.ts'
import type { Left, Place } from './spilled-index.ts'

/**
 * What comes back is counted, tells so in its headers, and goes before everything that was never
 * out, in the order of coming back; at once or after a delay. One that has failed too often dies.
 * Where any number of attempts is allowed, it goes behind everything instead, so that one message
 * that nobody can handle does not hold up the others.
 */
export class QuorumReturns implements Returns {
  readonly #parts: QueueParts
  readonly #deaths: Deaths
  readonly #delayed: DelayedReturns

  constructor(parts: QueueParts, deaths: Deaths) {
    this.#parts = parts
    this.#deaths = deaths
    this.#delayed = new DelayedReturns(parts, (delivery) => this.#putBack(delivery))
  }

  get held(): number {
    return this.#delayed.length
  }

  takeBack(delivery: Delivery, isFailed: boolean): void {
    const { deliveryLimit = -1 } = this.#parts.queue.rules
    const mark = this.#count(delivery, isFailed)
    if (deliveryLimit >= 0 && mark.failed > deliveryLimit) return this.#deaths.die(delivery, 'delivery_limit')
    delivery.redelivered = true
    delivery.state = 'ready'
    const delay = this.#delayOf(mark, isFailed)
    if (delay > 0) this.#delayed.add(delivery, delay)
    else if (deliveryLimit >= 0) this.#putBack(delivery)
    else this.#parts.backlog.renew(delivery)
    this.#parts.queue.wake()
  }

  onDiscarded(delivery: Delivery): void {
    this.#count(delivery, true)
  }

  purge(): void {
    this.#delayed.purge()
  }

  close(): void {
    this.#delayed.close()
  }

  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void {
    this.#delayed.visitBefore(before, visit)
  }

  relocate(places: ReadonlyMap<number, Place>, left: Left): void {
    this.#delayed.relocate(places, left)
  }

  #putBack(delivery: Delivery): void {
    this.#parts.backlog.ready.putBack(delivery)
    this.#parts.queue.wake()
  }

  #count(delivery: Delivery, isFailed: boolean): DeliveryMark {
    const { backlog } = this.#parts
    const last = backlog.log.marks.get(delivery.sequence)
    const mark = {
      acquired: (last?.acquired ?? 0) + 1,
      failed: (last?.failed ?? 0) + (isFailed ? 1 : 0),
      death: undefined,
    }
    backlog.log.mark(delivery.sequence, mark)
    backlog.exchange(delivery, withDeliveryCounts(delivery.message, mark))
    return mark
  }

  /** Milliseconds for which a message is held back, growing with the attempts that failed. */
  #delayOf({ failed }: DeliveryMark, isFailed: boolean): number {
    const { delayedRetry = 'disabled', delayedRetryMinMilliseconds: min, ...rules } = this.#parts.queue.rules
    const isMeant = delayedRetry === 'all' || delayedRetry === (isFailed ? 'failed' : 'returned')
    if (!isMeant || min === undefined) return 0
    return Math.min(min * Math.max(1, failed), Math.max(min, rules.delayedRetryMaxMilliseconds ?? min))
  }
}
