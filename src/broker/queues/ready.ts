import type { Delivery } from '../delivery.ts'
import { ReadyList } from './ready-list.ts'
import type { SpilledEntry } from './spilled-index.ts'

/**
 * What a queue needs of the place where its messages wait. `peek` and the shifts answer undefined
 * also when the message whose turn it is must be read from disk first: then `next` names the list to
 * read for.
 */
export interface Ready {
  readonly length: number
  /** Bytes of the bodies. */
  readonly bytes: number
  push(delivery: Delivery): void
  putBack(delivery: Delivery): void
  /** The next to be handed out. */
  peek(): Delivery | undefined
  shift(): Delivery | undefined
  /** The list whose turn it is; undefined when nothing waits. */
  next(): ReadyList | undefined
  /** When something expires next, as far as that is known; Infinity for never. */
  nextExpiry(): number
  /** Takes out what has expired by a monotonic time, of what is on disk only at most `max`. */
  expire(now: number, max: number, died: (delivery: Delivery) => void, diedOnDisk: (entry: SpilledEntry) => void): void
  /** The list for messages of a priority. */
  list(priority: number): ReadyList
  lists(): Iterable<ReadyList>
}

/** Plain queues: one list. */
export class SingleReady extends ReadyList implements Ready {
  next(): ReadyList | undefined {
    return this.length > 0 ? this : undefined
  }

  list(): ReadyList {
    return this
  }

  lists(): Iterable<ReadyList> {
    return [this]
  }
}

/** Priority queues: one list per priority in use, highest served first. */
export class PriorityReady implements Ready {
  readonly #lists = new Map<number, ReadyList>()
  /** Lists in use, highest priority first. */
  #order: ReadyList[] = []

  get length(): number {
    let length = 0
    for (const list of this.#order) length += list.length
    return length
  }

  get bytes(): number {
    let bytes = 0
    for (const list of this.#order) bytes += list.bytes
    return bytes
  }

  push(delivery: Delivery): void {
    this.list(delivery.priority).push(delivery)
  }

  putBack(delivery: Delivery): void {
    this.list(delivery.priority).putBack(delivery)
  }

  peek(): Delivery | undefined {
    return this.next()?.peek()
  }

  shift(): Delivery | undefined {
    return this.next()?.shift()
  }

  next(): ReadyList | undefined {
    return this.#order.find((list) => list.length > 0)
  }

  nextExpiry(): number {
    let next = Number.POSITIVE_INFINITY
    for (const list of this.#order) next = Math.min(next, list.nextExpiry())
    return next
  }

  expire(
    now: number,
    max: number,
    died: (delivery: Delivery) => void,
    diedOnDisk: (entry: SpilledEntry) => void,
  ): void {
    for (const list of this.#order) list.expire(now, max, died, diedOnDisk)
  }

  list(priority: number): ReadyList {
    const known = this.#lists.get(priority)
    if (known !== undefined) return known
    const list = new ReadyList()
    this.#lists.set(priority, list)
    this.#order = [...this.#lists].sort(([a], [b]) => b - a).map(([, one]) => one)
    return list
  }

  lists(): Iterable<ReadyList> {
    return this.#order
  }
}
