import type { Destination } from '../binding.ts'
import type { TopicLabels } from './topic-labels.ts'
import { HASH, STAR, type TopicNode } from './topic-node.ts'
import type { TopicWords } from './topic-words.ts'

/** A word of the key that is in no pattern. */
const UNKNOWN = -2

/**
 * Finds the patterns that a key fits, going through each node of their tree at most once. As long as no `#` has
 * been met there is one place among the words of the key where a node's patterns may go on. Behind a `#` there are
 * many, kept as a set of bits: a word thins them out, `#` fills them up. What cannot reach the end of any pattern is
 * left out, which keeps the sets of long patterns small.
 *
 * So hostile patterns cost what they weigh: 10,000 random ones of 126 words, all of which fit, took 300 ms where each
 * word was a node of its own, and 6.3 s where every place was followed on its own.
 */
export class TopicMatch {
  readonly #root: TopicNode
  readonly #labels: TopicLabels
  readonly #words: TopicWords
  #found: (destination: Destination) => void = ignore
  /** Words of the key: how many, and the number of each; `UNKNOWN` for those in no pattern. */
  #end = 0
  #key = new Int32Array(32)
  /** 32-bit lanes of a set of places. */
  #lanes = 0
  /** Where among `#occurrences` the set of a word's places in the key begins. */
  #where = new Int32Array(0)
  /** Sets of places, each with an empty lane behind it: first that of `*`, then one for words that the key has not. */
  #occurrences = new Int32Array(0)
  /** Distinct words of the key that are in some pattern, and their numbers. */
  #distinct = 0
  #ids = new Int32Array(32)
  /** One set for each depth of the descent. */
  #sets = new Int32Array(64)

  constructor(root: TopicNode, labels: TopicLabels, words: TopicWords) {
    this.#root = root
    this.#labels = labels
    this.#words = words
  }

  /** Names the destinations of all patterns that `words` fit; one may be named several times. */
  run(words: readonly string[], found: (destination: Destination) => void): void {
    this.#found = found
    this.#look(words)
    this.#walk(this.#root, 0)
    for (let index = 0; index < this.#distinct; index++) this.#where[this.#ids[index]!] = this.#lanes + 1
    this.#found = ignore
  }

  /** Looks up the words of the key, and notes where each is. */
  #look(words: readonly string[]): void {
    const lanes = (words.length >> 5) + 1
    this.#end = words.length
    this.#prepare(words.length, lanes)
    let free = 2 * (lanes + 1)
    let distinct = 0
    for (let place = 0; place < words.length; place++) {
      const id = this.#words.find(words[place]!) ?? UNKNOWN
      this.#key[place] = id
      if (id === UNKNOWN) continue
      let where = this.#where[id]!
      if (where === lanes + 1) {
        where = free
        free += lanes + 1
        this.#where[id] = where
        this.#ids[distinct++] = id
        for (let lane = where; lane < free; lane++) this.#occurrences[lane] = 0
      }
      this.#occurrences[where + (place >> 5)]! |= 1 << (place & 31)
    }
    this.#distinct = distinct
  }

