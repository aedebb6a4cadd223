import type { Duplex } from 'node:stream'
import type { StompVersion } from '../../wire/stomp/frame.ts'
import { FrameStream, type StompHandler, type StompLimits } from '../../wire/stomp/frame-stream.ts'

/** Why nothing is read from a connection for a while; the values are bits. */
export const Pause = {
  /** Something is being carried out. */
  operation: 1,
  /** The client does not read what it is sent. */
  output: 2,
  /** The broker has an alarm and the client publishes. */
  alarm: 4,
  /** The client publishes faster than the disk writes. */
  disk: 8,
} as const
export type Pause = (typeof Pause)[keyof typeof Pause]

/** What comes in on a connection: chunks made into frames, and the reasons not to read. */
export class Input {
  bytesReceived = 0
  /** Chunks they came in. */
  reads = 0
  readonly #stream: Duplex
  readonly #handler: StompHandler
  readonly #frames: FrameStream
  #pauses = 0
  #closed = false

  constructor(stream: Duplex, handler: StompHandler, limits: StompLimits) {
    this.#stream = stream
    this.#handler = handler
    this.#frames = new FrameStream(limits)
  }

  get paused(): boolean {
    return this.#pauses !== 0
  }

  isPausedFor(reason: Pause): boolean {
    return (this.#pauses & reason) !== 0
  }

  set version(version: StompVersion) {
    this.#frames.version = version
  }

  set limits(limits: StompLimits) {
    this.#frames.limits = limits
  }

  /** Hands out the frames of a chunk; throws what the handler and the decoder throw. */
  push(chunk: Buffer): void {
    this.bytesReceived += chunk.length
    this.reads++
    if (!this.#closed) this.#frames.push(chunk, this.#handler)
  }

  pause(reason: Pause): void {
    if (this.#closed) return
    if (this.#pauses === 0) {
      this.#frames.pause()
      this.#stream.pause()
    }
    this.#pauses |= reason
  }

  /** Takes a reason back; without any left, goes on, and throws what `push` throws. */
  resume(reason: Pause): void {
    if (!this.isPausedFor(reason)) return
    this.#pauses &= ~reason
    if (this.#pauses !== 0 || this.#closed) return
    this.#frames.resume(this.#handler)
    // What was kept may have led to another pause.
    if (this.#pauses === 0) this.#stream.resume()
  }

  /** Nothing that comes from now on is looked at; it is still read, to notice the end. */
  close(): void {
    this.#closed = true
    this.#frames.pause()
    if (this.#pauses !== 0) this.#stream.resume()
    this.#pauses = 0
  }
}
