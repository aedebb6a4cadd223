import type { Position } from '../store/log.ts'

/** What is still needed of one stretch of the message log. */
interface Extent {
  readonly index: number
  /** Entries of queues whose messages lie in it. */
  count: number
}

/**
 * How much of the message log is still needed, by stretches of equal length, so that the oldest
 * stretch can be given up when nothing in it lives, or emptied by moving the few that do.
 */
export class Extents {
  readonly #extentBytes: number
  readonly #extents = new Map<number, Extent>()
  /** The extent of the last `add`, which is mostly that of the next. */
  #last: Extent | undefined
  /** Bytes of records that are still needed. */
  liveBytes = 0

  constructor(extentBytes: number) {
    this.#extentBytes = extentBytes
  }

  /** `entries` queues hold a message at `position`, each of them `share` bytes. */
  add(position: Position, share: number, entries = 1): void {
    const index = Math.floor(position / this.#extentBytes)
    let extent = this.#last?.index === index ? this.#last : this.#extents.get(index)
    if (extent === undefined) {
      extent = { index, count: 0 }
      this.#extents.set(index, extent)
    }
    this.#last = extent
    extent.count += entries
    this.liveBytes += share * entries
  }

  /** One of them is done with it. */
  remove(position: Position, share: number): void {
    const index = Math.floor(position / this.#extentBytes)
    const extent = this.#extents.get(index)!
    this.liveBytes -= share
    if (--extent.count > 0) return
    this.#extents.delete(index)
    if (this.#last === extent) this.#last = undefined
  }

  /** Where the first stretch begins that is still needed: something lives in it, or `end` lies in it. */
  trimmable(end: Position): Position {
    const last = Math.floor(end / this.#extentBytes)
    return Math.min(this.#first() ?? last, last) * this.#extentBytes
  }

  /** Where the first stretch in which something lives ends. */
  firstEnd(): Position | undefined {
    const first = this.#first()
    return first === undefined ? undefined : (first + 1) * this.#extentBytes
  }

  /** Moved messages make stretches out of order, so all (few) are looked at. */
  #first(): number | undefined {
    let first: number | undefined
    for (const index of this.#extents.keys()) if (first === undefined || index < first) first = index
    return first
  }
}
