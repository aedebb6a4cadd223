import type { Position } from '../store/log.ts'

/** What is still needed of one stretch of the message log. */
interface Extent {
  readonly index: number
  /** Entries of queues whose messages lie in it. */
  count: number
  /** What their shares come to. */
  bytes: number
}

/**
 * How much of the message log is still needed, by stretches of equal length, so that the oldest
 * stretch can be given up when nothing in it lives, or emptied by moving the few that do.
 */
export class Extents {
  readonly #extentBytes: number
  readonly #extents = new Map<number, Extent>()
  /** The extents of the last `add` and `remove`, which are mostly those of the next. */
  #last: Extent | undefined
  #lastLeft: Extent | undefined
  /** The lowest index in use; undefined when it has to be looked for. */
  #lowest: number | undefined
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
      extent = { index, count: 0, bytes: 0 }
      this.#extents.set(index, extent)
      if (this.#lowest !== undefined && index < this.#lowest) this.#lowest = index
    }
    this.#last = extent
    extent.count += entries
    extent.bytes += share * entries
    this.liveBytes += share * entries
  }

  /** One of them is done with it. */
  remove(position: Position, share: number): void {
    const index = Math.floor(position / this.#extentBytes)
    const extent = this.#lastLeft?.index === index ? this.#lastLeft : this.#extents.get(index)!
    this.#lastLeft = extent
    this.liveBytes -= share
    extent.bytes -= share
    if (--extent.count > 0) return
    this.#lastLeft = undefined
    this.#extents.delete(index)
    if (this.#last === extent) this.#last = undefined
    if (this.#lowest === index) this.#lowest = undefined
  }

  /** Nothing is needed of the whole log. */
  get isEmpty(): boolean {
    return this.#extents.size === 0
  }

  /** Bytes that are still needed of the first stretch in which something lives. */
  get firstBytes(): number {
    const first = this.#first()
    return first === undefined ? 0 : this.#extents.get(first)!.bytes
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

  /** Moved messages make stretches out of order, so all are looked at when the first is gone. */
  #first(): number | undefined {
    if (this.#lowest !== undefined) return this.#lowest
    for (const index of this.#extents.keys()) {
      if (this.#lowest === undefined || index < this.#lowest) this.#lowest = index
    }
    return this.#lowest
  }
}
