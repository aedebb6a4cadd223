import type { SpilledEntry } from './queues/spilled-index.ts'
import { emptyEntry } from './queues/spilled-index.ts'

const CAPACITY_MIN = 64

/** What the message log knows of one queue at start, in columns: 30 bytes for a message. */
export class RecoveredQueue {
  /** Highest sequence the log mentions. */
  sequence = 0
  /** Messages up to it may have been handed out before. */
  deliveredThrough = 0
  /** Where the log says so; 0 when it does not. */
  notePosition = 0
  #length = 0
  #sequences = new Float64Array(CAPACITY_MIN)
  #positions = new Float64Array(CAPACITY_MIN)
  #shares = new Uint32Array(CAPACITY_MIN)
  #bodySizes = new Uint32Array(CAPACITY_MIN)
  #priorities = new Uint8Array(CAPACITY_MIN)
  #alive = new Uint8Array(CAPACITY_MIN)
  /** Messages that were written again, hence out of order, by sequence: their place in the columns. */
  readonly #moved = new Map<number, number>()

  /** A publish record names the queue. A later record of the same message replaces the earlier. */
  add(entry: SpilledEntry, priority: number): void {
    const isNext = this.#length === 0 || entry.sequence > this.#sequences[this.#length - 1]!
    let index = isNext ? -1 : this.#find(entry.sequence)
    if (index < 0) {
      if (this.#length === this.#sequences.length) this.#grow()
      index = this.#length++
      if (!isNext) {
        this.#moved.set(entry.sequence, index)
        // Keeps the column sorted for those that come in order behind it.
        this.#sequences[index] = this.#sequences[index - 1]!
      }
    }
    if (isNext) this.#sequences[index] = entry.sequence
    this.#positions[index] = entry.position
    this.#shares[index] = entry.share
    this.#bodySizes[index] = entry.bodySize
    this.#priorities[index] = priority
    this.#alive[index] = 1
    this.sequence = Math.max(this.sequence, entry.sequence)
  }

  settle(sequence: number): void {
    this.sequence = Math.max(this.sequence, sequence)
    const index = this.#find(sequence)
    if (index >= 0) this.#alive[index] = 0
  }

  /** Settles the sequences from `first` on that come before `end`. */
  settleRun(first: number, end: number): void {
    if (this.#moved.size > 0) {
      for (let sequence = first; sequence < end; sequence++) this.settle(sequence)
      return
    }
    this.sequence = Math.max(this.sequence, end - 1)
    for (let index = this.#lowerBound(first); index < this.#length && this.#sequences[index]! < end; index++) {
      this.#alive[index] = 0
    }
  }

  /** Calls `visit` with what is left, in the order of sequences; the entry is reused. */
  forEach(visit: (entry: SpilledEntry, priority: number) => void): void {
    const moved = [...this.#moved].sort(([a], [b]) => a - b)
    const movedIndexes = moved.length === 0 ? undefined : new Set(this.#moved.values())
    const entry = emptyEntry()
    let next = 0
    const tell = (index: number, sequence: number): void => {
      if (this.#alive[index] === 0) return
      entry.sequence = sequence
      entry.position = this.#positions[index]!
      entry.share = this.#shares[index]!
      entry.bodySize = this.#bodySizes[index]!
      entry.durable = true
      visit(entry, this.#priorities[index]!)
    }
    for (let index = 0; index < this.#length; index++) {
      if (movedIndexes?.has(index) === true) continue
      const sequence = this.#sequences[index]!
      for (; next < moved.length && moved[next]![0] < sequence; next++) tell(moved[next]![1], moved[next]![0])
      tell(index, sequence)
    }
    for (; next < moved.length; next++) tell(moved[next]![1], moved[next]![0])
  }

  #find(sequence: number): number {
    const moved = this.#moved.get(sequence)
    if (moved !== undefined) return moved
    const index = this.#lowerBound(sequence)
    return index < this.#length && this.#sequences[index] === sequence ? index : -1
  }

  /** The first place in the column whose sequence is not less. */
  #lowerBound(sequence: number): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#sequences[middle]! < sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  #grow(): void {
    const capacity = this.#length * 2
    this.#sequences = grown(new Float64Array(capacity), this.#sequences)
    this.#positions = grown(new Float64Array(capacity), this.#positions)
    this.#shares = grown(new Uint32Array(capacity), this.#shares)
    this.#bodySizes = grown(new Uint32Array(capacity), this.#bodySizes)
    this.#priorities = grown(new Uint8Array(capacity), this.#priorities)
    this.#alive = grown(new Uint8Array(capacity), this.#alive)
  }
}

function grown<T extends Float64Array | Uint32Array | Uint8Array>(larger: T, smaller: T): T {
  larger.set(smaller)
  return larger
}
