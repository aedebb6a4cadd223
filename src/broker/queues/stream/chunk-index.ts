import type { Position } from '../../../store/log.ts'

/** At most so many places are known; when there are more, every second one is forgotten. */
const PLACES_MAX = 32_768
/** Places lie so far apart in the log at first. */
const FIRST_STEP = 64 * 1024
const COLUMNS = 3

/** Where a chunk lies. */
export interface ChunkPlace {
  readonly offset: number
  readonly position: Position
}

/**
 * Where some of a stream's chunks lie: from one of them the log is read on to the chunk that is looked for. The
 * greater the stream, the further they lie apart, so that this takes 768 KiB at most.
 */
export class ChunkIndex {
  #offsets = new Float64Array(16)
  #timestamps = new Float64Array(16)
  #positions = new Float64Array(16)
  #length = 0
  #step = FIRST_STEP

  get length(): number {
    return this.#length
  }

  /** A chunk was written behind all others. */
  add(offset: number, timestamp: number, position: Position): void {
    if (this.#length > 0 && position < this.#positions[this.#length - 1]! + this.#step) return
    if (this.#length === PLACES_MAX) this.#thin()
    if (this.#length === this.#offsets.length) this.#resize(this.#length * 2)
    this.#offsets[this.#length] = offset
    this.#timestamps[this.#length] = timestamp
    this.#positions[this.#length] = position
    this.#length += 1
  }

  /** The last place at or before an offset; the first if there is none. */
  before(offset: number): ChunkPlace | undefined {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#offsets[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return this.#at(Math.max(0, low - 1))
  }

  /** A place at or before the first chunk that is not older than `timestamp`. Clocks may have been set back. */
  since(timestamp: number): ChunkPlace | undefined {
    let index = 0
    while (index < this.#length && this.#timestamps[index]! < timestamp) index += 1
    return this.#at(Math.max(0, index - 1))
  }

  /** When the first of them was written. */
  get firstTimestamp(): number | undefined {
    return this.#length === 0 ? undefined : this.#timestamps[0]
  }

  /** Forgets the chunks before an offset, but for the place from which that one is found. */
  dropBefore(offset: number): void {
    let count = 0
    while (count + 1 < this.#length && this.#offsets[count + 1]! <= offset) count += 1
    if (count === 0) return
    for (const column of [this.#offsets, this.#timestamps, this.#positions]) column.copyWithin(0, count, this.#length)
    this.#length -= count
  }

  /** Numbers that `save` gives. */
  get savedLength(): number {
    return 2 + COLUMNS * this.#length
  }

  /** As numbers to be kept: the step, the count, and the places. */
  save(): number[] {
    const numbers = [this.#step, this.#length]
    for (const column of [this.#offsets, this.#timestamps, this.#positions]) {
      numbers.push(...column.subarray(0, this.#length))
    }
    return numbers
  }

  /** Takes what `save` gave, from the place `at` on; answers where that ends. */
  load(numbers: Float64Array, at: number): number {
    this.#step = numbers[at]!
    this.#length = numbers[at + 1]!
    const first = at + 2
    this.#resize(Math.max(16, this.#length))
    for (const [column, target] of [this.#offsets, this.#timestamps, this.#positions].entries()) {
      target.set(numbers.subarray(first + column * this.#length, first + (column + 1) * this.#length))
    }
    return first + COLUMNS * this.#length
  }

  #at(index: number): ChunkPlace | undefined {
    if (index >= this.#length) return undefined
    return { offset: this.#offsets[index]!, position: this.#positions[index]! }
  }

  #thin(): void {
    this.#step *= 2
    const count = this.#length
    this.#length = 0
    for (let index = 0; index < count; index += 2) {
      for (const column of [this.#offsets, this.#timestamps, this.#positions]) column[this.#length] = column[index]!
      this.#length += 1
    }
  }

  #resize(capacity: number): void {
    this.#offsets = resized(this.#offsets, capacity)
    this.#timestamps = resized(this.#timestamps, capacity)
    this.#positions = resized(this.#positions, capacity)
  }
}

function resized(column: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(capacity)
  next.set(column.subarray(0, capacity))
  return next
}
