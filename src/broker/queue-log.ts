import type { MessageStore } from './message-store.ts'

/**
 * What one durable queue tells the message log: which of its messages are settled, and how far
 * it has handed them out. Gathered during a turn and written as one record each at its end.
 */
export class QueueLog {
  /** The queue's durable number. */
  readonly id: number
  readonly #store: MessageStore
  #settled: number[] = []
  #deliveredThrough = 0
  #deliveredWritten = 0
  #dirty = false

  constructor(store: MessageStore, id: number, deliveredThrough: number) {
    this.#store = store
    this.id = id
    this.#deliveredThrough = deliveredThrough
    this.#deliveredWritten = deliveredThrough
  }

  settled(sequence: number): void {
    this.#settled.push(sequence)
    this.#touch()
  }

  /** A message up to `sequence` was handed out: after a restart it counts as redelivered. */
  delivered(sequence: number): void {
    if (sequence <= this.#deliveredThrough) return
    this.#deliveredThrough = sequence
    this.#touch()
  }

  /** Takes what was gathered since the last call, to be written. */
  take(): { settled: readonly number[]; deliveredThrough: number | undefined } {
    const settled = this.#settled
    const news = this.#deliveredThrough > this.#deliveredWritten
    this.#settled = []
    this.#deliveredWritten = this.#deliveredThrough
    this.#dirty = false
    return { settled, deliveredThrough: news ? this.#deliveredThrough : undefined }
  }

  #touch(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#store.changed(this)
  }
}
