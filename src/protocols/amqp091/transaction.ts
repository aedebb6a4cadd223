import type { Published } from '../../broker/access.ts'
import type { Delivery, Outcome } from '../../broker/delivery.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'

/** A settlement that waits for tx.commit. */
export interface Settlement {
  readonly tag: number
  readonly delivery: Delivery
  readonly outcome: Outcome
}

/** The publishes of a transactional channel since the last commit; settlements wait with the deliveries. */
export class Transaction {
  #publishes: { readonly message: Message; readonly mandatory: boolean }[] = []

  /** Publishes that wait for the commit. */
  get length(): number {
    return this.#publishes.length
  }

  add(message: Message, mandatory: boolean): void {
    this.#publishes.push({ message, mandatory })
  }

  /** Publishes what was held, in order; throws what a publish throws, and when a queue refused one. */
  commit(publish: (message: Message, mandatory: boolean) => Published): void {
    const publishes = this.#publishes
    this.#publishes = []
    let refused = false
    for (const { message, mandatory } of publishes) {
      if (publish(message, mandatory) === 'refused') refused = true
    }
    if (refused) throw new Fault('precondition-failed', 'partial tx completion')
  }

  rollBack(): void {
    this.#publishes = []
  }
}