  /** Makes room for a key of so many words, whose sets take so many lanes. */
  #prepare(end: number, lanes: number): void {
    if (this.#key.length < end) {
      this.#key = new Int32Array(end)
      this.#ids = new Int32Array(end)
    }
    const room = (end + 2) * (lanes + 1) + 2
    const fits = this.#lanes === lanes && this.#where.length >= this.#words.limit
    if (fits && this.#occurrences.length >= room) return
    this.#lanes = lanes
    if (this.#occurrences.length < room) this.#occurrences = new Int32Array(room)
    this.#occurrences.fill(-1, 0, lanes + 1)
    this.#occurrences.fill(0, lanes + 1, 2 * (lanes + 1))
    if (this.#where.length < this.#words.limit) this.#where = new Int32Array(this.#words.limit * 2)
    this.#where.fill(lanes + 1)
    this.#where[STAR] = 0
  }

  // With one place.

  /** Goes on from a node, whose label has been read, at one place. */
  #walk(node: TopicNode, place: number): void {
    const { word, star, hash } = node
    if (place === this.#end) {
      this.#name(node)
      if (hash !== undefined) this.#follow(hash, place)
      return
    }
    const id = this.#key[place]!
    if (word !== undefined) {
      if (word.symbol === id) this.#follow(word, place)
    } else if (node.words !== undefined && id !== UNKNOWN) {
      const child = node.words.get(id)
      if (child !== undefined) this.#follow(child, place)
    }
    if (star !== undefined) this.#follow(star, place)
    if (hash !== undefined) this.#follow(hash, place)
  }

  /** Reads a node's label from one place on. */
  #follow(node: TopicNode, from: number): void {
    if (this.#end - from < node.least) return
    const { start, end } = node
    const { symbols } = this.#labels
    const key = this.#key
    let place = from
    for (let index = start; index < end; index++) {
      const symbol = symbols[index]!
      if (symbol === HASH) return this.#spread(node, index, place, this.#end - node.least + place - from)
      // Neither equal nor `*`: in hostile patterns no processor foretells which, so this is without a branch.
      const differs = symbol ^ key[place]!
      if (((differs | -differs) & -symbol) < 0) return
      place++
    }
    this.#walk(node, place)
  }

  #name(node: TopicNode): void {
    if (node.destination !== undefined) this.#found(node.destination)
    else if (node.destinations !== undefined) node.destinations.each(this.#found)
  }

  // With a set of places: bits from `at` on in `#sets`, of which the first stands for the place `base`, so that reading
  // a word or a `*` moves the base. None is above `high`, from where on the words of the key are too few.

  /** The first `#`: `index` is where it is in the labels. */
  #spread(node: TopicNode, index: number, place: number, high: number): void {
    this.#makeRoom(this.#lanes)
    for (let lane = (high - place) >> 5; lane > 0; lane--) this.#sets[lane] = 0
    this.#sets[0] = 1
    this.#read(node, index, 0, place, high)
  }

  /** Reads a node's label from `index` on. The set is changed in place. */
  #read(node: TopicNode, index: number, at: number, base: number, high: number): void {
    const span = high - base
    if (span < 32) return this.#readNarrow(node, index, at, base, high)
    if (span < 96) return this.#readThree(node, index, at, base, high)
    const { end } = node
    const { symbols } = this.#labels
    let place = base
    for (let next = index; next < end; next++) {
      const symbol = symbols[next]!
      if (symbol === HASH) this.#fill(at, span)
      else {
        if (symbol !== STAR && !this.#thin(at, span >> 5, this.#where[symbol]! + (place >> 5), place & 31)) return
        place++
      }
    }
    this.#fork(node, at, place, place + span)
  }

