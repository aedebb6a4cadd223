import { HASH, type TopicNode } from './topic-node.ts'

const SYMBOLS_MIN = 64

/** The labels of all nodes of a tree of patterns, one behind the other: a split of a node copies nothing. */
export class TopicLabels {
  symbols = new Int32Array(SYMBOLS_MIN)
  #used = 0
  /** Of those used, how many belong to no node any more. */
  #wasted = 0

  /** Adds the symbols from `from` on; answers where they begin. */
  append(symbols: readonly number[], from: number): number {
    const start = this.#reserve(symbols.length - from)
    for (let index = from; index < symbols.length; index++) this.symbols[start + index - from] = symbols[index]!
    return start
  }

  /** How many symbols of a node's label are those of `symbols` from `at` on. */
  common({ start, end }: TopicNode, symbols: readonly number[], at: number): number {
    let length = 0
    while (start + length < end && this.symbols[start + length] === symbols[at + length]) length++
    return length
  }

  /** Words that the symbols between need at least. */
  words(start: number, end: number): number {
    let words = 0
    for (let index = start; index < end; index++) if (this.symbols[index] !== HASH) words++
    return words
  }

  /** A node is gone. */
  waste(node: TopicNode): void {
    this.#wasted += node.end - node.start
  }

  /** Puts the label of `upper`, which goes, before that of `lower`. */
  join(upper: TopicNode, lower: TopicNode): void {
    if (upper.end === lower.start) {
      lower.start = upper.start
      return
    }
    const length = upper.end - upper.start
    const start = this.#reserve(length + lower.end - lower.start)
    this.symbols.copyWithin(start, upper.start, upper.end)
    this.symbols.copyWithin(start + length, lower.start, lower.end)
    this.waste(upper)
    this.waste(lower)
    lower.end = start + length + lower.end - lower.start
    lower.start = start
  }

  /** Gives room back when much is wasted. */
  compact(root: TopicNode): void {
    if (this.#wasted < SYMBOLS_MIN || this.#wasted * 2 < this.#used) return
    const old = this.symbols
    this.symbols = new Int32Array(Math.max(SYMBOLS_MIN, this.#used - this.#wasted))
    this.#used = 0
    this.#wasted = 0
    this.#take(root, old)
  }

  #take(node: TopicNode, old: Int32Array): void {
    const start = this.#used
    this.symbols.set(old.subarray(node.start, node.end), start)
    this.#used += node.end - node.start
    node.start = start
    node.end = this.#used
    for (const child of node.children()) this.#take(child, old)
  }

  #reserve(length: number): number {
    const start = this.#used
    this.#used += length
    if (this.#used > this.symbols.length) {
      const grown = new Int32Array(Math.max(this.#used, this.symbols.length * 2))
      grown.set(this.symbols)
      this.symbols = grown
    }
    return start
  }
}
