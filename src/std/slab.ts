/**
 * Memory that small contents share. A slab lives as long as one message in it does, so this is also
 * what a small message that stays behind may pin.
 */
const SLAB_BYTES = 32 * 1024

/** Contents larger than this get a buffer of their own. */
export const SHARED_CONTENT_BYTES_MAX = 4 * 1024

/** Hands out places for contents in the current slab; messages that lie there own it together. */
export class Slab {
  /** Where the last reserved place is. */
  buffer: Buffer = Buffer.alloc(0)
  #next = 0

  /** A place for `size` bytes (at most `SHARED_CONTENT_BYTES_MAX`) in `buffer`; answers its offset. */
  reserve(size: number): number {
    if (this.#next + size > this.buffer.length) {
      this.buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.#next = 0
    }
    const offset = this.#next
    this.#next += size
    return offset
  }
}
