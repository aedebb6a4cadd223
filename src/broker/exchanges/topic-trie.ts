import type { Destination } from '../binding.ts'
import { TopicLabels } from './topic-labels.ts'
import { TopicMatch } from './topic-match.ts'
import { HASH, STAR, TopicNode } from './topic-node.ts'
import { TopicWords } from './topic-words.ts'

/** Topic patterns as a tree that forks by word, by `*` and by `#`. */
export class TopicTrie {
  readonly #words = new TopicWords()
  readonly #labels = new TopicLabels()
  readonly #root = new TopicNode(0, 0, 0, 0)
  readonly #match = new TopicMatch(this.#root, this.#labels, this.#words)

  get empty(): boolean {
    return this.#root.empty
  }

  /** Nodes below the root, for tests that nothing is left behind. */
  get size(): number {
    return countBelow(this.#root)
  }

  /** Distinct words of patterns, for the same. */
  get wordCount(): number {
    return this.#words.size
  }

  /** Symbols there is room for, for the same. */
  get labelRoom(): number {
    return this.#labels.symbols.length
  }

  add(pattern: readonly string[], destination: Destination): void {
    const symbols = pattern.map((word) => (word === '*' ? STAR : word === '#' ? HASH : this.#words.acquire(word)))
    this.#nodeFor(symbols).addDestination(destination)
  }

  /** Ignores what was never added. */
  remove(pattern: readonly string[], destination: Destination): void {
    const symbols = this.#known(pattern)
    const path = symbols && this.#pathTo(symbols)
    if (symbols === undefined || path?.at(-1)?.removeDestination(destination) !== true) return
    for (let depth = path.length - 1; depth > 0; depth--) this.#tidy(path[depth - 1]!, path[depth]!)
    for (const symbol of symbols) if (symbol > STAR) this.#words.release(symbol)
    this.#labels.compact(this.#root)
  }

  /** Names the destinations of all patterns that `words` fit; one may be named several times. */
  match(words: readonly string[], found: (destination: Destination) => void): void {
    this.#match.run(words, found)
  }

  /** The symbols of a pattern; undefined when it has words that no pattern has. */
  #known(pattern: readonly string[]): number[] | undefined {
    const symbols: number[] = []
    for (const word of pattern) {
      const symbol = word === '*' ? STAR : word === '#' ? HASH : this.#words.find(word)
      if (symbol === undefined) return undefined
      symbols.push(symbol)
    }
    return symbols
  }

  /** The node where a pattern ends, made if need be. */
  #nodeFor(symbols: readonly number[]): TopicNode {
    let least = symbols.reduce((sum, symbol) => sum + wordsOf(symbol), 0)
    let node = this.#root
    for (let at = 0; at < symbols.length; ) {
      const next = node.child(symbols[at]!)
      if (next === undefined) {
        const start = this.#labels.append(symbols, at)
        const leaf = new TopicNode(start, start + symbols.length - at, least, symbols[at]!)
        node.attach(leaf)
        return leaf
      }
      const shared = this.#labels.common(next, symbols, at)
      node = shared === next.end - next.start ? next : this.#split(node, next, shared)
      node.least = Math.min(node.least, least)
      for (const end = at + shared; at < end; at++) least -= wordsOf(symbols[at]!)
    }
    return node
  }

  /** The nodes from the root to where a pattern ends; undefined when it ends nowhere. */
  #pathTo(symbols: readonly number[]): TopicNode[] | undefined {
    const path = [this.#root]
    for (let at = 0; at < symbols.length; ) {
      const next = path.at(-1)!.child(symbols[at]!)
      if (next === undefined || this.#labels.common(next, symbols, at) < next.end - next.start) return undefined
      path.push(next)
      at += next.end - next.start
    }
    return path
  }

  /** Divides what leads to `child` after `length` symbols; answers the node there. */
  #split(parent: TopicNode, child: TopicNode, length: number): TopicNode {
    const middle = child.start + length
    const upper = new TopicNode(child.start, middle, child.least, child.symbol)
    parent.attach(upper)
    child.least -= this.#labels.words(child.start, middle)
    child.start = middle
    child.symbol = this.#labels.symbols[middle]!
    upper.attach(child)
    return upper
  }

  /** Takes a node away that leads nowhere, or joins it with the only one it leads to. */
  #tidy(parent: TopicNode, node: TopicNode): void {
    if (node.empty) {
      parent.detach(node)
      this.#labels.waste(node)
      return
    }
    const only = node.onlyChild
    if (only === undefined) return
    only.least += this.#labels.words(node.start, node.end)
    this.#labels.join(node, only)
    only.symbol = node.symbol
    parent.attach(only)
  }
}

/** Words that a symbol needs at least. */
function wordsOf(symbol: number): number {
  return symbol === HASH ? 0 : 1
}

function countBelow(node: TopicNode): number {
  let count = 0
  for (const child of node.children()) count += 1 + countBelow(child)
  return count
}
