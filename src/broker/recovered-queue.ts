import type { Position } from '../store/log.ts'
import type { DeliveryMark } from './delivery-marks.ts'
import type { SpilledEntry } from './queues/spilled-index.ts'
import { emptyEntry } from './queues/spilled-index.ts'
import { type NoteOf, RecoveredNotes } from './recovered-notes.ts'

/** Chunks grow from the first to the last of these, so that a short queue takes little. */
const CHUNK_ENTRIES_MIN = 16
const CHUNK_ENTRIES_MAX = 16_384

/** Messages in columns, in the order their records were found. */
class Chunk {
  readonly capacity: number
  readonly sequences: Float64Array
  readonly positions: Float64Array
  readonly shares: Uint32Array
  readonly bodySizes: Uint32Array
  readonly priorities: Uint8Array
  /** 0 for one that is gone, 1 for a message with a priority, 2 for one without. */
  readonly alive: Uint8Array
  /** Wall time at which each expires by its own time to live; absent while none has one. */
  expiries: Float64Array | undefined
  length = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.sequences = new Float64Array(capacity)
    this.positions = new Float64Array(capacity)
    this.shares = new Uint32Array(capacity)
    this.bodySizes = new Uint32Array(capacity)
    this.priorities = new Uint8Array(capacity)
    this.alive = new Uint8Array(capacity)
  }
}

/** One message: where its columns are. */
interface Cell {
  readonly chunk: Chunk
  readonly index: number
}

/** What the message log knows of one queue at start: 26 bytes for a message. */
export class RecoveredQueue {
  /** Highest sequence the log mentions. */
  sequence = 0
  /** Messages up to it may have been handed out before. */
  deliveredThrough = 0
  /** Where the log says so; 0 when it does not. */
  notePosition = 0
  /** What the owner wants to know of each message, if anything. */
  readonly notes: RecoveredNotes | undefined
  /** Marks, with where the log has them; also of messages that are gone. */
  readonly #marks = new Map<number, { readonly mark: DeliveryMark; readonly position: Position }>()
  /** Those found in the order of their sequences. */
  #chunks: Chunk[] = []
  #highest = 0
  /** Messages that were written again, hence out of order, by sequence. */
  readonly #moved = new Map<number, Cell>()
  #movedChunk: Chunk | undefined

  constructor(noteOf?: NoteOf) {
    this.notes = noteOf === undefined ? undefined : new RecoveredNotes(noteOf)
  }

  /** A publish record names the queue; `expiresAt` is a wall time here. A later record of the same message replaces the earlier. */
  add(entry: SpilledEntry, priority: number | undefined): void {
    this.sequence = Math.max(this.sequence, entry.sequence)
    if (entry.sequence > this.#highest) {
      this.#highest = entry.sequence
      const chunk = this.#last()
      write(chunk, chunk.length++, entry, priority)
    } else {
      const { chunk, index } = this.#find(entry.sequence) ?? this.#addMoved(entry.sequence)
      write(chunk, index, entry, priority)
    }
  }

