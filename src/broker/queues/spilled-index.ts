import type { Position } from '../../store/log.ts'

/** One message of a queue that is on disk only: all that stays in memory of it. */
export interface SpilledEntry {
  sequence: number
  /** Its record in the message log, and the bytes of the record that count as this queue's. */
  position: Position
  share: number
  bodySize: number
  /** Survives a restart, so that settling it must be recorded. */
  durable: boolean
  /** Monotonic milliseconds after which it is expired; Infinity for never, or if only its record tells. */
  expiresAt: number
}

/** A message's new place in the log. */
export interface Place {
  readonly position: Position
  readonly share: number
}

/** Is told the place that a message has left for its new one. */
export type Left = (old: Place, sequence: number) => void

/** Chunks grow from the first to the last of these, so that a short list takes little. */
const CHUNK_ENTRIES_MIN = 16
const CHUNK_ENTRIES_MAX = 4096

/** In place of the position of an entry that left from the middle. */
const GONE = -1

/** Entries in columns: 21 bytes each (29 where they expire), and no object for the garbage collector to walk. */
class Chunk {
  readonly firstSequence: number
  readonly capacity: number
  /** Sequences less the first one. */
  readonly sequences: Uint32Array
  readonly positions: Float64Array
  readonly shares: Uint32Array
  readonly bodySizes: Uint32Array
  readonly durable: Uint8Array
  /** Absent while no entry expires. */
  expiries: Float64Array | undefined
  start = 0
  end = 0
  /** Entries between start and end that are not gone. */
  length = 0
  /** No entry of the chunk expires before. */
  earliest = Number.POSITIVE_INFINITY
  /** No entry of the chunk lies before it in the log. */
  lowestPosition = Number.POSITIVE_INFINITY

  constructor(firstSequence: number, capacity: number) {
    this.firstSequence = firstSequence
    this.capacity = capacity
    this.sequences = new Uint32Array(capacity)
    this.positions = new Float64Array(capacity)
    this.shares = new Uint32Array(capacity)
    this.bodySizes = new Uint32Array(capacity)
    this.durable = new Uint8Array(capacity)
  }

  read(index: number, into: SpilledEntry): SpilledEntry {
    into.sequence = this.firstSequence + this.sequences[index]!
    into.position = this.positions[index]!
    into.share = this.shares[index]!
    into.bodySize = this.bodySizes[index]!
    into.durable = this.durable[index] === 1
    into.expiresAt = this.expiries?.[index] ?? Number.POSITIVE_INFINITY
    return into
  }

  write(index: number, entry: SpilledEntry): void {
    this.sequences[index] = entry.sequence - this.firstSequence
    this.positions[index] = entry.position
    this.shares[index] = entry.share
    this.bodySizes[index] = entry.bodySize
    this.durable[index] = entry.durable ? 1 : 0
    if (entry.position < this.lowestPosition) this.lowestPosition = entry.position
    if (entry.expiresAt === Number.POSITIVE_INFINITY) return
    this.expiries ??= new Float64Array(this.capacity).fill(Number.POSITIVE_INFINITY)
    this.expiries[index] = entry.expiresAt
    if (entry.expiresAt < this.earliest) this.earliest = entry.expiresAt
  }

  /** Makes sure that the first entry is not a gone one. */
  skipGone(): void {
    while (this.start < this.end && this.positions[this.start] === GONE) this.start++
  }
}

/**
 * The part of a queue that is not in memory: a first-in first-out list of where its messages lie,
 * in the order of their sequences.
 */
export class SpilledIndex {
  readonly #chunks: Chunk[] = []
  length = 0
  /** Bytes of the bodies. */
  bytes = 0
  /** No entry expires before. */
  earliest = Number.POSITIVE_INFINITY

