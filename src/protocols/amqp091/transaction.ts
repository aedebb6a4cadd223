import type { Delivery, Outcome } from '../../broker/delivery.ts'
import type { Message } from '../../broker/message.ts'

/** A settlement that waits for tx.commit. */
export interface Settlement {
  readonly tag: number
  readonly delivery: Delivery
  readonly outcome: Outcome
}

/** A publish that waits for tx.commit. */
export interface HeldPublish {
  readonly message: Message
  readonly mandatory: boolean
}
