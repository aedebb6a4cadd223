import type { Destination } from '../binding.ts'
import { DestinationBag } from './destination-bag.ts'

/** Where patterns fork: by a word, by `*`, by `#`; and where they end. */
class Node {
  children: Map<string, Node> | undefined = undefined
  star: Node | undefined = undefined
  hash: Node | undefined = undefined
  destinations: DestinationBag | undefined = undefined

  get empty(): boolean {
    return !(this.children || this.star || this.hash || this.destinations)
  }
}

/**
 * Topic patterns as a tree of words. A match goes through each node at most once, carrying the set
 * of all places among the words where the patterns of that node may go on, as bits: `*` shifts the
 * set, a word shifts the part of it where the word is, `#` fills it up. So hostile patterns cost
 * what they weigh: 10,000 of `#.` 63 words `.b.#` against 128 words took 6.3 s when every place
 * was followed on its own.
 */
export class TopicTrie {
  #root = new Node()
  #depthMax = 0
  #words: readonly string[] = []
  /** 32-bit lanes of a set. */
  #lanes = 1
  /** One set for each depth of the descent. */
  #sets = new Int32Array(0)
  /** Where each distinct word is; made when a match first needs it. */
  #occurrences: Map<string, Int32Array> | undefined = undefined

  get empty(): boolean {
    return this.#root.empty
  }

  /** Nodes below the root, for tests that nothing is left behind. */
  get size(): number {
    return countBelow(this.#root)
  }

  add(pattern: readonly string[], destination: Destination): void {
    let node = this.#root
    for (const word of pattern) node = childOrNew(node, word)
    node.destinations ??= new DestinationBag()
    node.destinations.add(destination)
    this.#depthMax = Math.max(this.#depthMax, pattern.length)
  }

  remove(pattern: readonly string[], destination: Destination): void {
    removeBelow(this.#root, pattern, 0, destination)
  }

  /** Names the destinations of all patterns that `words` fit; one may be named several times. */
  match(words: readonly string[], found: (destination: Destination) => void): void {
    this.#words = words
    this.#lanes = (words.length >> 5) + 1
    this.#occurrences = undefined
    const room = (this.#depthMax + 1) * this.#lanes
    if (this.#sets.length < room) this.#sets = new Int32Array(room)
    this.#sets.fill(0, 0, this.#lanes)
    this.#sets[0] = 1
    this.#visit(this.#root, 0, found)
  }

  /** `at` is where in `#sets` the places of this node begin; they are never none. */
  #visit(node: Node, at: number, found: (destination: Destination) => void): void {
    const end = this.#words.length
    if (node.destinations !== undefined && this.#has(at, end)) node.destinations.each(found)
    if (node.hash !== undefined) {
      this.#fill(at)
      this.#visit(node.hash, at + this.#lanes, found)
    }
    if (node.star !== undefined && this.#shift(at, undefined)) this.#visit(node.star, at + this.#lanes, found)
    if (node.children !== undefined) this.#visitChildren(node.children, at, found)
  }

  #visitChildren(children: Map<string, Node>, at: number, found: (destination: Destination) => void): void {
    const only = this.#only(at)
    if (only >= 0) {
      const child = only === this.#words.length ? undefined : children.get(this.#words[only]!)
      if (child === undefined) return
      this.#shift(at, undefined)
      this.#visit(child, at + this.#lanes, found)
      return
    }
    this.#occurrences ??= occurrences(this.#words, this.#lanes)
    // Going through the smaller side keeps a whole match linear in the nodes.
    if (children.size < this.#occurrences.size) {
      for (const [word, child] of children) {
        const where = this.#occurrences.get(word)
        if (where !== undefined && this.#shift(at, where)) this.#visit(child, at + this.#lanes, found)
      }
    } else {
      for (const [word, where] of this.#occurrences) {
        const child = children.get(word)
        if (child !== undefined && this.#shift(at, where)) this.#visit(child, at + this.#lanes, found)
      }
    }
  }

  #has(at: number, place: number): boolean {
    return ((this.#sets[at + (place >> 5)]! >>> (place & 31)) & 1) === 1
  }

  /** The one place of a set that has just one; -1 for any other. */
  #only(at: number): number {
    let only = -1
    for (let lane = 0; lane < this.#lanes; lane++) {
      const bits = this.#sets[at + lane]!
      if (bits === 0) continue
      if (only >= 0 || (bits & (bits - 1)) !== 0) return -1
      only = lane * 32 + 31 - Math.clz32(bits)
    }
    return only
  }

  /** Writes the next set: all places from the first of this one on. Those behind the end do no harm. */
  #fill(at: number): void {
    const next = at + this.#lanes
    let below = 0
    for (let lane = 0; lane < this.#lanes; lane++) {
      const bits = this.#sets[at + lane]!
      const lowest = bits & -bits
      this.#sets[next + lane] = below === 0 ? (lowest === 0 ? 0 : -lowest) : -1
      below |= bits
    }
  }

  /** Writes the next set: the places of this one (where a word is, if given) plus one. Says whether any is left. */
  #shift(at: number, where: Int32Array | undefined): boolean {
    const next = at + this.#lanes
    const end = this.#words.length
    let carry = 0
    let any = 0
    for (let lane = 0; lane < this.#lanes; lane++) {
      let bits = this.#sets[at + lane]!
      if (where !== undefined) bits &= where[lane]!
      let shifted = (bits << 1) | carry
      carry = bits >>> 31
      if (lane === this.#lanes - 1) shifted &= -1 >>> (31 - (end & 31))
      this.#sets[next + lane] = shifted
      any |= shifted
    }
    return any !== 0
  }
}

function occurrences(words: readonly string[], lanes: number): Map<string, Int32Array> {
  const found = new Map<string, Int32Array>()
  for (const [place, word] of words.entries()) {
    let where = found.get(word)
    if (where === undefined) {
      where = new Int32Array(lanes)
      found.set(word, where)
    }
    where[place >> 5] = where[place >> 5]! | (1 << (place & 31))
  }
  return found
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

/** A binding key has at most 255 bytes, so 256 words bound the depth. */
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
