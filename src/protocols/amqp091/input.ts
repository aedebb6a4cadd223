import type { Duplex } from 'node:stream'
import { FrameDecoder, type FrameHandler } from '../../wire/amqp091/frame.ts'

/** Why nothing is read from a connection for a while; the values are bits. */
export const Pause = {
  /** The handshake waits for the broker. */
  handshake: 1,
  /** A busy channel holds more frames than it may. */
  held: 2,
  /** The client does not read what it is sent. */
  output: 4,
  /** The broker has an alarm and the client publishes. */
  alarm: 8,
  /** The client publishes faster than the disk writes. */
  disk: 16,
} as const
export type Pause = (typeof Pause)[keyof typeof Pause]

/** What comes in on a connection: chunks made into frames, and the reasons not to read. */
export class Input {
  bytesReceived = 0
  /** Chunks they came in. */
  reads = 0
  readonly #stream: Duplex
  readonly #handler: FrameHandler
  readonly #decoder: FrameDecoder
  #pauses = 0
  #closed = false

  constructor(stream: Duplex, handler: FrameHandler, payloadBytesMax: number) {
    this.#stream = stream
    this.#handler = handler
    this.#decoder = new FrameDecoder(payloadBytesMax)
  }

  get paused(): boolean {
    return this.#pauses !== 0
  }

  isPausedFor(reason: Pause): boolean {
    return (this.#pauses & reason) !== 0
  }

  set payloadBytesMax(bytes: number) {
    this.#decoder.payloadBytesMax = bytes
  }

  /** Hands out the frames in [start, end); throws what the handler and the decoder throw. */
  push(chunk: Buffer, start: number, end: number): void {
    if (!this.#closed) this.#decoder.push(chunk, start, end, this.#handler)
  }

  pause(reason: Pause): void {
    if (this.#pauses === 0) {
      this.#decoder.pause()
      this.#stream.pause()
    }
    this.#pauses |= reason
  }

  /** Takes a reason back; without any left, goes on, and throws what `push` throws. */
  resume(reason: Pause): void {
    if (!this.isPausedFor(reason)) return
    this.#pauses &= ~reason
    if (this.#pauses !== 0) return
    if (!this.#closed) this.#decoder.resume(this.#handler)
    // What was kept may have led to another pause.
    if (this.#pauses === 0) this.#stream.resume()
  }

  /** Nothing that comes from now on is looked at; it is still read, to notice the end. */
  close(): void {
    this.#closed = true
    this.#decoder.pause()
    if (this.#pauses !== 0) this.#stream.resume()
    this.#pauses = 0
  }
}
