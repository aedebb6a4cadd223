import type { Delivery } from '../delivery.ts'
import type { QueueParts, Returns } from './nature.ts'

/** What comes back goes to its old place, any number of times. */
export class ClassicReturns implements Returns {
  readonly held = 0
  readonly #parts: QueueParts

  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  takeBack(delivery: Delivery): void {
    delivery.state = 'ready'
    delivery.redelivered = true
    this.#parts.backlog.ready.putBack(delivery)
    this.#parts.queue.wake()
  }

  onDiscarded(): void {}

  purge(): void {}

  close(): void {}
}