  settle(sequence: number): void {
    this.sequence = Math.max(this.sequence, sequence)
    if (this.#marks.size > 0) this.#marks.delete(sequence)
    const cell = this.#find(sequence)
    if (cell !== undefined) cell.chunk.alive[cell.index] = 0
  }

  /** Settles all from `first` to before `end`. */
  settleRun(first: number, end: number): void {
    for (const sequence of this.#marks.keys()) if (sequence >= first && sequence < end) this.#marks.delete(sequence)
    for (let sequence = first; sequence < end; ) {
      const cell = this.#moved.size === 0 ? this.#find(sequence) : undefined
      // Mostly they lie behind each other.
      if (cell === undefined) this.settle(sequence++)
      for (let index = cell?.index ?? 0; cell !== undefined && index < cell.chunk.length; index++) {
        if (cell.chunk.sequences[index] !== sequence || sequence >= end) break
        cell.chunk.alive[index] = 0
        sequence++
      }
    }
    this.sequence = Math.max(this.sequence, end - 1)
  }

  /** A mark may come before its message, when that was written again behind it. */
  mark(sequence: number, mark: DeliveryMark, position: Position): void {
    this.#marks.set(sequence, { mark, position })
  }

  /** What is remembered of a message. */
  markOf(sequence: number): { readonly mark: DeliveryMark; readonly position: Position } | undefined {
    return this.#marks.size === 0 ? undefined : this.#marks.get(sequence)
  }

  /** Gives away what is left (`expiresAt` a wall time), in the order of sequences, and forgets it; the entry is reused. */
  drain(visit: Visit): void {
    const entry = emptyEntry()
    const moved = [...this.#moved].sort(([a], [b]) => a - b)
    let next = 0
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      for (let index = 0; index < chunk.length; index++) {
        const sequence = chunk.sequences[index]!
        for (; next < moved.length && moved[next]![0] < sequence; next++)
          tell(moved[next]![1].chunk, moved[next]![1].index, entry, visit)
        tell(chunk, index, entry, visit)
      }
    }
    for (; next < moved.length; next++) tell(moved[next]![1].chunk, moved[next]![1].index, entry, visit)
    this.#moved.clear()
  }

  #addMoved(sequence: number): Cell {
    if (this.#movedChunk === undefined || this.#movedChunk.length === this.#movedChunk.capacity) {
      this.#movedChunk = new Chunk(256)
    }
    const cell = { chunk: this.#movedChunk, index: this.#movedChunk.length++ }
    this.#moved.set(sequence, cell)
    return cell
  }

  /** The chunk that has room for one more. */
  #last(): Chunk {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.length < last.capacity) return last
    const capacity = last === undefined ? CHUNK_ENTRIES_MIN : Math.min(CHUNK_ENTRIES_MAX, last.capacity * 4)
    const chunk = new Chunk(capacity)
    this.#chunks.push(chunk)
    return chunk
  }

  #find(sequence: number): Cell | undefined {
    const moved = this.#moved.get(sequence)
    if (moved !== undefined) return moved
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#chunks[middle]!.sequences[0]! <= sequence) low = middle + 1
      else high = middle
    }
    const chunk = this.#chunks[low - 1]
    const index = chunk === undefined ? -1 : indexIn(chunk, sequence)
    return chunk === undefined || index < 0 ? undefined : { chunk, index }
  }
}

function indexIn(chunk: Chunk, sequence: number): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (chunk.sequences[middle]! < sequence) low = middle + 1
    else high = middle
  }
  return low < chunk.length && chunk.sequences[low] === sequence ? low : -1
}

function write(chunk: Chunk, index: number, entry: SpilledEntry, priority: number | undefined): void {
  chunk.sequences[index] = entry.sequence
  chunk.positions[index] = entry.position
  chunk.shares[index] = entry.share
  chunk.bodySizes[index] = entry.bodySize
  chunk.priorities[index] = priority ?? 0
  chunk.alive[index] = priority === undefined ? 2 : 1
  if (entry.expiresAt === Number.POSITIVE_INFINITY && chunk.expiries === undefined) return
  chunk.expiries ??= new Float64Array(chunk.capacity).fill(Number.POSITIVE_INFINITY)
  chunk.expiries[index] = entry.expiresAt
}

type Visit = (entry: SpilledEntry, priority: number | undefined) => void

function tell(chunk: Chunk, index: number, told: SpilledEntry, visit: Visit): void {
  if (chunk.alive[index] === 0) return
  told.sequence = chunk.sequences[index]!
  told.position = chunk.positions[index]!
  told.share = chunk.shares[index]!
  told.bodySize = chunk.bodySizes[index]!
  told.durable = true
  told.expiresAt = chunk.expiries?.[index] ?? Number.POSITIVE_INFINITY
  visit(told, chunk.alive[index] === 2 ? undefined : chunk.priorities[index]!)
}
