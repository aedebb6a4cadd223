import type { Position } from '../store/log.ts'
import { type DeliveryMark, DeliveryMarks } from './delivery-marks.ts'
import type { MessageStore } from './message-store.ts'

/** Nothing to write. */
const none: readonly (readonly [number, DeliveryMark])[] = []

export interface QueueLogOptions {
  readonly id: number
  readonly durable: boolean
  /** The note as the log has it at start, and where; 0 for none. */
  readonly deliveredThrough: number
  readonly notePosition: Position
}

/**
 * What one queue tells the message log: which of its messages are settled, and how far it may have
 * handed them out. Gathered during a turn and written as one record each at its end. What a
 * transient queue has there does not outlive the process, so nothing is written for it.
 *
 * A message is handed out only when the disk knows that it may have been: after a crash everything
 * up to that note counts as redelivered, so no client sees a message twice without being told.
 */
export class QueueLog {
  /** The queue's number in the log. */
  readonly id: number
  readonly durable: boolean
  /** What is remembered of messages that came back; set them by `mark`. */
  readonly marks = new DeliveryMarks()
  readonly #store: MessageStore
  #settled: number[] = []
  /** Highest sequence handed out. */
  #delivered: number
  /** The note, as it was asked for, and as the disk has it. */
  #noted: number
  #deliverableThrough: number
  /** Where the note is in the log; 0 when there is none. */
  #notePosition: Position
  #isNoteDue = false
  #dirty = false
  /** Settled since `watch`, while messages are being moved. */
  #watched: Set<number> | undefined

  constructor(store: MessageStore, options: QueueLogOptions) {
    this.#store = store
    this.id = options.id
    this.durable = options.durable
    this.#delivered = options.deliveredThrough
    this.#noted = options.deliveredThrough
    this.#notePosition = options.notePosition
    this.#deliverableThrough = options.durable ? options.deliveredThrough : Number.POSITIVE_INFINITY
  }

  /** Durable messages up to this sequence may be handed out. */
  get deliverableThrough(): number {
    return this.#deliverableThrough
  }

  /** A message that does not survive a restart left the queue. */
  left(sequence: number): void {
    if (this.marks.size > 0) this.marks.delete(sequence)
    if (this.#watched !== undefined) this.#watched.add(sequence)
  }

  /** A durable message left the queue. */
  settled(sequence: number): void {
    if (this.marks.size > 0) this.marks.delete(sequence)
    if (this.#watched !== undefined) this.#watched.add(sequence)
    this.#settled.push(sequence)
    this.#touch()
  }

  /** A durable message is handed out; long before the note is reached, the next one is written. */
  delivered(sequence: number): void {
    if (sequence <= this.#delivered) return
    this.#delivered = sequence
    if (sequence > this.#noted - this.#store.notesAhead / 2) this.reach(sequence)
  }

  /** Has the note moved beyond `sequence`; the queue is woken when the disk has it. */
  reach(sequence: number): void {
    if (!this.durable || sequence + this.#store.notesAhead / 2 <= this.#noted) return
    this.#noted = sequence + this.#store.notesAhead
    this.#isNoteDue = true
    this.#touch()
  }

  /** Remembers something of a message that came back, for as long as it is in the queue. */
  mark(sequence: number, mark: DeliveryMark): void {
    this.marks.set(sequence, mark)
    this.#touch()
  }

  /** The log wants to give up all before a position: notes and marks that lie there are written again. True when any are. */
  renote(before: Position): boolean {
    const areMarksDue = this.marks.size > 0 && this.marks.renote(before)
    const isNoteDue = this.#notePosition !== 0 && this.#notePosition < before
    if (isNoteDue) this.#isNoteDue = true
    if (isNoteDue || areMarksDue) this.#touch()
    return isNoteDue || areMarksDue
  }

  /** The note that `take` gave was written. */
  onNoteWritten(position: Position): void {
    this.#notePosition = position
  }

  /** Called when the disk has the note that `take` gave. */
  onNoted(through: number): void {
    this.#deliverableThrough = Math.max(this.#deliverableThrough, through)
  }

  /** The end of the process: from now on the note is exact. */
  close(): void {
    if (!this.durable || this.#noted === this.#delivered) return
    this.#noted = this.#delivered
    this.#isNoteDue = true
    this.#touch()
  }

  /** Takes what was gathered since the last call, to be written. */
  take(): {
    settled: readonly number[]
    marked: readonly (readonly [number, DeliveryMark])[]
    noted: number | undefined
  } {
    const settled = this.#settled
    const marked = this.marks.size > 0 ? this.marks.take() : none
    const noted = this.#isNoteDue ? this.#noted : undefined
    this.#settled = []
    this.#isNoteDue = false
    this.#dirty = false
    return { settled, marked, noted }
  }

  /** From now on notes what is settled, until `unwatch`. */
  watch(): void {
    this.#watched = new Set()
  }

  unwatch(): ReadonlySet<number> {
    const watched = this.#watched ?? new Set()
    this.#watched = undefined
    return watched
  }

  #touch(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#store.changed(this)
  }
}
