/** A binary heap: the item that `compare` puts first is at hand, adding and removing cost log n. */
export class Heap<T> {
  readonly #compare: (a: T, b: T) => number
  readonly #items: T[] = []

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get length(): number {
    return this.#items.length
  }

  /** The first item. */
  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    this.#items.push(item)
    this.#rise(this.#items.length - 1)
  }

  /** Takes the first item out. */
  pop(): T | undefined {
    const first = this.#items[0]
    const last = this.#items.pop()
    if (this.#items.length > 0) {
      this.#items[0] = last as T
      this.#sink(0)
    }
    return first
  }

  clear(): void {
    this.#items.length = 0
  }

  #rise(start: number): void {
    const items = this.#items
    const item = items[start] as T
    let at = start
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (this.#compare(item, items[parent] as T) >= 0) break
      items[at] = items[parent] as T
      at = parent
    }
    items[at] = item
  }

  #sink(start: number): void {
    const items = this.#items
    const item = items[start] as T
    let at = start
    for (;;) {
      let child = at * 2 + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#compare(items[child + 1] as T, items[child] as T) < 0) child += 1
      if (this.#compare(items[child] as T, item) >= 0) break
      items[at] = items[child] as T
      at = child
    }
    items[at] = item
  }
}
