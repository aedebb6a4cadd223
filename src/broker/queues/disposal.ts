import type { Delivery } from '../delivery.ts'
import type { Message } from '../message.ts'
import type { Enqueued } from '../queue.ts'
import type { Backlog } from './backlog.ts'
import type { DeadLetterReason, DeadLetterSource, DeadLetters } from './context.ts'
import { overflows, refusesWhenFull } from './length-limit.ts'
import type { SpilledEntry } from './spilled-index.ts'

/** Messages on disk that are taken out to be dead-lettered, before more are. */
const EXPIRED_AT_ONCE = 4096

/** Throws messages of one queue out: what is rejected, expired or too many; to the dead-letter exchange if there is one. */
export class Disposal {
  readonly #queue: DeadLetterSource
  readonly #backlog: Backlog
  readonly #deadLetters: DeadLetters

  constructor(queue: DeadLetterSource, backlog: Backlog, deadLetters: DeadLetters) {
    this.#queue = queue
    this.#backlog = backlog
    this.#deadLetters = deadLetters
  }

  /** The message leaves the queue, at once or when its copy is where it goes. */
  die(delivery: Delivery, reason: DeadLetterReason): void {
    delivery.state = 'settled'
    this.#backlog.leaving(delivery)
    if (this.#queue.rules.deadLetterExchange === undefined) this.#backlog.leave(delivery)
    else this.#deadLetters.add(this.#queue, delivery, reason)
  }

  /** A full queue does not take a message. */
  refuse(message: Message): Enqueued {
    const { overflow, deadLetterExchange } = this.#queue.rules
    if (overflow === 'reject-publish-dlx' && deadLetterExchange !== undefined) {
      const delivery = this.#backlog.refused(message)
      this.#deadLetters.add(this.#queue, delivery, 'maxlen')
    }
    return 'refused'
  }

  /** Throws out what has expired by a monotonic time, wherever it waits. */
  expire(now: number): void {
    const { ready } = this.#backlog
    const died = (delivery: Delivery): void => this.die(delivery, 'expired')
    if (this.#queue.rules.deadLetterExchange === undefined) {
      return ready.expire(now, Number.POSITIVE_INFINITY, died, (entry) => this.#backlog.leaveDisk(entry))
    }
    const entries: SpilledEntry[] = []
    ready.expire(now, this.#backlog.isFetching ? 0 : EXPIRED_AT_ONCE, died, (entry) => entries.push(entry))
    if (entries.length > 0) this.#backlog.fetch(entries, died)
  }

  get isOverfull(): boolean {
    const { rules } = this.#queue
    return overflows(this.#backlog.ready, rules) && !refusesWhenFull(rules)
  }

  /** Drops heads until the limits hold; those of the highest priority first, as RabbitMQ does. */
  drop(): void {
    const { rules } = this.#queue
    const { ready } = this.#backlog
    while (overflows(ready, rules)) {
      const list = ready.next()!
      const delivery = list.shift()
      if (delivery !== undefined) this.die(delivery, 'maxlen')
      else if (rules.deadLetterExchange === undefined) this.#backlog.dropSpilled(list, 1)
      else {
        // What is dead-lettered must be read first; then this goes on.
        return this.#backlog.readMany(list)
      }
    }
  }
}
