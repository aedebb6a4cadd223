import type { Place } from '../../broker/queues/spilled-index.ts'
import { DueBucket, type DueEntry } from './due-bucket.ts'

/** More bits than a due time has. */
const LEVELS = 55

/**
 * Messages by due time, then by sequence: a radix heap. `now` is the due time of what was taken out
 * last; level n holds what differs from it first in bit n - 1, so everything in a level is due before
 * everything in the next one, and level 0 is due now. When the levels below it are empty, the first level
 * that holds something is spread over them. An entry moves at most once for each bit of its delay, and
 * always stays in the order of sequences with those that are due together.
 */
export class DueIndex {
  readonly #levels: DueBucket[] = Array.from({ length: LEVELS }, () => new DueBucket())
  /** Milliseconds; never goes back. */
  #now: number
  /** The level that is being spread: what would go to the levels below goes behind it meanwhile. */
  #spreading: { readonly bucket: DueBucket; readonly level: number } | undefined
  /** An empty bucket to put in the place of one that is spread. */
  #spare = new DueBucket()
  readonly #moved: DueEntry = emptyDueEntry()
  length = 0

  constructor(now: number) {
    this.#now = now
  }

  /** Sequences must grow. What is due earlier than what was taken out already counts as due now. */
  push(entry: DueEntry): void {
    this.length++
    if (entry.due < this.#now) entry.due = this.#now
    const level = levelOf(entry.due, this.#now)
    const spreading = this.#spreading
    if (spreading !== undefined && level < spreading.level) spreading.bucket.push(entry)
    else this.#levels[level]!.push(entry)
  }

  /** When something is due next: Infinity for never. */
  get next(): number {
    if (this.#spreading !== undefined) return this.#now
    return this.#first()?.earliest ?? Number.POSITIVE_INFINITY
  }

  /**
   * Takes what is due first out into `into`, if that is at hand at `time`. False when nothing is due, or when
   * `prepare` has to be called.
   */
  shift(time: number, into: DueEntry): boolean {
    if (this.#spreading !== undefined || this.#now > time || !this.#levels[0]!.shift(into)) return false
    this.length--
    return true
  }

  /** Brings what is due at `time` to hand, moving at most `moves` entries. False when it is to be called once more. */
  prepare(time: number, moves: number): boolean {
    let left = moves
    for (;;) {
      if (this.#spreading === undefined) {
        const first = this.#first()
        if (first === undefined || first === this.#levels[0] || first.earliest > time) return true
        this.#beginSpreading(first)
      }
      left = this.#spread(left)
      if (left === 0 && this.#spreading !== undefined) return false
    }
  }

  /** Takes everything out, in no order. */
  drain(visit: (entry: DueEntry) => void): void {
    for (const bucket of this.#buckets()) while (bucket.shift(this.#moved)) visit(this.#moved)
    if (this.#spreading !== undefined) this.#spare = this.#spreading.bucket
    this.#spreading = undefined
    this.length = 0
  }

  /** Calls `visit` with entries that lie before a position in the log, until it answers false. */
  visitBefore(before: number, visit: (sequence: number, position: number) => boolean): boolean {
    return this.#buckets().every((bucket) => bucket.visitBefore(before, visit))
  }

  /** Notes new places in the log, by sequence, and tells the old ones. */
  relocate(places: ReadonlyMap<number, Place>, left: (old: Place) => void): void {
    const buckets = this.#buckets().filter(({ length }) => length > 0)
    for (const [sequence, place] of places) buckets.some((bucket) => bucket.relocate(sequence, place, left))
  }

  #buckets(): DueBucket[] {
    return this.#spreading === undefined ? this.#levels : [this.#spreading.bucket, ...this.#levels]
  }

  /** The first level that holds something. */
  #first(): DueBucket | undefined {
    return this.#levels.find(({ length }) => length > 0)
  }

  #beginSpreading(bucket: DueBucket): void {
    const level = this.#levels.indexOf(bucket)
    this.#now = bucket.earliest
    this.#levels[level] = this.#spare
    this.#spreading = { bucket, level }
  }

  #spread(moves: number): number {
    const { bucket } = this.#spreading!
    let left = moves
    while (left > 0 && bucket.shift(this.#moved)) {
      this.#levels[levelOf(this.#moved.due, this.#now)]!.push(this.#moved)
      left--
    }
    if (bucket.length === 0) {
      this.#spreading = undefined
      this.#spare = bucket
    }
    return left
  }
}

export function emptyDueEntry(): DueEntry {
  return { due: 0, sequence: 0, position: 0, share: 0 }
}

/** The number of the highest bit in which two times differ, counted from one; 0 for equal ones. */
function levelOf(time: number, now: number): number {
  const high = Math.floor(time / 0x1_0000_0000) ^ Math.floor(now / 0x1_0000_0000)
  return high === 0 ? 32 - Math.clz32(time ^ now) : 64 - Math.clz32(high)
}
