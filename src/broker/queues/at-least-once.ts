import type { Timer } from '../../std/clock.ts'
import { Ring } from '../../std/ring.ts'
import type { Position } from '../../store/log.ts'
import { countDeath } from '../counters.ts'
import type { Delivery } from '../delivery.ts'
import type { Sink } from '../queue.ts'
import type { QueueArguments } from '../queue-arguments.ts'
import { describe } from '../resource.ts'
import { AtMostOnce } from './at-most-once.ts'
import type { DeadLetterReason } from './context.ts'
import type { Deaths, QueueParts } from './nature.ts'
import type { Left, Place, SpilledEntry } from './spilled-index.ts'

/** Milliseconds between two attempts to publish what was not taken. */
const RETRY_INTERVAL = 1000
/** Dead letters read from disk for one attempt. */
const BATCH = 32

/** A dead message that is still here: not all that its dead letter leads to have taken it, or it leads nowhere. */
interface Pending {
  readonly entry: SpilledEntry
  readonly reason: DeadLetterReason
  /** Who has taken it; nobody gets it twice. */
  readonly taken: Set<Sink>
}

/**
 * Dead letters leave when every queue they lead to has taken them, and are published again until
 * then: for queues with the strategy at-least-once that refuse rather than drop; for others they
 * are published once. What waits is on disk, marked as dead, so that a restart knows.
 */
export class AtLeastOnce implements Deaths {
  readonly pending = { length: 0, bytes: 0 }
  readonly #parts: QueueParts
  readonly #once: AtMostOnce
  readonly #waiting = new Ring<Pending>()
  readonly #fresh: { readonly delivery: Delivery; readonly reason: DeadLetterReason }[] = []
  #scheduled = false
  #closed = false
  #timer: Timer | undefined
  #told: string | undefined

  constructor(parts: QueueParts) {
    this.#parts = parts
    this.#once = new AtMostOnce(parts)
    this.#warn()
  }

