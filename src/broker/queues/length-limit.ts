import type { Message } from '../message.ts'
import type { QueueArguments } from '../queue-arguments.ts'

/** What the length of a queue is measured by. */
export interface Length {
  readonly length: number
  readonly bytes: number
}

/** The length of what holds nothing, ever. */
export const nothing: Length = Object.freeze({ length: 0, bytes: 0 })

/** Two lengths together. */
export class Sum implements Length {
  readonly #one: Length
  readonly #other: Length

  constructor(one: Length, other: Length) {
    this.#one = one
    this.#other = other
  }

  get length(): number {
    return this.#one.length + this.#other.length
  }

  get bytes(): number {
    return this.#one.bytes + this.#other.bytes
  }
}

/** One more message would make the queue longer than it may be. */
export function wouldOverflow(queue: Length, rules: QueueArguments, message: Message): boolean {
  const { maxLength, maxLengthBytes } = rules
  if (maxLength !== undefined && queue.length + 1 > maxLength) return true
  return maxLengthBytes !== undefined && queue.bytes + message.bodySize > maxLengthBytes
}

/** The queue is longer than it may be. */
export function overflows(queue: Length, rules: QueueArguments): boolean {
  const { maxLength, maxLengthBytes } = rules
  if (maxLength !== undefined && queue.length > maxLength) return true
  return maxLengthBytes !== undefined && queue.bytes > maxLengthBytes && queue.length > 0
}

/** A full queue refuses, rather than drop what it has. */
export function refusesWhenFull({ overflow }: QueueArguments): boolean {
  return overflow === 'reject-publish' || overflow === 'reject-publish-dlx'
}
