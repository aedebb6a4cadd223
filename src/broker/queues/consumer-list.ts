import type { Consumer } from '../consumer.ts'
import { Fault } from '../fault.ts'
import { describe } from '../resource.ts'

/**
 * Who is active under single active consumer: the first in line until it goes, or always the one of
 * highest priority, who takes over when the active one holds nothing any more.
 */
export type SingleActive = 'off' | 'first in line' | 'highest priority'

/**
 * The consumers of one queue, in groups of equal priority, highest first. Within a group they take
 * turns; a group that has no ready consumer lets the next one have the message.
 */
export class ConsumerList {
  /** With single active consumer only the first in line receives. */
  readonly #single: boolean
  readonly #byPriority: boolean
  #groups: Group[] = []
  /** Who has the queue for itself. */
  #exclusive: Consumer | undefined
  length = 0

  constructor(singleActive: SingleActive) {
    this.#single = singleActive !== 'off'
    this.#byPriority = singleActive === 'highest priority'
  }

  /** The one that is active under single active consumer. */
  #active: Consumer | undefined = undefined

  /** What the active one holds, where that matters. */
  #held = 0

  get exclusive(): Consumer | undefined {
    return this.#exclusive
  }

  get active(): Consumer | undefined {
    return this.#active
  }

  /** A consumer got a delivery that it must settle. */
  onHandedOut(consumer: Consumer): void {
    if (this.#byPriority && consumer === this.#active) this.#held++
  }

  /** A delivery of a consumer was settled; true when another one became active by that. */
  onSettled(consumer: Consumer): boolean {
    if (!this.#byPriority || consumer !== this.#active) return false
    this.#held--
    this.#promote()
    return consumer !== this.#active
  }

  /** Adds a consumer unless that is against exclusivity, where the queue knows it; `queue` is named in the Fault then thrown. */
  admit(consumer: Consumer, queue: { readonly name: string; readonly vhost: string }): void {
    const inUse = this.#exclusive !== undefined || (consumer.exclusive && this.length > 0)
    if (inUse || (consumer.exclusive && this.#single)) {
      throw new Fault('access-refused', `${describe('queue', queue.name, queue.vhost)} in exclusive use`)
    }
    if (consumer.exclusive) this.#exclusive = consumer
    this.add(consumer)
  }

  add(consumer: Consumer): void {
    let index = this.#groups.findIndex((group) => group.priority <= consumer.priority)
    if (index < 0) index = this.#groups.length
    const group = this.#groups[index]
    if (group?.priority === consumer.priority) group.consumers.push(consumer)
    else {
      // Made whole: most queues have one consumer, and an array that was pushed to keeps room for sixteen more.
      const added = { priority: consumer.priority, consumers: [consumer], next: 0 }
      this.#groups = this.#groups.toSpliced(index, 0, added)
    }
    this.length++
    if (this.#single) this.#active ??= consumer
    if (this.#byPriority) this.#promote()
  }

  /** True when it was there. */
  remove(consumer: Consumer): boolean {
    for (const [groupIndex, group] of this.#groups.entries()) {
      const index = group.consumers.indexOf(consumer)
      if (index < 0) continue
      group.consumers.splice(index, 1)
      if (index < group.next) group.next--
      if (group.consumers.length === 0) this.#groups.splice(groupIndex, 1)
      this.length--
      if (this.#exclusive === consumer) this.#exclusive = undefined
      if (this.#active === consumer) this.#activate(this.#groups[0]?.consumers[0])
      return true
    }
    return false
  }

  /** Whose turn it is, among those that can take one more; undefined when nobody can. */
  next(): Consumer | undefined {
    if (this.#single) return this.hasReady() ? this.#active : undefined
    for (const group of this.#groups) {
      const count = group.consumers.length
      for (let step = 0; step < count; step++) {
        const index = (group.next + step) % count
        const consumer = group.consumers[index]!
        if (!consumer.ready()) continue
        group.next = (index + 1) % count
        return consumer
      }
    }
    return undefined
  }

  /** Whether anybody can take one more; nobody's turn is used up by asking. */
  hasReady(): boolean {
    if (this.#single) return !this.#isLeaving && this.#active?.ready() === true
    return this.#groups.some((group) => group.consumers.some((consumer) => consumer.ready()))
  }

  /** Somebody of higher priority waits for the active one to let go of what it holds. */
  get #isLeaving(): boolean {
    return this.#byPriority && this.#active !== undefined && this.#active.priority < this.#groups[0]!.priority
  }

  #promote(): void {
    if (this.#held === 0 && this.#isLeaving) this.#activate(this.#groups[0]!.consumers[0])
  }

  #activate(consumer: Consumer | undefined): void {
    this.#active = consumer
    this.#held = 0
  }

  [Symbol.iterator](): Iterator<Consumer> {
    return this.#groups.flatMap((group) => group.consumers)[Symbol.iterator]()
  }
}

interface Group {
  readonly priority: number
  readonly consumers: Consumer[]
  /** Index of the one whose turn it is. */
  next: number
}
