import { countDeath } from '../counters.ts'
import type { Delivery } from '../delivery.ts'
import type { DeadLetterReason } from './context.ts'
import { nothing } from './length-limit.ts'
import type { Deaths, QueueParts } from './nature.ts'

/** Dead letters are published once: what no queue takes is gone. */
export class AtMostOnce implements Deaths {
  readonly pending = nothing
  readonly #parts: QueueParts

  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  die(delivery: Delivery, reason: DeadLetterReason): void {
    const { queue, backlog, context } = this.#parts
    countDeath(queue.counters, reason)
    delivery.state = 'settled'
    backlog.leaving(delivery)
    if (queue.rules.deadLetterExchange === undefined) backlog.leave(delivery)
    else context.deadLetters.add(queue, delivery, reason)
  }

  restore(): void {
    throw new Error('nothing is kept for its dead letter here')
  }

  applyRules(): void {}

  purge(): void {}

  close(): void {}
}
