import type { FrameWriter } from '../../wire/amqp091/writer.ts'
import type { Confirms } from './confirms.ts'
import type { DurableWaiter, Head } from './head.ts'

/** Which channels of a connection have confirms to write, now or once more is on disk. */
export class ConfirmSchedule implements DurableWaiter {
  readonly #head: Head
  readonly #output: { schedule(): void }
  /** To be looked at at the end of the turn. */
  #due: Confirms[] = []
  /** To be looked at when more is on disk. */
  #waiting: Confirms[] = []

  constructor(head: Head, output: { schedule(): void }) {
    this.#head = head
    this.#output = output
  }

  add(confirms: Confirms): void {
    confirms.scheduled = true
    this.#due.push(confirms)
    this.#output.schedule()
  }

  onDurable(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const confirms of waiting) if (!confirms.scheduled && !confirms.closed) this.add(confirms)
  }

  /** Writes what can be confirmed. */
  flush(frames: FrameWriter): void {
    if (this.#due.length === 0) return
    const due = this.#due
    this.#due = []
    const { durable } = this.#head.broker
    for (const confirms of due) {
      confirms.scheduled = false
      if (confirms.closed || !confirms.flush(frames, durable)) continue
      if (this.#waiting.length === 0) this.#head.awaitDurable(this)
      this.#waiting.push(confirms)
    }
  }
}
