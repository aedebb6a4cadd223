import { malformed, PacketError } from './packet-error.ts'
import { ReasonCode } from './reason-codes.ts'

/** What comes out of a `PacketStream`: one call per packet, its bytes behind the fixed header at [start, end), valid during the call. */
export interface PacketHandler {
  onPacket(type: number, flags: number, buffer: Buffer, start: number, end: number): void
}

const noBytes = Buffer.alloc(0)

/**
 * Cuts a stream of chunks into packets:
 *
 *     packet = u4 type, u4 flags, variable byte integer size, as many bytes           (MQTT 5 §2.1)
 *
 * Whole packets are handed out in place. One that is split over chunks is put together in a buffer that grows with the
 * bytes that arrived, never with a declared size.
 */
export class PacketStream {
  /** Largest packet, fixed header included. */
  packetBytesMax: number
  #kept: Buffer = noBytes
  #keptEnd = 0
  #paused = false
  #running = false
  #lost = false

  constructor(packetBytesMax: number) {
    this.packetBytesMax = packetBytesMax
  }

  /** Bytes that wait inside. */
  get keptBytes(): number {
    return this.#keptEnd
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Stops after the packet at hand, called from its handler or between pushes. */
  pause(): void {
    this.#paused = true
  }

  /** Goes on with what was kept. From within a handler it only takes the pause back. */
  resume(handler: PacketHandler): void {
    this.#paused = false
    if (!this.#running) this.push(noBytes, handler)
  }

  /** Hands out every packet that is complete. Throws a PacketError, after which all further input is ignored. */
  push(chunk: Buffer, handler: PacketHandler): void {
    if (this.#running) throw new Error('packets are pushed from within a packet handler')
    if (this.#lost) return
    this.#running = true
    const bytes = this.#keptEnd === 0 ? chunk : this.#joined(chunk)
    let next = 0
    try {
      next = this.#run(bytes, handler)
    } catch (error) {
      this.#lost = true
      this.#forget()
      throw error
    } finally {
      this.#running = false
    }
    this.#keep(bytes, next)
  }

  #run(bytes: Buffer, handler: PacketHandler): number {
    let next = 0
    while (!this.#paused && bytes.length - next >= 2) {
      const body = bodyOf(bytes, next, this.packetBytesMax)
      if (body === undefined || body.end > bytes.length) break
      const first = bytes[next]!
      next = body.end
      handler.onPacket(first >> 4, first & 0xf, bytes, body.start, body.end)
    }
    return next
  }

  #joined(chunk: Buffer): Buffer {
    this.#append(chunk, 0)
    return this.#kept.subarray(0, this.#keptEnd)
  }

  #keep(bytes: Buffer, from: number): void {
    if (from === bytes.length) return this.#forget()
    if (bytes.buffer === this.#kept.buffer && this.#keptEnd > 0) {
      this.#kept.copy(this.#kept, 0, from, this.#keptEnd)
      this.#keptEnd -= from
      return
    }
    this.#forget()
    this.#append(bytes, from)
  }

  #append(chunk: Buffer, from: number): void {
    const size = this.#keptEnd + chunk.length - from
    if (size > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(size <= 32 ? 32 : 2 ** Math.ceil(Math.log2(size)))
      this.#kept.copy(larger, 0, 0, this.#keptEnd)
      this.#kept = larger
    }
    chunk.copy(this.#kept, this.#keptEnd, from)
    this.#keptEnd = size
  }

  #forget(): void {
    this.#kept = noBytes
    this.#keptEnd = 0
  }
}

/** Where the bytes behind the fixed header at `at` lie; undefined while its size is not complete. */
function bodyOf(bytes: Buffer, at: number, packetBytesMax: number): { start: number; end: number } | undefined {
  let size = 0
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return undefined
    size += (byte & 0x7f) * 128 ** (index - 1)
    if (byte < 0x80) {
      if (size + index + 1 > packetBytesMax) {
        throw new PacketError(ReasonCode.packetTooLarge, `a packet of ${size + index + 1} bytes is too large`)
      }
      return { start: at + index + 1, end: at + index + 1 + size }
    }
  }
  throw malformed('the size of a packet has more than four bytes')
}
