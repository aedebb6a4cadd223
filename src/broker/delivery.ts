import type { Position } from '../store/log.ts'
import type { Consumer } from './consumer.ts'
import type { Message } from './message.ts'
import type { Queue } from './queue.ts'

/**
 * How a delivery ends: done; back to its queue; back after an attempt that failed, which counts
 * where a queue limits attempts; or thrown out (dead-lettered).
 */
export type Outcome = 'accepted' | 'requeued' | 'failed' | 'discarded'

/**
 * One message in one queue: waiting there, or on its way to one consumer. A head reads `message`
 * and `redelivered`, and ends it exactly once with `queue.settle(delivery, outcome)`.
 */
export class Delivery {
  readonly queue: Queue
  /** Replaced by one with other headers when a queue tells of earlier attempts in them. */
  message: Message
  /** Place in the queue's order, growing from 1. */
  readonly sequence: number
  /** Monotonic milliseconds after which it is expired; Infinity for never. */
  readonly expiresAt: number
  readonly priority: number
  redelivered = false
  state: 'ready' | 'unsettled' | 'settled' = 'ready'
  /** Who has it now; undefined while it waits, and for a `get`. */
  consumer: Consumer | undefined = undefined
  /** Monotonic milliseconds of the last handing out, for the acknowledgement timeout. */
  deliveredAt = 0
  /** Its record in the message log, 0 while there is none, and the bytes of it that count as this queue's. */
  position: Position = 0
  share = 0
  /** Neighbours in the queue's list of what is handed out. */
  older: Delivery | undefined = undefined
  newer: Delivery | undefined = undefined

  constructor(queue: Queue, message: Message, sequence: number, expiresAt: number, priority: number) {
    this.queue = queue
    this.message = message
    this.sequence = sequence
    this.expiresAt = expiresAt
    this.priority = priority
  }
}
