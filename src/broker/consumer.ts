import type { Table } from '../std/table.ts'
import type { Delivery } from './delivery.ts'
import type { TappedClient } from './taps.ts'
import type { DeliveryTally } from './traffic.ts'

/** Why the broker ends a consumer on its own. */
export type CancelReason = 'queue-deleted' | 'access-revoked' | 'failover'

/** Who receives from a queue; a head implements it. */
export interface Consumer {
  /** Unique in its channel or session. */
  readonly tag: string
  /** Higher is served first (`x-priority`). */
  readonly priority: number
  /** Deliveries count as accepted the moment they are handed over (no-ack). */
  readonly settled: boolean
  readonly exclusive: boolean
  /** Deliveries to it that may be outstanding; 0 for any number. */
  readonly prefetch: number
  /** There is a limit beside that for all consumers of its channel together. */
  readonly sharesPrefetch: boolean
  readonly arguments: Table
  /** Where its deliveries are counted beside its queue, which sets it; not at all when undefined. */
  tally?: DeliveryTally | undefined
  /** Who it is, for whoever watches messages go by; undefined for one within the process. */
  readonly client?: TappedClient | undefined
  /**
   * May one more delivery be handed over now: credit left and its connection able to take more.
   * When the answer turns from no to yes the head calls `queue.wake()`.
   */
  ready(): boolean
  /** Takes a delivery whose content is in memory. Called within a turn, never re-entrantly from `settle`. */
  deliver(delivery: Delivery): void
  /** The broker removed it from its queue. */
  cancelled(reason: CancelReason): void
}
