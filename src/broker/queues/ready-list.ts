import { Ring } from '../../std/ring.ts'
import type { Delivery } from '../delivery.ts'

/**
 * What waits in a queue, in the order of its sequence numbers. New ones join at the tail and leave
 * at the head, so whatever is put back is older than all that never left: it goes to `#returned`, a
 * short sorted list that is served first.
 */
export class ReadyList {
  readonly #fresh = new Ring<Delivery>()
  /** Sorted by sequence, newest first, so that the oldest is taken from the end. */
  #returned: Delivery[] = []
  /** Bytes of the bodies held: what `x-max-length-bytes` counts. */
  bytes = 0

  get length(): number {
    return this.#fresh.length + this.#returned.length
  }

  push(delivery: Delivery): void {
    this.#fresh.push(delivery)
    this.bytes += delivery.message.bodySize
  }

  /** Puts a delivery that was taken before back to its place. */
  putBack(delivery: Delivery): void {
    const returned = this.#returned
    let low = 0
    let high = returned.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (returned[middle]!.sequence > delivery.sequence) low = middle + 1
      else high = middle
    }
    if (low === returned.length) returned.push(delivery)
    else returned.splice(low, 0, delivery)
    this.bytes += delivery.message.bodySize
  }

  peek(): Delivery | undefined {
    const returned = this.#returned
    return returned.length > 0 ? returned[returned.length - 1] : this.#fresh.peek()
  }

  /** The delivery `index` places behind the head. */
  at(index: number): Delivery | undefined {
    const returned = this.#returned
    if (index < returned.length) return returned[returned.length - 1 - index]
    return this.#fresh.at(index - returned.length)
  }

  shift(): Delivery | undefined {
    const delivery = this.#returned.pop() ?? this.#fresh.shift()
    if (delivery !== undefined) this.bytes -= delivery.message.bodySize
    return delivery
  }
}
