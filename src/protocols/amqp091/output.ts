import type { Duplex } from 'node:stream'
import type { TurnTask } from '../../broker/turn.ts'
import { FrameWriter } from '../../wire/amqp091/writer.ts'
import { ConfirmSchedule } from './confirm-schedule.ts'
import type { Confirms } from './confirms.ts'
import type { Head } from './head.ts'

/** Bytes of one turn after which consumers wait for the next. */
const TURN_BYTES_MAX = 512 * 1024

/** Bytes not taken by the system after which consumers wait: large messages count more than writes do. */
const IN_FLIGHT_BYTES_MAX = 2 * 1024 * 1024

/** Writes under way after which consumers wait. */
const WRITES_MAX = 4

/** Bytes not taken by the system after which nothing more is read from a client that does not read itself. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024

/** What the output needs of its connection. */
export interface OutputPort {
  /** All that was to be written at the end of a turn has been given to the system. */
  onFlushed(): void
  /** The system took something. */
  onDrain(): void
  onBug(error: unknown): void
}

/**
 * What goes out on a connection: frames gathered during a turn, written at its end in one piece.
 * Consumers ask `mayDeliver`, which keeps what waits for a slow reader small.
 */
export class Output implements TurnTask {
  readonly frames = new FrameWriter()
  /** Bytes given to the stream so far. */
  bytesWritten = 0
  /** Writes the system took so far. */
  writesDone = 0
  /** Writes begun so far. */
  writes = 0
  readonly #head: Head
  readonly #stream: Duplex
  readonly #port: OutputPort
  /** The pieces of each write under way, oldest first. */
  readonly #inFlight: Buffer[][] = []
  /** Made when the first channel confirms. */
  #confirms: ConfirmSchedule | undefined
  #scheduled = false
  /** Somebody was told not to deliver, and waits for `relieved`. */
  #awaited = false
  /** Bytes of the writes under way. */
  #inFlightBytes = 0
  /** Who waits until it is no longer overfull. */
  #roomWaiters: (() => void)[] = []

  constructor(head: Head, stream: Duplex, port: OutputPort) {
    this.#head = head
    this.#stream = stream
    this.#port = port
  }

  /** May deliveries be written now; after a no, `relieved` says when they may. */
  mayDeliver(): boolean {
    if (!this.#isCongested()) return true
    this.#awaited = true
    return false
  }

  /** Whether deliveries that were held back may be written now. */
  relieved(): boolean {
    if (!this.#awaited || this.#isCongested()) return false
    this.#awaited = false
    return true
  }

  #isCongested(): boolean {
    const { size } = this.frames
    if (size >= TURN_BYTES_MAX || this.#inFlight.length >= WRITES_MAX) return true
    return size + this.#inFlightBytes >= IN_FLIGHT_BYTES_MAX
  }

  /** So much waits that the client must be made to read before it may ask for more. */
  get overfull(): boolean {
    return this.bytesPending >= BACKLOG_BYTES_MAX
  }

  /** Bytes that the system has not taken yet. */
  get bytesPending(): number {
    return this.frames.size + this.#inFlightBytes
  }

  /** Resolves once it is no longer overfull; undefined when it is not. */
  room(): Promise<void> | undefined {
    return this.overfull ? new Promise((resolve) => this.#roomWaiters.push(resolve)) : undefined
  }

  /** Something was added to `frames`: it goes out at the end of the turn. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#head.broker.turn.addFlush(this)
  }

  /** A channel has publishes to confirm as soon as that can be done. */
  scheduleConfirms(confirms: Confirms): void {
    this.#confirms ??= new ConfirmSchedule(this.#head, this)
    this.#confirms.add(confirms)
  }

  /** The end of the turn: confirms, then one write. */
  run(): void {
    try {
      this.#scheduled = false
      this.#confirms?.flush(this.frames)
      this.#write()
      this.#port.onFlushed()
    } catch (error) {
      this.#port.onBug(error)
    }
  }

  #write(): void {
    const { size } = this.frames
    if (size === 0) return
    const pieces = this.frames.take()
    if (!this.#stream.writable) return
    this.bytesWritten += size
    this.writes++
    this.#inFlightBytes += size
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
    for (const piece of pieces ?? []) this.#inFlightBytes -= piece.length
    // After an error the stream may still look at what it was given.
    if (error) return
    this.writesDone++
    if (pieces !== undefined) this.frames.giveBack(pieces)
    try {
      if (this.#roomWaiters.length > 0 && !this.overfull) for (const go of this.#roomWaiters.splice(0)) go()
      this.#port.onDrain()
    } catch (error) {
      this.#port.onBug(error)
    }
  }
}