  push(entry: SpilledEntry): void {
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || chunk.end === chunk.capacity || entry.sequence - chunk.firstSequence > 0xffff_ffff) {
      const capacity = chunk === undefined ? CHUNK_ENTRIES_MIN : Math.min(CHUNK_ENTRIES_MAX, chunk.capacity * 4)
      chunk = new Chunk(entry.sequence, capacity)
      this.#chunks.push(chunk)
    }
    chunk.write(chunk.end++, entry)
    chunk.length++
    if (entry.expiresAt < this.earliest) this.earliest = entry.expiresAt
    this.length++
    this.bytes += entry.bodySize
  }

  /** Copies the oldest entry into `into`; false when there is none. */
  peek(into: SpilledEntry): boolean {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return false
    chunk.read(chunk.start, into)
    return true
  }

  /** The same, taking it out. */
  shift(into: SpilledEntry): boolean {
    return this.peek(into) && this.drop()
  }

  /** Takes the oldest entry out; false when there is none. */
  drop(): boolean {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return false
    this.bytes -= chunk.bodySizes[chunk.start++]!
    chunk.length--
    if (chunk.length === 0) this.#chunks.shift()
    else chunk.skipGone()
    this.length--
    return true
  }

  /** Copies of the oldest entries: at most `count` of them and `bytes` of bodies, but always one. */
  first(count: number, bytes: number): SpilledEntry[] {
    const entries: SpilledEntry[] = []
    let size = 0
    for (const chunk of this.#chunks) {
      for (let index = chunk.start; index < chunk.end; index++) {
        if (chunk.positions[index] === GONE) continue
        const entry = chunk.read(index, emptyEntry())
        if (entries.length === count || (entries.length > 0 && size + entry.bodySize > bytes)) return entries
        entries.push(entry)
        size += entry.bodySize
      }
    }
    return entries
  }

  /** Copies of entries from the n-th on. */
  slice(from: number, count: number): SpilledEntry[] {
    const entries: SpilledEntry[] = []
    let skip = from
    for (const chunk of this.#chunks) {
      if (skip >= chunk.length) {
        skip -= chunk.length
        continue
      }
      for (let index = chunk.start; index < chunk.end; index++) {
        if (chunk.positions[index] === GONE) continue
        if (skip > 0) skip--
        else if (entries.length < count) entries.push(chunk.read(index, emptyEntry()))
        else return entries
      }
    }
    return entries
  }

  /**
   * Takes out entries that have expired by a monotonic time, wherever they are, at most `max` of
   * them; `visit` gets copies. Answers how many it looked at.
   */
  expire(now: number, max: number, visit: (entry: SpilledEntry) => void): number {
    let looked = 0
    let left = max
    this.earliest = Number.POSITIVE_INFINITY
    for (const chunk of this.#chunks) {
      if (chunk.earliest <= now && left > 0) {
        looked += chunk.end - chunk.start
        left -= this.#expireIn(chunk, { now, max: left, visit })
      }
      if (chunk.earliest < this.earliest) this.earliest = chunk.earliest
    }
    const chunks = this.#chunks.filter((chunk) => chunk.length > 0)
    if (chunks.length < this.#chunks.length) this.#chunks.splice(0, this.#chunks.length, ...chunks)
    return looked
  }

  /** Answers how many it took. */
  #expireIn(
    chunk: Chunk,
    { now, max, visit }: { now: number; max: number; visit: (entry: SpilledEntry) => void },
  ): number {
    const expiries = chunk.expiries!
    let taken = 0
    let earliest = Number.POSITIVE_INFINITY
    for (let index = chunk.start; index < chunk.end; index++) {
      const expiresAt = expiries[index]!
      if (chunk.positions[index] === GONE) continue
      if (expiresAt > now || taken === max) {
        if (expiresAt < earliest) earliest = expiresAt
        continue
      }
      const entry = chunk.read(index, emptyEntry())
      chunk.positions[index] = GONE
      chunk.length--
      this.length--
      this.bytes -= entry.bodySize
      taken++
      visit(entry)
    }
    chunk.earliest = earliest
    chunk.skipGone()
    return taken
  }

  /** Calls `visit` with entries that lie before a position in the log, until it answers false. */
  visitBefore(before: Position, visit: (entry: SpilledEntry) => boolean): void {
    const entry = emptyEntry()
    for (const chunk of this.#chunks) {
      if (chunk.lowestPosition >= before) continue
      let lowest = Number.POSITIVE_INFINITY
      for (let index = chunk.start; index < chunk.end; index++) {
        const position = chunk.positions[index]!
        if (position === GONE) continue
        if (position < lowest) lowest = position
        if (position !== 0 && position < before && !visit(chunk.read(index, entry))) return
      }
      chunk.lowestPosition = lowest
    }
  }

  /** Notes the new place of an entry and tells its old one; false when it is not here. */
  relocate(sequence: number, place: Place, left: Left): boolean {
    const found = this.#find(sequence)
    if (found === undefined) return false
    const { chunk, index } = found
    left({ position: chunk.positions[index]!, share: chunk.shares[index]! }, sequence)
    chunk.positions[index] = place.position
    chunk.shares[index] = place.share
    return true
  }

  /** Takes out the entry of a sequence, wherever it is; undefined when it is not here. */
  take(sequence: number): SpilledEntry | undefined {
    const found = this.#find(sequence)
    if (found === undefined) return undefined
    const { chunk, index } = found
    const entry = chunk.read(index, emptyEntry())
    chunk.positions[index] = GONE
    chunk.length--
    chunk.skipGone()
    this.length--
    this.bytes -= entry.bodySize
    if (chunk.length === 0) this.#chunks.splice(this.#chunks.indexOf(chunk), 1)
    return entry
  }

  #find(sequence: number): { readonly chunk: Chunk; readonly index: number } | undefined {
    const chunk = this.#chunks.findLast((candidate) => candidate.firstSequence <= sequence)
    if (chunk === undefined) return undefined
    const wanted = sequence - chunk.firstSequence
    let low = chunk.start
    let high = chunk.end
    while (low < high) {
      const middle = (low + high) >>> 1
      if (chunk.sequences[middle]! < wanted) low = middle + 1
      else high = middle
    }
    if (low === chunk.end || chunk.sequences[low] !== wanted || chunk.positions[low] === GONE) return undefined
    return { chunk, index: low }
  }
}

export function emptyEntry(): SpilledEntry {
  return { sequence: 0, position: 0, share: 0, bodySize: 0, durable: false, expiresAt: Number.POSITIVE_INFINITY }
}
