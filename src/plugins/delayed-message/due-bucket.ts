import type { Place } from '../../broker/queues/spilled-index.ts'

/** One message that waits: all that stays in memory of it. */
export interface DueEntry {
  /** Wall time in milliseconds. */
  due: number
  sequence: number
  /** Its record in the message log, and the bytes of the record that count as this exchange's. */
  position: number
  share: number
}

/** Chunks grow from the first to the last of these, so that a short bucket takes little. */
const CHUNK_ENTRIES_MIN = 16
const CHUNK_ENTRIES_MAX = 4096

/** Entries in columns: 24 bytes each, and no object for the garbage collector to walk. */
class Chunk {
  firstSequence = 0
  readonly capacity: number
  readonly dues: Float64Array
  readonly positions: Float64Array
  readonly shares: Uint32Array
  /** Sequences less the first one. */
  readonly sequences: Uint32Array
  start = 0
  end = 0
  /** No entry of the chunk lies before it in the log. */
  lowestPosition = Number.POSITIVE_INFINITY

  constructor(capacity: number) {
    this.capacity = capacity
    this.dues = new Float64Array(capacity)
    this.positions = new Float64Array(capacity)
    this.shares = new Uint32Array(capacity)
    this.sequences = new Uint32Array(capacity)
  }

  clear(): void {
    this.start = 0
    this.end = 0
    this.lowestPosition = Number.POSITIVE_INFINITY
  }
}

/** Messages that wait, in the order of their sequences, first in first out. */
export class DueBucket {
  readonly #chunks: Chunk[] = []
  length = 0
  /** The earliest due time of all that was put in; Infinity while it is empty. */
  earliest = Number.POSITIVE_INFINITY

  push({ due, sequence, position, share }: DueEntry): void {
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || chunk.end === chunk.capacity || sequence - chunk.firstSequence > 0xffff_ffff) {
      chunk = this.#addChunk(chunk)
    }
    if (chunk.end === 0) chunk.firstSequence = sequence
    const index = chunk.end++
    chunk.dues[index] = due
    chunk.positions[index] = position
    chunk.shares[index] = share
    chunk.sequences[index] = sequence - chunk.firstSequence
    if (position < chunk.lowestPosition) chunk.lowestPosition = position
    if (due < this.earliest) this.earliest = due
    this.length++
  }

  /** Takes the oldest entry out into `into`; false when there is none. */
  shift(into: DueEntry): boolean {
    if (this.length === 0) return false
    const chunk = this.#chunks[0]!
    const index = chunk.start++
    into.due = chunk.dues[index]!
    into.sequence = chunk.firstSequence + chunk.sequences[index]!
    into.position = chunk.positions[index]!
    into.share = chunk.shares[index]!
    if (--this.length === 0) this.earliest = Number.POSITIVE_INFINITY
    if (chunk.start < chunk.end) return true
    if (this.#chunks.length > 1 || chunk.capacity > CHUNK_ENTRIES_MIN) this.#chunks.shift()
    else chunk.clear()
    return true
  }

  /** Calls `visit` with entries that lie before a position in the log, until it answers false. */
  visitBefore(before: number, visit: (sequence: number, position: number) => boolean): boolean {
    for (const chunk of this.#chunks) {
      if (chunk.lowestPosition >= before) continue
      let lowest = Number.POSITIVE_INFINITY
      for (let index = chunk.start; index < chunk.end; index++) {
        const position = chunk.positions[index]!
        if (position < lowest) lowest = position
        if (position === 0 || position >= before) continue
        if (!visit(chunk.firstSequence + chunk.sequences[index]!, position)) return false
      }
      chunk.lowestPosition = lowest
    }
    return true
  }

  /** Notes the new place of an entry and tells its old one; false when it is not here. */
  relocate(sequence: number, place: Place, left: (old: Place) => void): boolean {
    const chunk = this.#chunks[this.#chunkOf(sequence)]
    if (chunk === undefined) return false
    const index = indexIn(chunk, sequence - chunk.firstSequence)
    if (index < 0) return false
    left({ position: chunk.positions[index]!, share: chunk.shares[index]! })
    chunk.positions[index] = place.position
    chunk.shares[index] = place.share
    if (place.position < chunk.lowestPosition) chunk.lowestPosition = place.position
    return true
  }

  #addChunk(last: Chunk | undefined): Chunk {
    const chunk = new Chunk(last === undefined ? CHUNK_ENTRIES_MIN : Math.min(CHUNK_ENTRIES_MAX, last.capacity * 4))
    this.#chunks.push(chunk)
    return chunk
  }

  /** Index of the last chunk that does not begin behind `sequence`; -1 for none. */
  #chunkOf(sequence: number): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#chunks[middle]!.firstSequence <= sequence) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

function indexIn({ sequences, start, end }: Chunk, wanted: number): number {
  let low = start
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sequences[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low < end && sequences[low] === wanted ? low : -1
}
