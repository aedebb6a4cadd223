import type { Delivery } from '../delivery.ts'
import { PriorityReady, type Ready } from './ready.ts'
import { ReadyList } from './ready-list.ts'
import type { SpilledEntry } from './spilled-index.ts'

/** Quorum queues: what came back first, in the order of coming back, then by priority. */
export class QuorumReady implements Ready {
  /** Out of the order of sequences, hence always in memory. */
  readonly #returned = new ReadyList({ leavesMemory: false })
  readonly #priorities = new PriorityReady()

  get length(): number {
    return this.#returned.length + this.#priorities.length
  }

  get bytes(): number {
    return this.#returned.bytes + this.#priorities.bytes
  }

  push(delivery: Delivery): void {
    this.#priorities.push(delivery)
  }

  putBack(delivery: Delivery): void {
    this.#returned.push(delivery)
  }

  peek(): Delivery | undefined {
    return this.#returned.length > 0 ? this.#returned.peek() : this.#priorities.peek()
  }

  shift(): Delivery | undefined {
    return this.#returned.length > 0 ? this.#returned.shift() : this.#priorities.shift()
  }

  next(): ReadyList | undefined {
    return this.#returned.length > 0 ? this.#returned : this.#priorities.next()
  }

  nextExpiry(): number {
    return Math.min(this.#returned.nextExpiry(), this.#priorities.nextExpiry())
  }

  expire(
    now: number,
    max: number,
    died: (delivery: Delivery) => void,
    diedOnDisk: (entry: SpilledEntry) => void,
  ): void {
    this.#returned.expire(now, max, died, diedOnDisk)
    this.#priorities.expire(now, max, died, diedOnDisk)
  }

  list(priority: number): ReadyList {
    return this.#priorities.list(priority)
  }

  *lists(): Iterable<ReadyList> {
    yield this.#returned
    yield* this.#priorities.lists()
  }
}