  die(delivery: Delivery, reason: DeadLetterReason): void {
    if (!isAtLeastOnce(this.#parts.queue.rules)) return this.#once.die(delivery, reason)
    countDeath(this.#parts.queue.counters, reason)
    delivery.state = 'settled'
    this.#fresh.push({ delivery, reason })
    this.#account(1, delivery.message.bodySize)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#parts.context.turn.addDispatch(this)
  }

  /** Takes in a message that was dead before the start. */
  restore(entry: SpilledEntry, reason: DeadLetterReason): void {
    this.#account(1, entry.bodySize)
    this.#waiting.push({ entry: { ...entry }, reason, taken: new Set() })
    this.#watch(0)
  }

  /** The end of the turn: what died in it is published. */
  run(): void {
    this.#scheduled = false
    if (this.#closed) return
    for (const { delivery, reason } of this.#fresh.splice(0)) {
      const taken = new Set<Sink>()
      // Behind others that wait it waits too, so that the order stays.
      if (this.#waiting.length === 0 && this.#publish(delivery, reason, taken)) continue
      this.#keep(delivery, reason, taken)
    }
  }

  /** Switched off, the strategy lets go of what it kept; else routes may lead elsewhere now. */
  applyRules(): void {
    this.#warn()
    if (!isAtLeastOnce(this.#parts.queue.rules)) this.purge()
    else if (this.#waiting.length > 0) this.#watch(0)
  }

  purge(): void {
    for (const { delivery } of this.#fresh.splice(0)) {
      this.#account(-1, -delivery.message.bodySize)
      this.#parts.backlog.leave(delivery)
    }
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#account(-1, -next.entry.bodySize)
      this.#parts.backlog.leaveDisk(next.entry)
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.purge()
  }

  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void {
    for (const { entry } of this.#waiting) {
      if (entry.position !== 0 && entry.position < before && !visit(entry.sequence, entry.position)) return
    }
  }

  relocate(places: ReadonlyMap<number, Place>, left: Left): void {
    for (const { entry } of this.#waiting) {
      const place = places.get(entry.sequence)
      if (place === undefined || entry.position === 0) continue
      left({ position: entry.position, share: entry.share }, entry.sequence)
      entry.position = place.position
      entry.share = place.share
    }
  }

  /** True when the message has left, having arrived everywhere. */
  #publish(delivery: Delivery, reason: DeadLetterReason, taken: Set<Sink>): boolean {
    const { queue, backlog, context } = this.#parts
    const { length, bytes } = { length: 1, bytes: delivery.message.bodySize }
    const { takers, refusers, isStored } = context.deadLetters.publish(queue, delivery, { reason, except: taken })
    for (const taker of takers) taken.add(taker)
    if (refusers > 0 || taken.size === 0) {
      if (refusers === 0) this.#tell('lead to no queue')
      return false
    }
    this.#account(-length, -bytes)
    queue.counters.deadLettersConfirmed++
    if (isStored) context.store.afterStored(() => backlog.leave(delivery))
    else backlog.leave(delivery)
    return true
  }

  /** Keeps a message for another attempt, out of memory. */
  #keep(delivery: Delivery, reason: DeadLetterReason, taken: Set<Sink>): void {
    this.#waiting.push({ entry: this.#lay(delivery, reason), reason, taken })
    this.#watch(RETRY_INTERVAL)
  }

  #lay(delivery: Delivery, reason: DeadLetterReason): SpilledEntry {
    const { backlog } = this.#parts
    const last = backlog.log.marks.get(delivery.sequence)
    if (last?.death === undefined) {
      const { acquired = 0, failed = 0 } = last ?? {}
      backlog.log.mark(delivery.sequence, { acquired, failed, death: reason })
    }
    return backlog.lay(delivery)
  }

  #watch(milliseconds: number): void {
    if (this.#timer !== undefined && milliseconds > 0) return
    this.#timer?.cancel()
    this.#timer = this.#parts.context.clock.after(milliseconds, () => this.#retry())
  }

  #retry(): void {
    this.#timer = undefined
    const { backlog } = this.#parts
    if (this.#closed || this.#waiting.length === 0) return
    if (backlog.isFetching || !isAtLeastOnce(this.#parts.queue.rules)) return this.#watch(RETRY_INTERVAL)
    const batch: Pending[] = []
    while (batch.length < BATCH && this.#waiting.length > 0) batch.push(this.#waiting.shift()!)
    const left = new Map(batch.map((pending) => [pending.entry.sequence, pending]))
    const refused: Pending[] = []
    const onEach = (delivery: Delivery): void => {
      const pending = left.get(delivery.sequence)!
      left.delete(delivery.sequence)
      if (this.#publish(delivery, pending.reason, pending.taken)) return
      refused.push({ ...pending, entry: this.#lay(delivery, pending.reason) })
    }
    const onDone = (): void => {
      // What could not be read has left the queue.
      for (const { entry } of left.values()) this.#account(-1, -entry.bodySize)
      for (const pending of refused.reverse()) this.#waiting.unshift(pending)
      if (this.#waiting.length > 0) this.#watch(refused.length === 0 ? 0 : RETRY_INTERVAL)
    }
    backlog.fetch(
      batch.map((pending) => pending.entry),
      onEach,
      onDone,
    )
  }

  #account(length: number, bytes: number): void {
    this.pending.length += length
    this.pending.bytes += bytes
  }

  #warn(): void {
    const { rules } = this.#parts.queue
    if (rules.deadLetterStrategy !== 'at-least-once') return
    if (rules.deadLetterExchange === undefined) this.#tell('are not published: it has no dead-letter exchange')
    else if (rules.overflow !== 'reject-publish') {
      this.#tell('are published at most once: the strategy at-least-once needs the overflow reject-publish')
    }
  }

  /** Says something of its dead letters, but not twice in a row. */
  #tell(what: string): void {
    if (this.#told === what) return
    this.#told = what
    const { queue, context } = this.#parts
    context.logger.warning(`dead letters of ${describe('queue', queue.name, queue.vhost)} ${what}`)
  }
}

function isAtLeastOnce({ deadLetterStrategy, deadLetterExchange, overflow }: QueueArguments): boolean {
  return deadLetterStrategy === 'at-least-once' && overflow === 'reject-publish' && deadLetterExchange !== undefined
}
