import type { Qos } from '../../wire/mqtt/packets.ts'
import { topicMatches } from '../../wire/mqtt/topic.ts'

/** One topic filter of a client, with what it asked for. */
export interface Subscription {
  /** As it is known here: with the dots of its name as levels. */
  readonly filter: string
  readonly qos: Qos
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly identifier: number | undefined
  /** Name of the group it shares its messages with. */
  readonly share: string | undefined
  /** Name of the queue that is bound for it. */
  readonly queue: string
}

const nothing: readonly Subscription[] = []

/** So many are looked through one by one; a client that has more gets maps. */
const FEW = 8

/** The subscriptions of one client: which of them a message in one of its queues came for. */
export class Subscriptions {
  /** As long as they are few. */
  #few: readonly Subscription[] = nothing
  #many: Index | undefined
  #lastTopic = ''
  #lastQueue = ''
  #lastFound: readonly Subscription[] | undefined
  /** Some of them are not to get what the client itself publishes. */
  hasNoLocal = false

  get size(): number {
    return this.#many?.size ?? this.#few.length
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#all[Symbol.iterator]()
  }

  get(filter: string, share: string | undefined): Subscription | undefined {
    if (this.#many !== undefined) return this.#many.get(filter, share)
    return this.#few.find((known) => known.filter === filter && known.share === share)
  }

  /** Takes the place of one with the same filter. */
  add(subscription: Subscription): void {
    this.#forget(subscription.filter, subscription.share)
    if (this.#many === undefined && this.#few.length === FEW) {
      this.#many = new Index(this.#few)
      this.#few = nothing
    }
    if (this.#many === undefined) this.#few = this.#few.concat(subscription)
    else this.#many.add(subscription)
    this.#changed()
  }

  remove(filter: string, share: string | undefined): Subscription | undefined {
    const removed = this.#forget(filter, share)
    this.#changed()
    return removed
  }

  /** Those that a message of `topic` may have come to `queue` for. */
  matching(topic: string, queue: string): readonly Subscription[] {
    if (this.#lastFound !== undefined && this.#lastTopic === topic && this.#lastQueue === queue) return this.#lastFound
    const fits = ({ filter }: Subscription) => (isPattern(filter) ? topicMatches(filter, topic) : filter === topic)
    const matching = this.#many === undefined ? this.#few.filter(fits) : this.#many.matching(topic)
    const found = matching.filter((subscription) => subscription.queue === queue)
    this.#lastTopic = topic
    this.#lastQueue = queue
    this.#lastFound = found
    return found
  }

  get #all(): Iterable<Subscription> {
    return this.#many ?? this.#few
  }

  #forget(filter: string, share: string | undefined): Subscription | undefined {
    const known = this.get(filter, share)
    if (known === undefined) return undefined
    if (this.#many === undefined) this.#few = this.#few.filter((other) => other !== known)
    else this.#many.remove(known)
    return known
  }

  #changed(): void {
    this.#lastFound = undefined
    this.hasNoLocal = false
    for (const { noLocal } of this.#all) if (noLocal) this.hasNoLocal = true
  }
}

/** Many subscriptions of one client. */
class Index {
  readonly #all = new Map<string, Subscription>()
  /** Those without wildcards, by topic; the others one by one. */
  readonly #exact = new Map<string, Subscription[]>()
  #patterns: Subscription[] = []

  constructor(subscriptions: readonly Subscription[]) {
    for (const subscription of subscriptions) this.add(subscription)
  }

  get size(): number {
    return this.#all.size
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#all.values()
  }

  get(filter: string, share: string | undefined): Subscription | undefined {
    return this.#all.get(key(filter, share))
  }

  add(subscription: Subscription): void {
    const { filter, share } = subscription
    this.#all.set(key(filter, share), subscription)
    if (isPattern(filter)) {
      this.#patterns.push(subscription)
      return
    }
    const known = this.#exact.get(filter)
    if (known === undefined) this.#exact.set(filter, [subscription])
    else known.push(subscription)
  }

  remove(subscription: Subscription): void {
    const { filter, share } = subscription
    this.#all.delete(key(filter, share))
    if (isPattern(filter)) {
      this.#patterns = this.#patterns.filter((other) => other !== subscription)
      return
    }
    const others = this.#exact.get(filter)?.filter((other) => other !== subscription) ?? []
    if (others.length === 0) this.#exact.delete(filter)
    else this.#exact.set(filter, others)
  }

  matching(topic: string): readonly Subscription[] {
    const patterns = this.#patterns.filter(({ filter }) => topicMatches(filter, topic))
    return [...(this.#exact.get(topic) ?? nothing), ...patterns]
  }
}

function key(filter: string, share: string | undefined): string {
  return share === undefined ? filter : `$share/${share}/${filter}`
}

function isPattern(filter: string): boolean {
  return filter.includes('+') || filter.includes('#')
}
