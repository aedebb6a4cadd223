import { isUtf8 } from '../../std/utf8.ts'
import { CloseCode, isSendableCode, WebSocketError } from './close-code.ts'
import { Opcode } from './opcode.ts'

/** What comes out of a `FrameReader`. Bytes are valid during the call only. */
export interface FrameHandler {
  /** A piece of a message, as it came: messages have no meaning for what rides on them. */
  onPayload(bytes: Buffer): void
  onPing(payload: Buffer): void
  /** The peer says goodbye; nothing is read after it. */
  onClose(code: number | undefined): void
}

export interface FrameReaderOptions {
  /** Text messages are taken as well; they have to be UTF-8. */
  readonly text: boolean
  /** Largest message. */
  readonly messageBytesMax: number
}

/** Longest payload of a control frame. */
const CONTROL_BYTES_MAX = 125
const MASK_BYTES = 4

const noBytes = Buffer.alloc(0)

/**
 * Reads the frames of a client (RFC 6455 §5):
 *
 *     frame = u1 fin, u3 reserved, u4 opcode, u1 masked, u7 size [, u16 or u64 size], 4 bytes mask, payload
 *
 * Payload is unmasked in place and handed out as it arrives, so nothing is gathered here but a header or a control
 * frame that is split over chunks: at most 131 bytes, whatever sizes a peer declares.
 */
export class FrameReader {
  readonly #options: FrameReaderOptions
  /** Of a header or control frame that is not complete. */
  #kept: Buffer = noBytes
  /** The data frame at hand: payload bytes to come, its mask, and how far that has been used. */
  #left = 0
  #mask = noBytes
  #maskAt = 0
  #final = true
  /** Opcode of the message that is not complete; 0 for none. */
  #message = 0
  #messageBytes = 0
  #decoder: InstanceType<typeof TextDecoder> | undefined
  #closed = false

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  /** Bytes that wait inside. */
  get keptBytes(): number {
    return this.#kept.length
  }

