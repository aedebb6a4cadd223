import type { Clock } from '../../std/clock.ts'
import type { Logger } from '../../std/logger.ts'
import type { Delivery } from '../delivery.ts'
import type { MessageStore } from '../message-store.ts'
import type { Queue, Sink } from '../queue.ts'
import type { QueueArguments } from '../queue-arguments.ts'
import type { Taps } from '../taps.ts'
import type { Turn } from '../turn.ts'

/** Why a message is thrown out of a queue, as `x-death` names it. */
export type DeadLetterReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit'

/** A queue whose messages may be dead-lettered. */
export interface DeadLetterSource extends Queue {
  /** Arguments and policies together. */
  readonly rules: QueueArguments
  /** The message is where it goes and the source may let go of it. */
  deadLettered(delivery: Delivery): void
}

/** Port: takes what queues throw out and publishes it to their dead-letter exchange. */
export interface DeadLetters {
  add(source: DeadLetterSource, delivery: Delivery, reason: DeadLetterReason): void
  /** Publishes at once, and tells how that went. */
  publish(source: DeadLetterSource, delivery: Delivery, death: DeadLetterAttempt): DeadLetterOutcome
}

/** One attempt to publish a dead letter. */
export interface DeadLetterAttempt {
  readonly reason: DeadLetterReason
  /** Who does not get it, having it already. */
  readonly except: ReadonlySet<Sink>
}

/** Where a dead letter went: who took it, and how many refused. */
export interface DeadLetterOutcome {
  readonly takers: readonly Sink[]
  readonly refusers: number
  /** Somebody who took it keeps it on disk, which takes a moment. */
  readonly isStored: boolean
}

/** What queues need of the house around them. */
export interface QueueContext {
  readonly clock: Clock
  readonly turn: Turn
  readonly store: MessageStore
  readonly logger: Logger
  readonly deadLetters: DeadLetters
  /** Who is to be told of every delivery to a consumer. */
  readonly taps: Taps
  /** An auto-delete queue lost its last consumer, or nobody used it for its time: delete it. */
  unused(queue: Queue): void
}
