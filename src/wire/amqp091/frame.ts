import { frameEnd, frameOverhead, frameTypes } from './codes.ts'
import { erlangBinary } from './erlang-text.ts'

/**
 * What comes out of a `FrameDecoder`: one call per frame, payload at [start, end). The bytes are valid
 * during the call only: what must live longer is copied.
 */
export interface FrameHandler {
  onFrame(type: number, channel: number, buffer: Buffer, start: number, end: number): void
}

/** What is wrong with a frame, in the words of RabbitMQ's 501. */
export type FrameErrorKind = 'frame_too_large' | 'invalid_frame_end_marker' | 'unknown_frame'

/**
 * A frame against the rules. `message` is RabbitMQ's explanation behind `FRAME_ERROR - `. After one of
 * kind `unknown_frame` the decoder goes on with the next; after the others it has lost the place and
 * ignores all further input.
 */
export class FrameError extends Error {
  readonly kind: FrameErrorKind
  readonly type: number
  readonly channel: number

  constructor(kind: FrameErrorKind, detail: string, type: number, channel: number, payload: Buffer) {
    const shown = payload.length <= 16 ? 'all' : 'first 16'
    super(`type ${type}, ${shown} octets = ${erlangBinary(payload.subarray(0, 16))}: ${detail}`)
    this.kind = kind
    this.type = type
    this.channel = channel
  }
}

/** RabbitMQ lets payloads be this much larger than negotiated, since some clients count the frame's own octets in. */
const payloadSlackBytes = 8

const headSize = 7
const noBytes = Buffer.alloc(0)

/**
 * Cuts a stream of chunks into frames.
 *
 *     frame = u8 type, u16 channel, u32 size, payload, 0xCE                     (AMQP 0-9-1 §4.2.3)
 *
 * Whole frames are handed out in place. A frame split over chunks is put together in a buffer that
 * grows with the bytes that arrived, never with a declared size.
 */
export class FrameDecoder {
  /** Largest payload as negotiated (`frame_max` less the 8 octets around it). */
  payloadBytesMax: number
  /** Bytes not handled yet: the beginning of a frame, or what came behind a pause. */
  #kept: Buffer = noBytes
  #keptStart = 0
  #keptEnd = 0
  #paused = false
  #running = false
  #lost = false
  /** How far the walk over a chunk has come, also when a handler throws. */
  #next = 0

  constructor(payloadBytesMax: number) {
    this.payloadBytesMax = payloadBytesMax
  }

  /** No frames are handed out until `resume`. */
  get paused(): boolean {
    return this.#paused
  }

  /** Bytes that wait inside. */
  get keptBytes(): number {
    return this.#keptEnd - this.#keptStart
  }

  /**
   * Hands out every frame that is complete now. When the handler throws or pauses, the frames behind are
   * kept and come with the next `push` or `resume`.
   */
  push(chunk: Buffer, start: number, end: number, handler: FrameHandler): void {
    if (this.#running) throw new Error('frames are pushed from within a frame handler')
    if (this.#lost) return
    this.#next = start
    this.#running = true
    try {
      if (!this.#paused) this.#run(chunk, end, handler)
    } catch (error) {
      this.#lost = error instanceof FrameError && error.kind !== 'unknown_frame'
      throw error
    } finally {
      this.#running = false
      if (this.#lost) this.clear()
      else if (this.#next < end) this.#keep(chunk, this.#next, end)
    }
  }

  /** Stops after the frame at hand, called from its handler. */
  pause(): void {
    this.#paused = true
  }

  /** Goes on with what was kept. From within a handler it only takes the pause back. */
  resume(handler: FrameHandler): void {
    this.#paused = false
    if (!this.#running) this.push(noBytes, 0, 0, handler)
  }

  /** Forgets everything kept. */
  clear(): void {
    this.#kept = noBytes
    this.#keptStart = 0
    this.#keptEnd = 0
  }

  #run(chunk: Buffer, end: number, handler: FrameHandler): void {
    if (this.#keptEnd > 0) this.#runKept(chunk, end, handler)
    while (!this.#paused && end - this.#next >= headSize) {
      const at = this.#next
      const frameStop = at + frameOverhead + this.#payloadSize(chunk, at)
      if (frameStop > end) return
      this.#next = frameStop
      handOut(chunk, at, frameStop, handler)
    }
  }

  /** Completes and hands out kept frames, taking from the chunk only what the last of them lacks. */
  #runKept(chunk: Buffer, end: number, handler: FrameHandler): void {
    while (!this.#paused) {
      const at = this.#keptStart
      const size = this.#keptEnd - at
      if (size === 0) break
      const wanted = size < headSize ? headSize : frameOverhead + this.#payloadSize(this.#kept, at)
      if (size < wanted) {
        const taken = Math.min(wanted - size, end - this.#next)
        if (taken === 0) return
        this.#keep(chunk, this.#next, this.#next + taken, wanted)
        this.#next += taken
      } else {
        this.#keptStart = at + wanted
        handOut(this.#kept, at, at + wanted, handler)
      }
    }
    if (this.#keptStart === this.#keptEnd) this.clear()
  }

  #payloadSize(buffer: Buffer, at: number): number {
    const size = buffer[at + 3]! * 0x100_0000 + ((buffer[at + 4]! << 16) | (buffer[at + 5]! << 8) | buffer[at + 6]!)
    if (size > this.payloadBytesMax + payloadSlackBytes) {
      const detail = `{frame_too_large,${size},${this.payloadBytesMax}}`
      throw new FrameError('frame_too_large', detail, buffer[at]!, buffer.readUInt16BE(at + 1), noBytes)
    }
    return size
  }

  /** `most`: what is kept will not be larger, where that is known. */
  #keep(chunk: Buffer, from: number, to: number, most = Number.POSITIVE_INFINITY): void {
    const live = this.#keptEnd - this.#keptStart
    const size = live + to - from
    if (this.#keptEnd + to - from > this.#kept.length) {
      const target =
        size <= this.#kept.length ? this.#kept : Buffer.allocUnsafeSlow(Math.max(size, Math.min(most, roomFor(size))))
      this.#kept.copy(target, 0, this.#keptStart, this.#keptEnd)
      this.#kept = target
      this.#keptStart = 0
      this.#keptEnd = live
    }
    chunk.copy(this.#kept, this.#keptEnd, from, to)
    this.#keptEnd += to - from
  }
}

function roomFor(size: number): number {
  return size <= 32 ? 32 : 2 ** Math.ceil(Math.log2(size))
}

function handOut(buffer: Buffer, at: number, end: number, handler: FrameHandler): void {
  const type = buffer[at]!
  const channel = (buffer[at + 1]! << 8) | buffer[at + 2]!
  const start = at + headSize
  const marker = buffer[end - 1]!
  if (marker !== frameEnd) {
    const payload = buffer.subarray(start, end - 1)
    throw new FrameError('invalid_frame_end_marker', `{invalid_frame_end_marker,${marker}}`, type, channel, payload)
  }
  if (!isKnown(type, end - 1 - start)) {
    throw new FrameError('unknown_frame', 'unknown_frame', type, channel, buffer.subarray(start, end - 1))
  }
  handler.onFrame(type, channel, buffer, start, end - 1)
}

/** Whether a frame of the type can have a payload of the size: ids in a method, all but properties in a header. */
function isKnown(type: number, size: number): boolean {
  switch (type) {
    case frameTypes.method:
      return size >= 4
    case frameTypes.header:
      return size >= 12
    case frameTypes.body:
      return true
    default:
      return type === frameTypes.heartbeat && size === 0
  }
}
