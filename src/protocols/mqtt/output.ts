import type { Duplex } from 'node:stream'
import type { TurnTask } from '../../broker/turn.ts'
import { PacketWriter } from '../../wire/mqtt/packet-writer.ts'
import type { Head } from './head.ts'

/** Bytes of one turn after which consumers wait for the next. */
const TURN_BYTES_MAX = 512 * 1024

/** Bytes not taken by the system after which consumers wait. */
const IN_FLIGHT_BYTES_MAX = 2 * 1024 * 1024

/** Writes under way after which consumers wait. */
const WRITES_MAX = 4

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

const nothing: readonly (readonly Buffer[])[] = []

/** What goes out on a connection: packets gathered during a turn, written at its end in one piece. */
export class Output implements TurnTask {
  readonly packets = new PacketWriter()
  /** Bytes given to the stream so far, in so many writes, of which the system took so many. */
  bytesWritten = 0
  writes = 0
  writesDone = 0
  readonly #head: Head
  readonly #stream: Duplex
  readonly #port: OutputPort
  /** The pieces of each write under way, oldest first. */
  #inFlight: readonly (readonly Buffer[])[] = nothing
  #inFlightBytes = 0
  #scheduled = false

  constructor(head: Head, stream: Duplex, port: OutputPort) {
    this.#head = head
    this.#stream = stream
    this.#port = port
  }

  /** Deliveries have to wait. */
  get congested(): boolean {
    const { size } = this.packets
    if (size >= TURN_BYTES_MAX || this.#inFlight.length >= WRITES_MAX) return true
    return size + this.#inFlightBytes >= IN_FLIGHT_BYTES_MAX
  }

  /** So much waits that the client must be made to read before it may ask for more. */
  get overfull(): boolean {
    return this.bytesPending >= BACKLOG_BYTES_MAX
  }

  /** Bytes that the system has not taken yet. */
  get bytesPending(): number {
    return this.packets.size + this.#inFlightBytes
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
    const { size } = this.packets
    if (size === 0) return
    const pieces = this.packets.take()
    if (!this.#stream.writable) return
    this.bytesWritten += size
    this.writes++
    this.#inFlightBytes += size
    this.#inFlight = [...this.#inFlight, pieces]
    const last = pieces.length - 1
    this.#stream.cork()
    for (let index = 0; index < last; index++) this.#stream.write(pieces[index])
    // A function of this write's own, so that a connection that waits keeps none.
    this.#stream.write(pieces[last], (error) => this.#onWritten(error))
    this.#stream.uncork()
  }

  #onWritten(error?: Error | null): void {
    const pieces = this.#inFlight[0]
    this.#inFlight = this.#inFlight.length > 1 ? this.#inFlight.slice(1) : nothing
    for (const piece of pieces ?? []) this.#inFlightBytes -= piece.length
    // After an error the stream may still look at what it was given.
    if (error) return
    this.writesDone++
    if (pieces !== undefined) this.packets.giveBack(pieces)
    try {
      this.#port.onDrain()
    } catch (error) {
      this.#port.onBug(error)
    }
  }
}