  /** The same for a set of one lane. */
  #readNarrow(node: TopicNode, index: number, at: number, base: number, high: number): void {
    const { end } = node
    const { symbols } = this.#labels
    const where = this.#where
    const occurrences = this.#occurrences
    const span = high - base
    let place = base
    let bits = this.#sets[at]!
    for (let next = index; next < end; next++) {
      const symbol = symbols[next]!
      if (symbol === HASH) bits = -(bits & -bits) & (-1 >>> (31 - span))
      else {
        const lane = where[symbol]! + (place >> 5)
        const shift = place & 31
        bits &= (occurrences[lane]! >>> shift) | ((occurrences[lane + 1]! << 1) << (31 - shift))
        if (bits === 0) return
        place++
      }
    }
    this.#sets[at] = bits
    this.#fork(node, at, place, place + span)
  }

  /** The same for a set of at most three lanes. */
  #readThree(node: TopicNode, index: number, at: number, base: number, high: number): void {
    const { end } = node
    const { symbols } = this.#labels
    const sets = this.#sets
    const where = this.#where
    const occurrences = this.#occurrences
    const span = high - base
    let place = base
    let first = sets[at]!
    let second = sets[at + 1]!
    let third = span < 64 ? 0 : sets[at + 2]!
    for (let next = index; next < end; next++) {
      const symbol = symbols[next]!
      if (symbol === HASH) {
        sets[at] = first
        sets[at + 1] = second
        if (span >= 64) sets[at + 2] = third
        this.#fill(at, span)
        first = sets[at]!
        second = sets[at + 1]!
        third = span < 64 ? 0 : sets[at + 2]!
      } else {
        const lane = where[symbol]! + (place >> 5)
        const shift = place & 31
        const last = 31 - shift
        const two = occurrences[lane + 1]!
        const three = occurrences[lane + 2]!
        first &= (occurrences[lane]! >>> shift) | ((two << 1) << last)
        second &= (two >>> shift) | ((three << 1) << last)
        third &= (three >>> shift) | ((occurrences[lane + 3]! << 1) << last)
        if ((first | second | third) === 0) return
        place++
      }
    }
    sets[at] = first
    sets[at + 1] = second
    if (span >= 64) sets[at + 2] = third
    this.#fork(node, at, place, place + span)
  }

  /** Goes on from a node, whose label has been read. */
  #fork(node: TopicNode, at: number, base: number, high: number): void {
    const only = this.#only(at, (high - base) >> 5)
    if (only >= 0) return this.#walk(node, base + only)
    const { hash, star, word, words } = node
    if (node.ending && this.#has(at, this.#end - base)) this.#name(node)
    if (word !== undefined) this.#enter(word, at, base)
    else if (words !== undefined) this.#enterWords(words, at, base)
    if (star !== undefined) this.#enter(star, at, base)
    if (hash !== undefined) this.#enter(hash, at, base)
  }

  /** Going through the smaller side keeps a whole match linear in the nodes. */
  #enterWords(words: Map<number, TopicNode>, at: number, base: number): void {
    if (words.size < this.#distinct) for (const child of words.values()) this.#enter(child, at, base)
    else {
      for (let index = 0; index < this.#distinct; index++) {
        const child = words.get(this.#ids[index]!)
        if (child !== undefined) this.#enter(child, at, base)
      }
    }
  }

  /** Gives a child a copy of the set, less the places from where the words are too few for it. */
  #enter(child: TopicNode, from: number, base: number): void {
    const high = this.#end - child.least
    if (high < base) return
    const at = from + this.#lanes
    this.#makeRoom(at + this.#lanes)
    const sets = this.#sets
    const last = (high - base) >> 5
    let any = 0
    for (let lane = 0; lane < last; lane++) {
      const bits = sets[from + lane]!
      sets[at + lane] = bits
      any |= bits
    }
    const bits = sets[from + last]! & (-1 >>> (31 - ((high - base) & 31)))
    sets[at + last] = bits
    if ((any | bits) !== 0) this.#read(child, child.start, at, base, high)
  }

  #has(at: number, place: number): boolean {
    return ((this.#sets[at + (place >> 5)]! >>> (place & 31)) & 1) === 1
  }

  /** The one place of a set that has just one, counted from its base; -1 for any other. */
  #only(at: number, last: number): number {
    let only = -1
    for (let lane = 0; lane <= last; lane++) {
      const bits = this.#sets[at + lane]!
      if (bits === 0) continue
      if (only >= 0 || (bits & (bits - 1)) !== 0) return -1
      only = lane * 32 + 31 - Math.clz32(bits)
    }
    return only
  }

  /** `#`: all places from the first to the `span`th on. */
  #fill(at: number, span: number): void {
    const sets = this.#sets
    const last = span >> 5
    let lane = 0
    while (lane < last && sets[at + lane] === 0) lane++
    sets[at + lane] = -(sets[at + lane]! & -sets[at + lane]!)
    while (lane < last) sets[at + ++lane] = -1
    sets[at + last]! &= -1 >>> (31 - (span & 31))
  }

  /** A word: keeps the places where it is; its own begin `shift` bits behind the lane `where`. False when none is left. */
  #thin(at: number, last: number, where: number, shift: number): boolean {
    const sets = this.#sets
    const occurrences = this.#occurrences
    let any = 0
    let next = occurrences[where]!
    for (let lane = 0; lane <= last; lane++) {
      const here = next
      next = occurrences[where + lane + 1]!
      const bits = sets[at + lane]! & ((here >>> shift) | ((next << 1) << (31 - shift)))
      sets[at + lane] = bits
      any |= bits
    }
    return any !== 0
  }

  #makeRoom(size: number): void {
    if (this.#sets.length >= size) return
    const sets = new Int32Array(size * 2)
    sets.set(this.#sets)
    this.#sets = sets
  }
}

function ignore(): void {}
