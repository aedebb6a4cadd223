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

/** The subscriptions of one client: which of them a message in one of its queues came for. */
export class Subscriptions {
  readonly #all = new Map<string, Subscription>()
  /** Those without wildcards, by topic and queue; the others one by one. */
  readonly #exact = new Map<string, Subscription[]>()
  #patterns: Subscription[] = []
  #lastTopic = ''
  #lastQueue = ''
  #lastFound: readonly Subscription[] | undefined
  /** Some of them are not to get what the client itself publishes. */
  hasNoLocal = false

  get size(): number {
    return this.#all.size
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#all.values()
  }

  get(filter: string, share: string | undefined): Subscription | undefined {
    return this.#all.get(key(filter, share))
  }

  /** Takes the place of one with the same filter. */
  add(subscription: Subscription): void {
    const { filter, share } = subscription
    this.#forget(filter, share)
    this.#all.set(key(filter, share), subscription)
    if (isPattern(filter)) this.#patterns.push(subscription)
    else {
      const known = this.#exact.get(filter)
      if (known === undefined) this.#exact.set(filter, [subscription])
      else known.push(subscription)
    }
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
    const exact = this.#exact.get(topic) ?? nothing
    const patterns = this.#patterns.filter(({ filter }) => topicMatches(filter, topic))
    const found = [...exact, ...patterns].filter((subscription) => subscription.queue === queue)
    this.#lastTopic = topic
    this.#lastQueue = queue
    this.#lastFound = found
    return found
  }

  #forget(filter: string, share: string | undefined): Subscription | undefined {
    const known = this.#all.get(key(filter, share))
    if (known === undefined) return undefined
    this.#all.delete(key(filter, share))
    const others = this.#exact.get(filter)?.filter((other) => other !== known) ?? []
    if (others.length === 0) this.#exact.delete(filter)
    else this.#exact.set(filter, others)
    if (isPattern(filter)) this.#patterns = this.#patterns.filter((other) => other !== known)
    return known
  }

  #changed(): void {
    this.#lastFound = undefined
    this.hasNoLocal = false
    for (const { noLocal } of this.#all.values()) if (noLocal) this.hasNoLocal = true
  }
}

function key(filter: string, share: string | undefined): string {
  return share === undefined ? filter : `$share/${share}/${filter}`
}

function isPattern(filter: string): boolean {
  return filter.includes('+') || filter.includes('#')
}
