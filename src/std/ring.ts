const capacityMin = 8

/** The places of a ring that nothing was put into yet: most rings of most queues. */
const noPlaces: never[] = []

/** A first-in first-out queue in a circular array that grows with a burst and shrinks behind it. */
export class Ring<T> {
  #items: (T | undefined)[] = noPlaces
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Places there are before it grows. */
  get capacity(): number {
    return this.#items.length
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#resize(this.#length * 2)
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item
    this.#length += 1
  }

  /** Puts an item in front of all others. */
  unshift(item: T): void {
    if (this.#length === this.#items.length) this.#resize(this.#length * 2)
    this.#head = (this.#head - 1) & (this.#items.length - 1)
    this.#items[this.#head] = item
    this.#length += 1
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#length -= 1
    // At an eighth, not at a half, so that a length going up and down does not copy each time.
    if (this.#length < this.#items.length >>> 3 && this.#items.length > capacityMin)
      this.#resize(this.#items.length >>> 1)
    return item
  }

  /** The oldest item. */
  peek(): T | undefined {
    return this.at(0)
  }

  /** The item with `index` older ones before it. */
  at(index: number): T | undefined {
    return index >= 0 && index < this.#length ? this.#items[(this.#head + index) & (this.#items.length - 1)] : undefined
  }

  clear(): void {
    this.#items = noPlaces
    this.#head = 0
    this.#length = 0
  }

  /** From the oldest to the newest; the ring must not change meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T
  }

  #resize(wanted: number): void {
    const items: (T | undefined)[] = new Array(Math.max(capacityMin, wanted))
    for (let i = 0; i < this.#length; i++) items[i] = this.#items[(this.#head + i) & (this.#items.length - 1)]
    this.#items = items
    this.#head = 0
  }
}
