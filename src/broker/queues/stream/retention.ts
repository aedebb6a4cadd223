import type { Position } from '../../../store/log.ts'

/** A part of a stream that is given up as a whole. */
export interface StreamSegment {
  readonly firstOffset: number
  /** Of its first chunk; Infinity while there is none. */
  position: Position
  /** When its last chunk was written. */
  lastTimestamp: number
  /** What its chunks take in the log. */
  bytes: number
}

/** What of a stream is kept. */
export interface RetentionRules {
  readonly maxLengthBytes: number | undefined
  readonly maxAgeMilliseconds: number | undefined
  /** A segment that has reached it is the last one no longer. */
  readonly segmentBytes: number
}

const COLUMNS = 4

/** The segments of a stream, oldest first. Only whole ones go, and the last one stays. */
export class StreamSegments {
  #segments: StreamSegment[] = []

  get length(): number {
    return this.#segments.length
  }

  get first(): StreamSegment | undefined {
    return this.#segments[0]
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  /** Whether the next chunk has to begin another segment. */
  isFull(rules: RetentionRules): boolean {
    const last = this.#segments.at(-1)
    return last === undefined || last.bytes >= rules.segmentBytes
  }

  /** Begins another one, unless it has begun. */
  begin(firstOffset: number): StreamSegment {
    const last = this.#segments.at(-1)
    if (last?.firstOffset === firstOffset) return last
    const segment = { firstOffset, position: Number.POSITIVE_INFINITY, lastTimestamp: 0, bytes: 0 }
    this.#segments.push(segment)
    return segment
  }

  /** A chunk was added to the last one. */
  grow(chunk: { firstOffset: number; position: Position; bytes: number; timestamp: number }): void {
    const last = this.#segments.at(-1) ?? this.begin(chunk.firstOffset)
    last.position = Math.min(last.position, chunk.position)
    last.bytes += chunk.bytes
    last.lastTimestamp = chunk.timestamp
  }

  /** Drops those before an offset, as they were dropped before. */
  dropBefore(offset: number): void {
    const kept = this.#segments.findLastIndex((segment) => segment.firstOffset <= offset)
    if (kept > 0) this.#segments.splice(0, kept)
  }

  /** Drops what the rules want gone; answers how many segments that were. */
  enforce({ maxLengthBytes, maxAgeMilliseconds }: RetentionRules, now: number): number {
    let kept = 0
    if (maxLengthBytes !== undefined) kept = this.#firstWithin(maxLengthBytes)
    if (maxAgeMilliseconds !== undefined) {
      const oldest = now - maxAgeMilliseconds
      while (kept < this.#segments.length - 1 && this.#segments[kept]!.lastTimestamp < oldest) kept += 1
    }
    if (kept > 0) this.#segments.splice(0, kept)
    return kept
  }

  /** Numbers that `save` gives. */
  get savedLength(): number {
    return 1 + COLUMNS * this.#segments.length
  }

  /** As numbers to be kept: the count, and the segments. */
  save(): number[] {
    return [
      this.#segments.length,
      ...this.#segments.flatMap((one) => [one.firstOffset, one.position, one.lastTimestamp, one.bytes]),
    ]
  }

  /** Takes what `save` gave, from the place `at` on; answers where that ends. */
  load(numbers: Float64Array, at: number): number {
    const count = numbers[at]!
    this.#segments = Array.from({ length: count }, (_, index) => {
      const [firstOffset, position, lastTimestamp, bytes] = numbers.subarray(at + 1 + index * COLUMNS)
      return { firstOffset: firstOffset!, position: position!, lastTimestamp: lastTimestamp!, bytes: bytes! }
    })
    return at + 1 + count * COLUMNS
  }

  /** Index of the oldest segment that fits with all that are newer. */
  #firstWithin(bytesMax: number): number {
    let kept = this.#segments.length - 1
    for (let sum = this.#segments[kept]?.bytes ?? 0; kept > 0; kept--) {
      sum += this.#segments[kept - 1]!.bytes
      if (sum > bytesMax) break
    }
    return Math.max(0, kept)
  }
}
