import { deduplicationKeyOf } from '../deduplication-key.ts'
import type { Message } from '../message.ts'

/** The deduplication keys of the messages in one queue, for a queue that takes no message twice while it has it. */
export class PresentKeys {
  readonly #sequences = new Map<string, number>()
  readonly #keys = new Map<number, string>()

  has(message: Message): boolean {
    const key = this.#sequences.size === 0 ? undefined : deduplicationKeyOf(message)
    return key !== undefined && this.#sequences.has(key)
  }

  /** The message came in with this sequence. */
  add(message: Message, sequence: number): void {
    const key = deduplicationKeyOf(message)
    if (key !== undefined) this.restore(key, sequence)
  }

  /** A key that was there before the start. */
  restore(key: string, sequence: number): void {
    this.#sequences.set(key, sequence)
    this.#keys.set(sequence, key)
  }

  /** The message with this sequence leaves. */
  remove(sequence: number): void {
    const key = this.#keys.get(sequence)
    if (key === undefined) return
    this.#keys.delete(sequence)
    if (this.#sequences.get(key) === sequence) this.#sequences.delete(key)
  }
}
