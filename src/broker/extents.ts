import type { Position } from '../store/log.ts'
import type { Message } from './message.ts'

/** What is still needed of one stretch of the message log. */
export interface Extent {
  readonly index: number
  oldest: Message | undefined
  newest: Message | undefined
  count: number
}

/**
 * Which stored messages live where in the log, by stretches of equal length, so that the oldest
 * stretch can be given up when nothing in it lives, or emptied by moving the few that do.
 */
export class Extents {
  readonly #extentBytes: number
  readonly #extents = new Map<number, Extent>()
  /** Bytes of records that are still needed. */
  liveBytes = 0

  constructor(extentBytes: number) {
    this.#extentBytes = extentBytes
  }

  add(message: Message): void {
    const index = Math.floor(message.position / this.#extentBytes)
    let extent = this.#extents.get(index)
    if (extent === undefined) {
      extent = { index, oldest: undefined, newest: undefined, count: 0 }
      this.#extents.set(index, extent)
    }
    message.older = extent.newest
    message.newer = undefined
    if (extent.newest === undefined) extent.oldest = message
    else extent.newest.newer = message
    extent.newest = message
    extent.count++
    this.liveBytes += message.recordSize
  }

  remove(message: Message): void {
    const extent = this.#extents.get(Math.floor(message.position / this.#extentBytes))!
    if (message.older === undefined) extent.oldest = message.newer
    else message.older.newer = message.newer
    if (message.newer === undefined) extent.newest = message.older
    else message.newer.older = message.older
    message.older = undefined
    message.newer = undefined
    extent.count--
    this.liveBytes -= message.recordSize
    if (extent.count === 0) this.#extents.delete(extent.index)
  }

  /** The first stretch in which something lives. Stretches are made in order, so it is the first of the map… */
  get first(): Extent | undefined {
    let first: Extent | undefined
    for (const extent of this.#extents.values()) {
      // …except that messages restored or moved may come in any order, so all (few) are looked at.
      if (first === undefined || extent.index < first.index) first = extent
    }
    return first
  }

  /** Where the first stretch in which something lives begins; `end` when nothing lives. */
  trimmable(end: Position): Position {
    const { first } = this
    return first === undefined ? end : Math.min(end, first.index * this.#extentBytes)
  }
}
