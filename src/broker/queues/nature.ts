import type { Position } from '../../store/log.ts'
import type { Delivery } from '../delivery.ts'
import type { EffectivePolicy } from '../effective-policy.ts'
import type { QueueArguments } from '../queue-arguments.ts'
import type { Backlog } from './backlog.ts'
import type { SingleActive } from './consumer-list.ts'
import type { DeadLetterReason, DeadLetterSource, QueueContext } from './context.ts'
import type { Length } from './length-limit.ts'
import type { Ready } from './ready.ts'
import type { Left, Place, SpilledEntry } from './spilled-index.ts'

/** In what the types of ordered queues differ. */
export interface QueueNature {
  /** As in `x-queue-type`. */
  readonly type: 'classic' | 'quorum'
  /** Which messages survive a restart, in a durable queue. */
  readonly keeps: 'persistent messages' | 'all messages'
  /** A consumer may ask to have the queue for itself; else that is ignored. */
  readonly admitsExclusive: boolean
  /** Many consumers may share a prefetch (basic.qos global). */
  readonly admitsSharedPrefetch: boolean
  /** Declaring it again counts as use. */
  readonly usedByDeclaring: boolean
  readonly singleActive: Exclude<SingleActive, 'off'>
  /** Polls are answered also under single active consumer. */
  readonly pollsWithSingleActive: boolean
  /** Arguments and policies together. */
  rules(declared: QueueArguments, policy: EffectivePolicy): QueueArguments
  ready(declared: QueueArguments): Ready
  /** Messages have priorities here; else nobody looks for them. */
  ranks(declared: QueueArguments): boolean
  /** The priority a message has here, by the one it names. */
  priority(named: number | undefined, rules: QueueArguments): number
  organs(parts: QueueParts): QueueOrgans
}

/** What the parts of a queue that depend on its type are made from. */
export interface QueueParts {
  readonly queue: DeadLetterSource
  readonly backlog: Backlog
  readonly context: QueueContext
}

/** The parts of a queue that depend on its type. */
export interface QueueOrgans {
  readonly returns: Returns
  readonly deaths: Deaths
}

/** Messages of a queue that neither wait nor are handed out. */
export interface Aside {
  /** Calls `visit` with every message that lies before a position in the log, until it answers false. */
  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void
  /** Notes new places of messages, by sequence; those it does not hold are ignored. `left` is told the old ones. */
  relocate(places: ReadonlyMap<number, Place>, left: Left): void
}

/** Where deliveries go that come back. */
export interface Returns extends Partial<Aside> {
  /** Messages held back for a while, which count as ready to nobody. */
  readonly held: number
  /** A delivery comes back for another attempt, because of the consumer (`failed`) or not. */
  takeBack(delivery: Delivery, isFailed: boolean): void
  /** A consumer discards a delivery, which dies next. */
  onDiscarded(delivery: Delivery): void
  purge(): void
  close(): void
}

/** What becomes of messages that are thrown out. */
export interface Deaths extends Partial<Aside> {
  /** Dead messages that are still here; they count against the queue's limits. */
  readonly pending: Length
  die(delivery: Delivery, reason: DeadLetterReason): void
  /** Takes in a message that was dead before the start; the entry is reused. */
  restore(entry: SpilledEntry, reason: DeadLetterReason): void
  /** Policies changed. */
  applyRules(): void
  purge(): void
  close(): void
}