  /** Hands out what a chunk brings, overwriting it. Throws a WebSocketError, after which all further input is ignored. */
  push(chunk: Buffer, handler: FrameHandler): void {
    if (this.#closed) return
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk])
    this.#kept = noBytes
    try {
      let at = 0
      while (at < bytes.length && !this.#closed) {
        const next = this.#left > 0 ? this.#readPayload(bytes, at, handler) : this.#readFrame(bytes, at, handler)
        if (next === undefined) {
          this.#kept = Buffer.from(bytes.subarray(at))
          return
        }
        at = next
      }
    } catch (error) {
      this.#closed = true
      throw error
    }
  }

  /** Reads a header, and all of a control frame; answers where the next thing begins, or undefined for more bytes. */
  #readFrame(bytes: Buffer, at: number, handler: FrameHandler): number | undefined {
    if (bytes.length < at + 2) return undefined
    const [first, second] = [bytes[at]!, bytes[at + 1]!]
    const opcode = first & 0x0f
    const final = first >= 0x80
    const short = second & 0x7f
    this.#check(first, second)
    const sizeBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const mask = at + 2 + sizeBytes
    const start = mask + MASK_BYTES
    if (bytes.length < start) return undefined
    const size = sizeBytes === 0 ? short : longSize(bytes, at + 2, sizeBytes)
    if (opcode >= Opcode.close) {
      if (bytes.length < start + size) return undefined
      unmask(bytes, { start, end: start + size, mask: bytes.subarray(mask, start), offset: 0 })
      this.#onControl(opcode, bytes.subarray(start, start + size), handler)
      return start + size
    }
    this.#begin(opcode, size, final)
    if (size === 0) this.#endFrame()
    else this.#mask = Buffer.from(bytes.subarray(mask, start))
    return start
  }

  /** What can be said against a frame by its first two bytes. */
  #check(first: number, second: number): void {
    const opcode = first & 0x0f
    if ((first & 0x70) !== 0) throw against('reserved bits are set, and no extension was agreed on')
    if (second < 0x80) throw against('a frame of a client is not masked')
    if (opcode >= Opcode.close) {
      if (opcode > Opcode.pong) throw against(`there is no opcode ${opcode}`)
      if (first < 0x80) throw against('a control frame is fragmented')
      if ((second & 0x7f) > CONTROL_BYTES_MAX) throw against('a control frame is longer than 125 bytes')
    } else if (opcode > Opcode.binary) throw against(`there is no opcode ${opcode}`)
    else if ((opcode === Opcode.continuation) !== (this.#message !== 0)) {
      throw against(opcode === 0 ? 'there is no message to go on with' : 'a message begins within another')
    }
    if (opcode === Opcode.text && !this.#options.text) {
      throw new WebSocketError(CloseCode.unsupportedData, 'text is not taken here')
    }
  }

  #begin(opcode: number, size: number, final: boolean): void {
    if (opcode !== Opcode.continuation) {
      this.#message = opcode
      this.#messageBytes = 0
      if (opcode === Opcode.text) this.#decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    }
    this.#messageBytes += size
    if (this.#messageBytes > this.#options.messageBytesMax) {
      throw new WebSocketError(
        CloseCode.messageTooBig,
        `a message is longer than ${this.#options.messageBytesMax} bytes`,
      )
    }
    this.#left = size
    this.#maskAt = 0
    this.#final = final
  }

  #readPayload(bytes: Buffer, at: number, handler: FrameHandler): number {
    const end = Math.min(bytes.length, at + this.#left)
    unmask(bytes, { start: at, end, mask: this.#mask, offset: this.#maskAt })
    this.#maskAt = (this.#maskAt + end - at) & 3
    this.#left -= end - at
    const piece = bytes.subarray(at, end)
    this.#checkText(piece)
    if (this.#left === 0) this.#endFrame()
    handler.onPayload(piece)
    return end
  }

  #endFrame(): void {
    if (!this.#final) return
    this.#message = 0
    this.#checkText(undefined)
    this.#decoder = undefined
  }

  /** `undefined` ends the text. */
  #checkText(piece: Buffer | undefined): void {
    if (this.#decoder === undefined) return
    try {
      this.#decoder.decode(piece, { stream: piece !== undefined })
    } catch {
      throw new WebSocketError(CloseCode.invalidPayload, 'a text message is not UTF-8')
    }
  }

  #onControl(opcode: number, payload: Buffer, handler: FrameHandler): void {
    if (opcode === Opcode.ping) return handler.onPing(payload)
    if (opcode === Opcode.pong) return
    if (payload.length === 1) throw against('a close code is cut off')
    const code = payload.length === 0 ? undefined : payload.readUInt16BE(0)
    if (code !== undefined && !isSendableCode(code)) throw against(`${code} is no close code`)
    if (!isUtf8(payload, 2, payload.length)) {
      throw new WebSocketError(CloseCode.invalidPayload, 'the reason of a close is not UTF-8')
    }
    this.#closed = true
    handler.onClose(code)
  }
}

function against(rule: string): WebSocketError {
  return new WebSocketError(CloseCode.protocolError, rule)
}

function longSize(bytes: Buffer, at: number, sizeBytes: number): number {
  if (sizeBytes === 2) {
    const size = bytes.readUInt16BE(at)
    if (size < 126) throw against('a size is longer than need be')
    return size
  }
  const [high, low] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
  if (high === 0 && low < 0x1_0000) throw against('a size is longer than need be')
  if (high >= 2 ** 21) throw new WebSocketError(CloseCode.messageTooBig, 'a frame is longer than can be counted')
  return high * 2 ** 32 + low
}

function unmask(
  bytes: Buffer,
  { start, end, mask, offset }: { start: number; end: number; mask: Buffer; offset: number },
): void {
  for (let at = start, index = offset; at < end; at++, index++) bytes[at] = bytes[at]! ^ mask[index & 3]!
}
