import type { Table } from '../std/table.ts'
import type { BrowseBounds, BrowsedMessage } from './browsed-message.ts'
import type { CancelReason, Consumer } from './consumer.ts'
import type { QueueCounters } from './counters.ts'
import type { Delivery, Outcome } from './delivery.ts'
import type { EffectivePolicy } from './effective-policy.ts'
import type { Message } from './message.ts'
import type { QueueFigures } from './queue-figures.ts'

/** What a sink did with a message. `kept`: it has a copy to itself, which does not count as a place the message was routed to. */
export type Enqueued = 'transient' | 'stored' | 'refused' | 'kept'

/** A connection (or other owner) that exclusive queues die with; compared by identity. */
export interface Owner {
  readonly name: string
  /** What it speaks, as Prometheus is told (`mqtt311`); AMQP 0-9-1 when absent. */
  readonly protocol?: string
  /** An operator ends it, for a reason the client is told. Absent where there is no connection to end. */
  end?(reason: string): void
  /** What its user may do has changed: consumers that are not permitted any more have to go. */
  reconsider?(): void
}

/** Where a route ends: a queue, or an exchange that keeps messages. */
export interface Sink {
  readonly name: string
  /** It answers `kept`: a message that comes to it alone is unroutable. */
  readonly silent?: boolean
  enqueue(message: Message): Enqueued
}

/**
 * The queue's port: classic, quorum, stream and volatile (direct reply-to) queues implement it.
 * The data plane (`enqueue`, `dispatch`, `settle`) is synchronous and runs inside a turn.
 */
export interface Queue extends Sink {
  readonly vhost: string
  /** What the message log calls it; 0 for one that never keeps anything there. */
  readonly number: number
  /** Type name as in `x-queue-type`. */
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  readonly arguments: Table
  /** What policies say about it now. */
  readonly policy: EffectivePolicy
  /** Messages ready, not counting those handed out. */
  readonly depth: number
  /** Handed out and not settled. */
  readonly unsettled: number
  readonly consumerCount: number
  readonly counters: QueueCounters
  /** Resolves when it can serve, for a queue that takes its time; nothing is lost by not waiting. */
  readonly opening?: Promise<void>
  /** Acknowledgement timeout of its own in milliseconds (`x-consumer-timeout`), if any. */
  readonly consumerTimeoutMilliseconds: number | undefined
  /** Failed attempts a message survives, where they are limited; negative for any number. */
  readonly deliveryLimit?: number | undefined
  /** Throws a Fault when exclusivity forbids it. */
  add(consumer: Consumer): void
  /** Takes the consumer off; what it holds unsettled stays handed out. Unknown consumers are ignored. */
  remove(consumer: Consumer): void
  /** Takes the next ready message for a polling client (basic.get); it must be settled, unless it is `settled` by that alone. */
  get(settled: boolean): Promise<Delivery | undefined>
  /** What its messages take and who reads them. */
  figures(): QueueFigures
  /**
   * Looks at what waits, from a position on, in the order of handing out (a stream: from an offset on). Nothing changes by
   * it; what is on disk is read past whatever is in memory.
   */
  browse(from: number, bounds: BrowseBounds): Promise<readonly BrowsedMessage[]>
  /** The number of the message that came last. Absent, as is `pick`, where messages cannot be taken out one by one. */
  readonly lastSequence?: number
  /**
   * Takes out waiting messages by the sequences `browse` told, wherever they wait; they must be settled. What is not
   * there any more is passed over.
   */
  pick?(sequences: ReadonlySet<number>): Promise<readonly Delivery[]>
  /** What is handed out and not settled, oldest first. */
  handedOut(): Iterable<Delivery>
  /** Something may be deliverable again: dispatches at the end of the turn. */
  wake(): void
  /** Hands ready messages to ready consumers. Called by the turn. */
  dispatch(): void
  settle(delivery: Delivery, outcome: Outcome): void
  /** Drops every ready message; answers how many. */
  purge(): number
  /** Policies changed: what they say from now on, together with the arguments. */
  applyPolicy(policy: EffectivePolicy): void
  /** Other arguments, from now on; throws a Fault for those it refuses. Absent where they are what the queue is made of. */
  alter?(arguments_: Table): void
  /** Deliveries have been stopped, until they are resumed; publishing goes on. Absent, as is `setPaused`, where they cannot be. */
  readonly paused?: boolean
  setPaused?(paused: boolean): void
  /** Somebody declared it again: its time to live without use starts anew. */
  used(): void
  /** The end of the queue: consumers are told why, messages dropped. Answers how many were ready. */
  delete(reason: CancelReason): number
}
