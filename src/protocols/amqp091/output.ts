import type { Duplex } from 'node:stream'
import { FrameWriter } from '../../wire/amqp091/writer.ts'

/** Bytes of one turn after which consumers wait for the next. */
const TURN_BYTES_MAX = 512 * 1024

/** Writes under way after which consumers wait. */
const WRITES_MAX = 4

/** Bytes not taken by the system after which nothing more is read from a client that does not read itself. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024

/**
 * What goes out on a connection: frames gathered during a turn, written at its end in one piece.
 * Consumers see `congested`, which keeps what waits for a slow reader small.
 */
export class Output {
  readonly frames = new FrameWriter()
  /** Somebody found it congested and waits for `onDrain`. */
  awaited = false
  /** Bytes given to the stream so far. */
  bytesWritten = 0
  /** Writes the system took so far. */
  writesDone = 0
  readonly #stream: Duplex
  readonly #onDrain: () => void
  /** The pieces of each write under way, oldest first. */
  #inFlight: Buffer[][] = []

  constructor(stream: Duplex, onDrain: () => void) {
    this.#stream = stream
    this.#onDrain = onDrain
  }

  /** Deliveries should wait. */
  get congested(): boolean {
    return this.frames.size >= TURN_BYTES_MAX || this.#inFlight.length >= WRITES_MAX
  }

  /** So much waits that the client must be made to read before it may ask for more. */
  get overfull(): boolean {
    return this.frames.size + this.#stream.writableLength >= BACKLOG_BYTES_MAX
  }

  /** Writes what was gathered. */
  flush(): void {
    const { size } = this.frames
    if (size === 0) return
    const pieces = this.frames.take()
    if (!this.#stream.writable) return
    this.bytesWritten += size
    this.#inFlight.push(pieces)
    const last = pieces.length - 1
    if (last === 0) this.#stream.write(pieces[0], this.#onWritten)
    else {
      this.#stream.cork()
      for (let index = 0; index < last; index++) this.#stream.write(pieces[index])
      this.#stream.write(pieces[last], this.#onWritten)
      this.#stream.uncork()
    }
  }

  readonly #onWritten = (error?: Error | null): void => {
    const pieces = this.#inFlight.shift()
    // After an error the stream may still look at what it was given.
    if (error) return
    this.writesDone++
    if (pieces !== undefined) this.frames.giveBack(pieces)
    this.#onDrain()
  }
}
