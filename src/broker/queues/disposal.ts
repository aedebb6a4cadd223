import type { Delivery } from '../delivery.ts'
import type { Message } from '../message.ts'
import type { Enqueued } from '../queue.ts'
import type { Backlog } from './backlog.ts'
import type { DeadLetterReason, DeadLetterSource, QueueContext } from './context.ts'
import { type Length, nothing, overflows, refusesWhenFull, Sum, wouldOverflow } from './length-limit.ts'
import type { Deaths, QueueParts } from './nature.ts'
import type { SpilledEntry } from './spilled-index.ts'

/** Messages on disk that are taken out to be dead-lettered, before more are. */
const EXPIRED_AT_ONCE = 4096

/** Throws messages of one queue out: what is rejected, expired or too many; to the dead-letter exchange if there is one. */
export class Disposal {
  readonly #queue: DeadLetterSource
  readonly #backlog: Backlog
  readonly #context: QueueContext
  readonly #deaths: Deaths
  /** What is here, also what is dead and has not arrived yet. */
  readonly #length: Length

  constructor(parts: QueueParts, deaths: Deaths) {
    this.#queue = parts.queue
    this.#backlog = parts.backlog
    this.#context = parts.context
    this.#deaths = deaths
    const { ready } = parts.backlog
    this.#length = deaths.pending === nothing ? ready : new Sum(ready, deaths.pending)
  }

  /** The message leaves the queue, at once or when its copy is where it goes. */
  die(delivery: Delivery, reason: DeadLetterReason): void {
    this.#deaths.die(delivery, reason)
  }

  /** One more message would be too many. */
  wouldOverflow(message: Message): boolean {
    return wouldOverflow(this.#length, this.#queue.rules, message)
  }

  /** A full queue does not take a message. */
  refuse(message: Message): Enqueued {
    const { overflow, deadLetterExchange } = this.#queue.rules
    if (overflow === 'reject-publish-dlx' && deadLetterExchange !== undefined) {
      const delivery = this.#backlog.refused(message)
      this.#queue.counters.maxlen++
      this.#context.deadLetters.add(this.#queue, delivery, 'maxlen')
    }
    return 'refused'
  }

  /** Throws out what has expired by a monotonic time, wherever it waits. */
  expire(now: number): void {
    const { ready } = this.#backlog
    const died = (delivery: Delivery): void => this.die(delivery, 'expired')
    if (this.#queue.rules.deadLetterExchange === undefined) {
      return ready.expire(now, Number.POSITIVE_INFINITY, died, (entry) => {
        this.#queue.counters.expired++
        this.#backlog.leaveDisk(entry)
      })
    }
    const entries: SpilledEntry[] = []
    ready.expire(now, this.#backlog.isFetching ? 0 : EXPIRED_AT_ONCE, died, (entry) => entries.push(entry))
    if (entries.length > 0) this.#backlog.fetch(entries, died)
  }

  get isOverfull(): boolean {
    const { rules } = this.#queue
    return overflows(this.#length, rules) && !refusesWhenFull(rules)
  }

  /** Drops heads until the limits hold; those of the highest priority first, as RabbitMQ does. */
  drop(): void {
    const { rules } = this.#queue
    const { ready } = this.#backlog
    for (let list = ready.next(); list !== undefined && overflows(this.#length, rules); list = ready.next()) {
      const delivery = list.shift()
      if (delivery !== undefined) this.die(delivery, 'maxlen')
      else if (rules.deadLetterExchange === undefined) {
        this.#queue.counters.maxlen++
        this.#backlog.dropSpilled(list, 1)
      } else {
        // What is dead-lettered must be read first; then this goes on.
        return this.#backlog.readMany(list)
      }
    }
  }
}
