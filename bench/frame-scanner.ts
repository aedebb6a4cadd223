import { frameOverhead } from './amqp-encoding.ts'

/** Told of each whole frame; `offset` is where its payload starts in `bytes`, valid during the call only. */
export type FrameListener = (type: number, bytes: Buffer, offset: number, size: number) => void

/** Finds whole frames in chunks cut anywhere; copies only a frame that lies across two chunks. */
export class FrameScanner {
  readonly #listener: FrameListener
  #carry = Buffer.alloc(256 * 1024)
  #carried = 0

  constructor(listener: FrameListener) {
    this.#listener = listener
  }

  /** Takes the first `length` bytes of `chunk`. */
  feed(chunk: Buffer, length: number): void {
    let position = 0
    while (this.#carried > 0 && position < length) {
      const wanted = this.#carried < 7 ? 7 : frameSize(this.#carry, 0)
      position += this.#keep(chunk, position, Math.min(length, position + wanted - this.#carried))
      if (this.#carried >= 7 && this.#carried === frameSize(this.#carry, 0)) {
        this.#carried = 0
        this.#visit(this.#carry, 0)
      }
    }
    while (length - position >= 7) {
      const size = frameSize(chunk, position)
      if (position + size > length) break
      this.#visit(chunk, position)
      position += size
    }
    this.#keep(chunk, position, length)
  }

  #visit(bytes: Buffer, start: number): void {
    this.#listener(bytes[start]!, bytes, start + 7, frameSize(bytes, start) - frameOverhead)
  }

  #keep(chunk: Buffer, from: number, to: number): number {
    if (this.#carried + to - from > this.#carry.length) throw new Error('the broker sent a frame beyond 256 KiB')
    chunk.copy(this.#carry, this.#carried, from, to)
    this.#carried += to - from
    return to - from
  }
}

function frameSize(bytes: Buffer, at: number): number {
  // Sizes fit 31 bits: frame_max is 128 KiB. Plain indexing is faster than readUInt32BE here.
  const size = (bytes[at + 3]! << 24) | (bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!
  return size + frameOverhead
}
