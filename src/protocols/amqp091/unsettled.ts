import type { Delivery } from '../../broker/delivery.ts'

const CAPACITY_MIN = 16

/**
 * What a channel handed out and its client has not settled, by delivery tag: a circular array in the
 * order of tags. What is settled out of order leaves a hole, which goes when all before it is gone
 * or when holes outnumber the rest.
 */
export class Unsettled {
  #tags: number[] = []
  #deliveries: (Delivery | undefined)[] = []
  #head = 0
  /** Places taken, holes included. */
  #length = 0
  #size = 0

  /** Deliveries held. */
  get size(): number {
    return this.#size
  }

  /** The one handed out first. */
  get oldest(): Delivery | undefined {
    return this.#size === 0 ? undefined : this.#deliveries[this.#head]
  }

  /** Its tag; 0 when there is none. */
  get oldestTag(): number {
    return this.#size === 0 ? 0 : this.#tags[this.#head]!
  }

  /** Takes in a delivery; tags only grow. */
  push(tag: number, delivery: Delivery): void {
    if (this.#length === this.#tags.length) this.#makeRoom()
    const at = (this.#head + this.#length) & (this.#tags.length - 1)
    this.#tags[at] = tag
    this.#deliveries[at] = delivery
    this.#length += 1
    this.#size += 1
  }

  has(tag: number): boolean {
    return this.#find(tag) >= 0
  }

  /** Takes one out by its tag. */
  take(tag: number): Delivery | undefined {
    const at = this.#find(tag)
    if (at < 0) return undefined
    const delivery = this.#deliveries[at]
    this.#deliveries[at] = undefined
    this.#size -= 1
    if (at === this.#head) this.#skipHoles()
    return delivery
  }

  /** Takes out the oldest. */
  shift(): Delivery | undefined {
    if (this.#size === 0) return undefined
    const delivery = this.#deliveries[this.#head]
    this.#deliveries[this.#head] = undefined
    this.#size -= 1
    this.#skipHoles()
    return delivery
  }

  /** Puts back what was taken out, in any order. */
  restore(entries: readonly { readonly tag: number; readonly delivery: Delivery }[]): void {
    const all = [...entries]
    for (let tag = this.oldestTag; this.#size > 0; tag = this.oldestTag) all.push({ tag, delivery: this.shift()! })
    all.sort((a, b) => a.tag - b.tag)
    for (const { tag, delivery } of all) this.push(tag, delivery)
  }

  /** From the oldest to the newest; nothing may be taken out meanwhile. */
  *[Symbol.iterator](): Generator<Delivery> {
    for (let i = 0; i < this.#length; i++) {
      const delivery = this.#deliveries[(this.#head + i) & (this.#tags.length - 1)]
      if (delivery !== undefined) yield delivery
    }
  }

  /** Where the delivery of a tag is; -1 when it is not held. */
  #find(tag: number): number {
    if (this.#size === 0) return -1
    const mask = this.#tags.length - 1
    // Without holes of tags that needed no settling, the place follows from the tag.
    const guess = tag - this.#tags[this.#head]!
    if (guess < 0) return -1
    let at = (this.#head + guess) & mask
    if (guess >= this.#length || this.#tags[at] !== tag) at = this.#search(tag)
    return at >= 0 && this.#deliveries[at] !== undefined ? at : -1
  }

  #search(tag: number): number {
    const mask = this.#tags.length - 1
    let low = 0
    let high = this.#length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const at = (this.#head + middle) & mask
      const found = this.#tags[at]!
      if (found === tag) return at
      if (found < tag) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  #skipHoles(): void {
    const mask = this.#tags.length - 1
    while (this.#length > 0 && this.#deliveries[this.#head] === undefined) {
      this.#head = (this.#head + 1) & mask
      this.#length -= 1
    }
    if (this.#length === 0 && this.#tags.length > 1024) this.#resize(CAPACITY_MIN)
  }

  #makeRoom(): void {
    const holes = this.#length - this.#size
    if (holes > this.#length / 2) this.#resize(this.#tags.length)
    else this.#resize(Math.max(CAPACITY_MIN, this.#tags.length * 2))
  }

  /** Moves everything, but not the holes, to new arrays. */
  #resize(capacity: number): void {
    const tags: number[] = new Array(capacity).fill(0)
    const deliveries: (Delivery | undefined)[] = new Array(capacity).fill(undefined)
    let length = 0
    for (let i = 0; i < this.#length; i++) {
      const at = (this.#head + i) & (this.#tags.length - 1)
      if (this.#deliveries[at] === undefined) continue
      tags[length] = this.#tags[at]!
      deliveries[length++] = this.#deliveries[at]
    }
    this.#tags = tags
    this.#deliveries = deliveries
    this.#head = 0
    this.#length = length
  }
}
