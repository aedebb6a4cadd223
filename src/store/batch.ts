import { type Words, wordsOf } from './checksum.ts'
import type { Position } from './log.ts'
import type { Segment } from './segment.ts'

const SMALLEST = 64 * 1024
/** A flood does not build one gigantic write: at this size the next one begins. */
export const BATCH_BYTES_MAX = 4 * 1024 * 1024
/** Kept for reuse while there is traffic. Memory made anew for each batch made V8 collect ten times a second. */
const KEPT = 3

/** Records of one segment that will be written, or are being written, in one go. */
export class Batch {
  readonly segment: Segment
  /** Where its first byte goes. */
  readonly start: Position
  words: Words
  /** Bytes in use. */
  length = 0

  constructor(segment: Segment, start: Position, words: Words) {
    this.segment = segment
    this.start = start
    this.words = words
  }

  get end(): Position {
    return this.start + this.length
  }
}

/** Memory for batches: a busy log reuses its buffers, an idle one gives them back. */
export class BatchMemory {
  #free: Words[] = []

  take(bytes: number): Words {
    const kept = this.#free.pop()
    if (kept !== undefined && kept.buffer.length >= bytes) return kept
    return wordsOf(Buffer.allocUnsafeSlow(Math.max(SMALLEST, bytes)))
  }

  /** Moves a batch into a buffer with room for `bytes`. */
  grow(batch: Batch, bytes: number): void {
    const before = batch.words
    const size = Math.max(bytes, Math.min(before.buffer.length * 2, BATCH_BYTES_MAX))
    batch.words = wordsOf(Buffer.allocUnsafeSlow(size))
    before.buffer.copy(batch.words.buffer, 0, 0, batch.length)
    this.give(before)
  }

  give(words: Words): void {
    if (this.#free.length < KEPT && words.buffer.length <= BATCH_BYTES_MAX) this.#free.push(words)
    // The greatest last: it is taken first.
    this.#free.sort((a, b) => a.buffer.length - b.buffer.length)
  }

  /** Nothing was written for a while: there may be thousands of such logs. */
  clear(): void {
    this.#free = []
  }
}
