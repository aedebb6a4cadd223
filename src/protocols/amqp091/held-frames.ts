/** A frame whose channel is busy, with a payload of its own. */
export interface HeldFrame {
  readonly type: number
  readonly payload: Buffer
}

/** What a held frame costs beside its payload. */
const OVERHEAD_BYTES = 96

/** The frames that came for a channel while a command of it was being carried out. */
export class HeldFrames {
  #frames: HeldFrame[] = []
  #next = 0
  /** Memory taken. */
  bytes = 0

  get length(): number {
    return this.#frames.length - this.#next
  }

  push(type: number, buffer: Buffer, start: number, end: number): void {
    this.#frames.push({ type, payload: Buffer.from(buffer.subarray(start, end)) })
    this.bytes += end - start + OVERHEAD_BYTES
  }

  shift(): HeldFrame | undefined {
    const frame = this.#frames[this.#next]
    if (frame === undefined) return undefined
    this.#next++
    this.bytes -= frame.payload.length + OVERHEAD_BYTES
    if (this.#next === this.#frames.length) this.clear()
    return frame
  }

  clear(): void {
    this.#frames = []
    this.#next = 0
    this.bytes = 0
  }
}
