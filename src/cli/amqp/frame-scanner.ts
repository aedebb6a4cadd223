import { FRAME_OVERHEAD } from './encoding.ts'

/** A whole frame; `payload` is valid during the call only. */
export type FrameListener = (type: number, channel: number, payload: Buffer) => void

/** Finds whole frames in chunks cut anywhere; copies only a frame that lies across two chunks. */
export class FrameScanner {
  readonly #listener: FrameListener
  readonly #sizeMax: number
  #carry: Buffer = Buffer.alloc(0)

  /** Throws an Error, when fed, for a frame beyond `sizeMax` bytes. */
  constructor(sizeMax: number, listener: FrameListener) {
    this.#sizeMax = sizeMax
    this.#listener = listener
  }

  feed(chunk: Buffer): void {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk])
    let at = 0
    while (bytes.length - at >= 7) {
      const size = bytes.readUInt32BE(at + 3)
      if (size > this.#sizeMax) throw new Error(`the broker sent a frame of ${size} bytes`)
      const end = at + size + FRAME_OVERHEAD
      if (end > bytes.length) break
      this.#listener(bytes[at]!, bytes.readUInt16BE(at + 1), bytes.subarray(at + 7, end - 1))
      at = end
    }
    this.#carry = Buffer.from(bytes.subarray(at))
  }
}
