import type { Position } from '../../../store/log.ts'
import { ChunkIndex } from './chunk-index.ts'
import { ChunkFlag, type ChunkHead } from './chunk-record.ts'
import { type RetentionRules, StreamSegments } from './retention.ts'

/** Version of the form in which it is kept. */
const FORM = 1
const FIXED = 8

/** What is known of a stream's content without reading it; changes with every chunk. */
export class Outline {
  readonly index = new ChunkIndex()
  readonly segments = new StreamSegments()
  /** Offset of the first message that is held. */
  firstOffset = 0
  /** Offset of the next message to be written. */
  nextOffset = 0
  /** The chunk written last. */
  lastChunkOffset = 0
  lastTimestamp = 0
  /** Where the newest index record is; 0 for none. */
  indexPosition: Position = 0
  /** Bytes of chunks behind it. */
  bytesSinceIndex = 0

  /** Messages that are held. */
  get count(): number {
    return this.nextOffset - this.firstOffset
  }

  /** A chunk of so many bytes was written, or found behind those known. */
  add(head: ChunkHead, position: Position, bytes: number): void {
    const { firstOffset, timestamp, flags } = head
    // What comes first was left when the front of the log was given up.
    if (this.segments.length === 0) this.firstOffset = firstOffset
    if ((flags & ChunkFlag.segmentStart) !== 0) this.segments.begin(firstOffset)
    this.segments.grow({ firstOffset, position, bytes, timestamp })
    this.index.add(firstOffset, timestamp, position)
    this.nextOffset = firstOffset + head.count
    this.lastChunkOffset = firstOffset
    this.lastTimestamp = timestamp
    this.bytesSinceIndex += bytes
    if (head.heldFrom > this.firstOffset) this.#dropBefore(head.heldFrom)
  }

  /**
   * Lets go of what the rules want gone. Answers where in the log the rest begins, if anything went; Infinity when
   * nothing of the rest is written yet.
   */
  enforce(rules: RetentionRules, now: number): Position | undefined {
    if (this.segments.enforce(rules, now) === 0) return undefined
    const first = this.segments.first!
    this.#dropBefore(first.firstOffset)
    return first.position
  }

  /** Begins a segment if the last one is full. True when it does: then it is time to enforce the rules. */
  roll(rules: RetentionRules): boolean {
    if (!this.segments.isFull(rules)) return false
    this.segments.begin(this.nextOffset)
    return true
  }

  /** Bytes that `save` would give. */
  get savedSize(): number {
    return 8 * (FIXED + this.index.savedLength + this.segments.savedLength)
  }

  /** All of it, to be kept in an index record. */
  save(): Buffer {
    const numbers = [FORM, this.firstOffset, this.nextOffset, this.lastChunkOffset, this.lastTimestamp, 0, 0, 0]
    return Buffer.from(Float64Array.from([...numbers, ...this.index.save(), ...this.segments.save()]).buffer)
  }

  /** What `save` gave at a position; undefined when it is of a form that is not known. */
  static load(bytes: Buffer, position: Position): Outline | undefined {
    const numbers = new Float64Array(bytes.length / 8)
    for (let index = 0; index < numbers.length; index++) numbers[index] = bytes.readDoubleLE(index * 8)
    if (numbers[0] !== FORM) return undefined
    const outline = new Outline()
    outline.firstOffset = numbers[1]!
    outline.nextOffset = numbers[2]!
    outline.lastChunkOffset = numbers[3]!
    outline.lastTimestamp = numbers[4]!
    outline.indexPosition = position
    outline.segments.load(numbers, outline.index.load(numbers, FIXED))
    return outline
  }

  #dropBefore(offset: number): void {
    this.firstOffset = offset
    this.segments.dropBefore(offset)
    this.index.dropBefore(offset)
  }
}
