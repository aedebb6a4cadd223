import type { MessageStore } from './message-store.ts'

/**
 * What one queue tells the message log: which of its messages are settled, and how far it has
 * handed them out. Gathered during a turn and written as one record each at its end. What a
 * transient queue has there does not outlive the process, so nothing is written for it.
 */
export class QueueLog {
  /** The queue's number in the log. */
  readonly id: number
  readonly durable: boolean
  readonly #store: MessageStore
  #settled: number[] = []
  #deliveredThrough: number
  #deliveredWritten: number
  #dirty = false
  /** Settled since `watch`, while messages are being moved. */
  #watched: Set<number> | undefined

  constructor(store: MessageStore, options: { id: number; durable: boolean; deliveredThrough: number }) {
    this.#store = store
    this.id = options.id
    this.durable = options.durable
    this.#deliveredThrough = options.deliveredThrough
    this.#deliveredWritten = options.deliveredThrough
  }

  /** A message that does not survive a restart left the queue. */
  left(sequence: number): void {
    if (this.#watched !== undefined) this.#watched.add(sequence)
  }

  /** A durable message left the queue. */
  settled(sequence: number): void {
    if (this.#watched !== undefined) this.#watched.add(sequence)
    this.#settled.push(sequence)
    this.#touch()
  }

  /** A message up to `sequence` was handed out: after a restart it counts as redelivered. */
  delivered(sequence: number): void {
    if (sequence <= this.#deliveredThrough || !this.durable) return
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

  /** From now on notes what is settled, until `unwatch`. */
  watch(): void {
    this.#watched = new Set()
  }

  unwatch(): ReadonlySet<number> {
    const watched = this.#watched ?? new Set()
    this.#watched = undefined
    return watched
  }

  #touch(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#store.changed(this)
  }
}
