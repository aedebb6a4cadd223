import type { Table } from '../std/table.ts'
import type { CancelReason, Consumer } from './consumer.ts'
import type { Delivery, Outcome } from './delivery.ts'
import type { Message } from './message.ts'

/** What a queue did with a message. */
export type Enqueued = 'transient' | 'stored' | 'refused'

/** A connection (or other owner) that exclusive queues die with; compared by identity. */
export interface Owner {
  readonly name: string
}

/**
 * The queue's port: classic, volatile (direct reply-to), and later quorum and stream implement it.
 * The data plane (`enqueue`, `dispatch`, `settle`) is synchronous and runs inside a turn.
 */
export interface Queue {
  readonly name: string
  readonly vhost: string
  /** What the message log calls it; 0 for one that never keeps anything there. */
  readonly number: number
  /** Type name as in `x-queue-type`. */
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  readonly arguments: Table
  /** Messages ready, not counting those handed out. */
  readonly depth: number
  /** Handed out and not settled. */
  readonly unsettled: number
  readonly consumerCount: number
  /** Acknowledgement timeout of its own in milliseconds (`x-consumer-timeout`), if any. */
  readonly consumerTimeoutMilliseconds: number | undefined
  enqueue(message: Message): Enqueued
  /** Throws a Fault when exclusivity forbids it. */
  add(consumer: Consumer): void
  /** Takes the consumer off; what it holds unsettled stays handed out. Unknown consumers are ignored. */
  remove(consumer: Consumer): void
  /** Takes the next ready message for a polling client (basic.get); it must be settled. */
  get(): Promise<Delivery | undefined>
  /** Something may be deliverable again: dispatches at the end of the turn. */
  wake(): void
  /** Hands ready messages to ready consumers. Called by the turn. */
  dispatch(): void
  settle(delivery: Delivery, outcome: Outcome): void
  /** Drops every ready message; answers how many. */
  purge(): number
  /** Somebody declared it again: its time to live without use starts anew. */
  used(): void
  /** The end of the queue: consumers are told why, messages dropped. Answers how many were ready. */
  delete(reason: CancelReason): number
}
