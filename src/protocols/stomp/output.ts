import type { Duplex } from 'node:stream'
import type { TurnTask } from '../../broker/turn.ts'
import type { Head } from './head.ts'

/** Bytes of one turn after which consumers wait for the next. */
const TURN_BYTES_MAX = 512 * 1024

/** Bytes not taken by the system after which consumers wait. */
const IN_FLIGHT_BYTES_MAX = 2 * 1024 * 1024

/** Bytes not taken by the system after which nothing more is read from a client that does not read itself. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024

/** What the output needs of its connection. */
export interface OutputPort {
  /** The end of the turn: the last to be written may be added now. */
  onFlush(): void
  /** All that was to be written has been given to the system. */
  onFlushed(): void
  /** The system took something. */
  onDrain(): void
  onBug(error: unknown): void
}

/** What goes out on a connection: frames gathered during a turn, written at its end in one piece. */
export class Output implements TurnTask {
  /** Bytes given to the stream so far, in so many writes. */
  bytesWritten = 0
  writes = 0
  readonly #head: Head
  readonly #stream: Duplex
  readonly #port: OutputPort
  #frames: Buffer[] = []
  #size = 0
  #inFlightBytes = 0
  #scheduled = false

  constructor(head: Head, stream: Duplex, port: OutputPort) {
    this.#head = head
    this.#stream = stream
    this.#port = port
  }

  /** Deliveries have to wait. */
  get congested(): boolean {
    return this.#size >= TURN_BYTES_MAX || this.bytesPending >= IN_FLIGHT_BYTES_MAX
  }

  /** So much waits that the client must be made to read before it may ask for more. */
  get overfull(): boolean {
    return this.bytesPending >= BACKLOG_BYTES_MAX
  }

  /** Bytes that the system has not taken yet. */
  get bytesPending(): number {
    return this.#size + this.#inFlightBytes
  }

  /** Sends a frame at the end of the turn. */
  add(frame: Buffer): void {
    this.#frames.push(frame)
    this.#size += frame.length
    this.schedule()
  }

  /** There is something to do at the end of the turn. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#head.broker.turn.addFlush(this)
  }

  run(): void {
    try {
      this.#scheduled = false
      this.#port.onFlush()
      this.#write()
      this.#port.onFlushed()
    } catch (error) {
      this.#port.onBug(error)
    }
  }

  #write(): void {
    const size = this.#size
    if (size === 0) return
    const frames = this.#frames
    this.#frames = []
    this.#size = 0
    if (!this.#stream.writable) return
    this.bytesWritten += size
    this.writes++
    this.#inFlightBytes += size
    const bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames, size)
    this.#stream.write(bytes, (error) => this.#onWritten(size, error))
  }

  #onWritten(size: number, error: Error | null | undefined): void {
    this.#inFlightBytes -= size
    if (error) return
    try {
      this.#port.onDrain()
    } catch (thrown) {
      this.#port.onBug(thrown)
    }
  }
}
