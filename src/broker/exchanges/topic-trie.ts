import type { Destination } from '../binding.ts'
import { DestinationBag } from './destination-bag.ts'

class Node {
  children: Map<string, Node> | undefined = undefined
  star: Node | undefined = undefined
  hash: Node | undefined = undefined
  destinations: DestinationBag | undefined = undefined
  /** Bounds of how many words patterns through here still take; after removals they may be too wide, never too narrow. */
  shortest = Number.POSITIVE_INFINITY
  longest = 0
  /** Number of the match that last went through here; kept for `#` nodes only. */
  seen = 0

  get empty(): boolean {
    return (
      this.children === undefined &&
      this.star === undefined &&
      this.hash === undefined &&
      this.destinations === undefined
    )
  }
}

/**
 * Topic patterns as a tree of words. A match takes at most (nodes × words) steps however the
 * patterns are made: a `#` is gone through once per match, from the first word it can start at,
 * which covers all later starts; every other node is then reached at most once per word.
 */
export class TopicTrie {
  #root = new Node()
  #match = 0
  #words: readonly string[] = []

  get empty(): boolean {
    return this.#root.empty
  }

  /** Nodes below the root, for tests that nothing is left behind. */
  get size(): number {
    return countBelow(this.#root)
  }

  add(pattern: readonly string[], destination: Destination): void {
    const lastHash = pattern.lastIndexOf('#')
    let left = pattern.filter((word) => word !== '#').length
    let node = this.#root
    widen(node, left, lastHash >= 0)
    for (const [index, word] of pattern.entries()) {
      node = childOrNew(node, word)
      if (word !== '#') left--
      widen(node, left, lastHash > index)
    }
    node.destinations ??= new DestinationBag()
    node.destinations.add(destination)
  }

  remove(pattern: readonly string[], destination: Destination): void {
    removeBelow(this.#root, pattern, 0, destination)
    if (this.#root.empty) this.#root = new Node()
  }

  /** Names the destinations of all patterns that `words` fit; one may be named several times. */
  match(words: readonly string[], found: (destination: Destination) => void): void {
    this.#match++
    this.#words = words
    this.#visit(this.#root, 0, found)
  }

  #visit(node: Node, at: number, found: (destination: Destination) => void): void {
    const words = this.#words
    const left = words.length - at
    if (left < node.shortest || left > node.longest) return
    if (node.hash !== undefined) this.#visitHash(node.hash, at, found)
    if (left === 0) {
      node.destinations?.each(found)
      return
    }
    if (node.star !== undefined) this.#visit(node.star, at + 1, found)
    const child = node.children?.get(words[at]!)
    if (child !== undefined) this.#visit(child, at + 1, found)
  }

  /** `at` grows from call to call within one match, because the words between two `#` are of one number. */
  #visitHash(node: Node, at: number, found: (destination: Destination) => void): void {
    if (node.seen === this.#match) return
    node.seen = this.#match
    node.destinations?.each(found)
    if (node.hash !== undefined) this.#visitHash(node.hash, at, found)
    if (node.star === undefined && node.children === undefined) return
    const end = this.#words.length
    const last = Math.min(end - node.shortest, end - 1)
    for (let start = Math.max(at, end - node.longest); start <= last; start++) {
      if (node.star !== undefined) this.#visit(node.star, start + 1, found)
      const child = node.children?.get(this.#words[start]!)
      if (child !== undefined) this.#visit(child, start + 1, found)
    }
  }
}

function childOrNew(node: Node, word: string): Node {
  if (word === '*') {
    node.star ??= new Node()
    return node.star
  }
  if (word === '#') {
    node.hash ??= new Node()
    return node.hash
  }
  node.children ??= new Map()
  let child = node.children.get(word)
  if (child === undefined) {
    child = new Node()
    node.children.set(word, child)
  }
  return child
}

function childOf(node: Node, word: string): Node | undefined {
  if (word === '*') return node.star
  if (word === '#') return node.hash
  return node.children?.get(word)
}

/** A pattern goes through `node` that takes `words` words more, or any number above if a `#` follows: it is `open`. */
function widen(node: Node, words: number, open: boolean): void {
  node.shortest = Math.min(node.shortest, words)
  node.longest = Math.max(node.longest, open ? Number.POSITIVE_INFINITY : words)
}

/** A binding key has at most 255 bytes, so 128 words bound the depth. */
function removeBelow(node: Node, pattern: readonly string[], at: number, destination: Destination): void {
  const word = pattern[at]
  if (word === undefined) {
    node.destinations?.remove(destination)
    if (node.destinations?.empty) node.destinations = undefined
    return
  }
  const child = childOf(node, word)
  if (child === undefined) return
  removeBelow(child, pattern, at + 1, destination)
  if (!child.empty) return
  if (word === '*') node.star = undefined
  else if (word === '#') node.hash = undefined
  else {
    node.children?.delete(word)
    if (node.children?.size === 0) node.children = undefined
  }
}

function countBelow(node: Node): number {
  const children = [...(node.children?.values() ?? []), node.star, node.hash]
  let count = 0
  for (const child of children) if (child !== undefined) count += 1 + countBelow(child)
  return count
}
