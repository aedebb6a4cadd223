import type { Delivery } from '../delivery.ts'
import { ReadyList } from './ready-list.ts'

/** What a queue needs of the place where its messages wait. */
export interface Ready {
  readonly length: number
  readonly bytes: number
  push(delivery: Delivery): void
  putBack(delivery: Delivery): void
  /** The next to be handed out. */
  peek(): Delivery | undefined
  shift(): Delivery | undefined
  /** The delivery `index` places behind the head, for reading ahead. */
  at(index: number): Delivery | undefined
  /** The next to be dropped when the queue is too long: of the lowest priority, the oldest. */
  shiftLeast(): Delivery | undefined
  /** Takes a head (of any priority) that has expired by the given monotonic time. */
  shiftExpired(now: number): Delivery | undefined
  /** When the next head expires; Infinity for never. */
  nextExpiry(): number
}

/** Plain queues: one list. */
export class SingleReady extends ReadyList implements Ready {
  shiftLeast(): Delivery | undefined {
    return this.shift()
  }

  shiftExpired(now: number): Delivery | undefined {
    const head = this.peek()
    return head !== undefined && head.expiresAt <= now ? this.shift() : undefined
  }

  nextExpiry(): number {
    return this.peek()?.expiresAt ?? Number.POSITIVE_INFINITY
  }
}

/** Priority queues: one list per priority in use, highest served first. */
export class PriorityReady implements Ready {
  readonly #lists = new Map<number, ReadyList>()
  /** Priorities in use, highest first. */
  #order: number[] = []
  length = 0

  get bytes(): number {
    let bytes = 0
    for (const list of this.#lists.values()) bytes += list.bytes
    return bytes
  }

  push(delivery: Delivery): void {
    this.#list(delivery.priority).push(delivery)
    this.length++
  }

  putBack(delivery: Delivery): void {
    this.#list(delivery.priority).putBack(delivery)
    this.length++
  }

  peek(): Delivery | undefined {
    for (const priority of this.#order) {
      const head = this.#lists.get(priority)!.peek()
      if (head !== undefined) return head
    }
    return undefined
  }

  shift(): Delivery | undefined {
    return this.#shiftFrom(this.#order)
  }

  shiftLeast(): Delivery | undefined {
    return this.#shiftFrom(this.#order.toReversed())
  }

  at(index: number): Delivery | undefined {
    let rest = index
    for (const priority of this.#order) {
      const list = this.#lists.get(priority)!
      if (rest < list.length) return list.at(rest)
      rest -= list.length
    }
    return undefined
  }

  shiftExpired(now: number): Delivery | undefined {
    for (const list of this.#lists.values()) {
      const head = list.peek()
      if (head === undefined || head.expiresAt > now) continue
      this.length--
      return list.shift()
    }
    return undefined
  }

  nextExpiry(): number {
    let next = Number.POSITIVE_INFINITY
    for (const list of this.#lists.values()) next = Math.min(next, list.peek()?.expiresAt ?? next)
    return next
  }

  #shiftFrom(order: readonly number[]): Delivery | undefined {
    for (const priority of order) {
      const delivery = this.#lists.get(priority)!.shift()
      if (delivery === undefined) continue
      this.length--
      return delivery
    }
    return undefined
  }

  #list(priority: number): ReadyList {
    const known = this.#lists.get(priority)
    if (known !== undefined) return known
    const list = new ReadyList()
    this.#lists.set(priority, list)
    this.#order = [...this.#lists.keys()].sort((a, b) => b - a)
    return list
  }
}
