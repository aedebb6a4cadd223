import type { Destination } from '../binding.ts'
import { DestinationBag } from './destination-bag.ts'

/** `#` and `*` among the numbers of words, which are all larger. */
export const HASH = -1
export const STAR = 0

/**
 * A node of the tree of patterns. Whatever does not fork is in one node, so there are at most twice as many nodes
 * as patterns, however long those are. What there is only one of, as is most often, lies in the node itself: with
 * ten thousand of them a match waits for memory more than for anything else.
 */
export class TopicNode {
  /** What leads from the parent here: symbols from `start` to `end` of those that all nodes share. */
  start: number
  end: number
  /** At least so many words are needed from the label's beginning to the end of some pattern; never too many. */
  least: number
  /** First symbol of the labels of all; kept here as it is asked for often. */
  symbol: number
  star: TopicNode | undefined = undefined
  hash: TopicNode | undefined = undefined
  /** The children by words: one alone, or all. */
  word: TopicNode | undefined = undefined
  words: Map<number, TopicNode> | undefined = undefined
  /** Where the patterns that end here lead: one destination, or several. */
  destination: Destination | undefined = undefined
  destinations: DestinationBag | undefined = undefined

  constructor(start: number, end: number, least: number, symbol: number) {
    this.start = start
    this.end = end
    this.least = least
    this.symbol = symbol
  }

  /** Nothing forks or ends here. */
  get empty(): boolean {
    return !(this.word || this.words || this.star || this.hash || this.ending)
  }

  /** A pattern ends here. */
  get ending(): boolean {
    return this.destination !== undefined || this.destinations !== undefined
  }

  child(symbol: number): TopicNode | undefined {
    if (symbol === STAR) return this.star
    if (symbol === HASH) return this.hash
    if (this.word !== undefined) return this.word.symbol === symbol ? this.word : undefined
    return this.words?.get(symbol)
  }

  /** Puts a child where its symbol says. */
  attach(child: TopicNode): void {
    const { symbol } = child
    if (symbol === STAR) this.star = child
    else if (symbol === HASH) this.hash = child
    else if (this.words !== undefined) this.words.set(symbol, child)
    else if (this.word === undefined || this.word.symbol === symbol) this.word = child
    else {
      this.words = new Map([
        [this.word.symbol, this.word],
        [symbol, child],
      ])
      this.word = undefined
    }
  }

  detach({ symbol }: TopicNode): void {
    if (symbol === STAR) this.star = undefined
    else if (symbol === HASH) this.hash = undefined
    else if (this.word?.symbol === symbol) this.word = undefined
    else if (this.words !== undefined) {
      this.words.delete(symbol)
      if (this.words.size > 1) return
      for (const word of this.words.values()) this.word = word
      this.words = undefined
    }
  }

  /** The children, in no order that matters. */
  *children(): Iterable<TopicNode> {
    if (this.word !== undefined) yield this.word
    if (this.words !== undefined) yield* this.words.values()
    if (this.star !== undefined) yield this.star
    if (this.hash !== undefined) yield this.hash
  }

  /** The only child, when nothing else forks or ends here. */
  get onlyChild(): TopicNode | undefined {
    if (this.ending || this.words !== undefined) return undefined
    const [only, ...others] = this.children()
    return others.length === 0 ? only : undefined
  }

  /** A pattern that ends here leads there too. */
  addDestination(destination: Destination): void {
    if (!this.ending) this.destination = destination
    else {
      this.destinations ??= new DestinationBag()
      if (this.destination !== undefined) this.destinations.add(this.destination)
      this.destination = undefined
      this.destinations.add(destination)
    }
  }

  /** False when no pattern that ends here leads there. */
  removeDestination(destination: Destination): boolean {
    if (this.destination === destination) {
      this.destination = undefined
      return true
    }
    if (this.destinations === undefined || !this.destinations.has(destination)) return false
    this.destinations.remove(destination)
    if (this.destinations.empty) this.destinations = undefined
    return true
  }
}
