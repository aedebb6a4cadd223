import type { Position } from './log.ts'
import type { Segment } from './segment.ts'

/** The segments of a log in order; those before the last are sealed. */
export class SegmentList {
  #segments: Segment[]

  constructor(segments: readonly Segment[]) {
    this.#segments = [...segments]
  }

  get first(): Segment | undefined {
    return this.#segments[0]
  }

  get last(): Segment | undefined {
    return this.#segments.at(-1)
  }

  get bytesHeld(): number {
    let sum = 0
    for (const segment of this.#segments) sum += segment.bytesHeld
    return sum
  }

  add(segment: Segment): void {
    this.#segments.push(segment)
  }

  includes(segment: Segment): boolean {
    return this.#segments.includes(segment)
  }

  /** The one that an address lies in. */
  at(position: Position): Segment | undefined {
    let low = 0
    let high = this.#segments.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const segment = this.#segments[middle]!
      if (position < segment.start) high = middle - 1
      else if (position >= segment.end) low = middle + 1
      else return segment
    }
    return undefined
  }

  /** The first that has addresses from one on. */
  from(position: Position): Segment | undefined {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#segments[middle]!.end <= position) low = middle + 1
      else high = middle
    }
    return this.#segments[low]
  }

  /** Those that have addresses in a range. */
  between(from: Position, to: Position): Segment[] {
    return this.#segments.filter((segment) => segment.end > from && segment.base < to)
  }

  /** Where the first begins that `shiftBefore` would leave. */
  startAfter(limit: Position): Position | undefined {
    return (this.#segments.find((segment) => segment.end > limit) ?? this.last)?.start
  }

  /** Takes away the first when all of it lies before an address; the last stays, it holds the log's place. */
  shiftBefore(limit: Position): Segment | undefined {
    return this.#segments.length > 1 && this.#segments[0]!.end <= limit ? this.#segments.shift() : undefined
  }
}
