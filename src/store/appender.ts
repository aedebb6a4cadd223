import { BATCH_BYTES_MAX, Batch, BatchMemory } from './batch.ts'
import type { Position, Reservation } from './log.ts'
import * as record from './record.ts'
import { DATA_OFFSET, Segment, type SegmentIdentity, segmentSizeFor, writeSegmentHeader } from './segment.ts'
import { IndexBuilder } from './segment-index.ts'
import type { SegmentPlan } from './segment-supply.ts'

interface MutableReservation extends Reservation {
  position: Position
  buffer: Buffer
  offset: number
}

export interface AppenderOptions {
  /** The segment that the first record will begin; nothing of it is on disk. */
  readonly next: SegmentIdentity
  /** Addresses to give the segment behind one of this size. */
  readonly sizeAfter: (previous: number) => number
}

/**
 * Lays out records in batches: gives each its address and place in memory, begins segments, ends them
 * with a seal, and hands over batches to be written in order. Knows no file.
 */
export class Appender implements SegmentPlan {
  readonly #sizeAfter: (previous: number) => number
  readonly #memory = new BatchMemory()
  readonly #reservation: MutableReservation = { position: 0, buffer: Buffer.alloc(0), offset: 0 }
  readonly #head: record.RecordHead = { type: 0, position: 0, distance: 0, headerSize: 0, bodySize: 0 }
  /** In order; the last one is still being formed. */
  #batches: Batch[] = []
  #forming: Batch | undefined
  /** Where in the forming batch a record lies whose checksums are missing; -1 for none. */
  #open = -1
  /** The segment records go to, and the identity of the one after. */
  #segment: Segment | undefined
  #next: SegmentIdentity
  #end: Position

  constructor(options: AppenderOptions) {
    this.#sizeAfter = options.sizeAfter
    this.#next = options.next
    this.#end = options.next.base + DATA_OFFSET
  }

  get end(): Position {
    return this.#end
  }

  bytesOf(number: number): number {
    return this.#begun(number)?.size ?? this.#next.size
  }

  mostBytes(number: number): number {
    const segment = this.#begun(number)
    return segment === undefined || segment === this.#segment ? this.bytesOf(number) : this.leastBytes(number)
  }

  leastBytes(number: number): number {
    const segment = this.#begun(number)
    if (segment === undefined) return 0
    if (segment === this.#segment) return this.#end + record.OWN_SIZE - segment.base
    return this.#batches.findLast((batch) => batch.segment === segment)!.end - segment.base
  }

  /** Bytes laid out in segments behind this one that are not handed over yet. */
  bytesBeyond(number: number): number {
    let sum = 0
    for (const { segment, length } of this.#batches) if (segment.number > number) sum += length
    return sum
  }

  limit(number: number, bytes: number): void {
    const segment = this.#begun(number)
    if (segment === undefined) {
      if (this.#next.number === number) this.#next = { ...this.#next, size: bytes }
      return
    }
    if (bytes > segment.size && segment === this.#segment && segment.file === undefined) this.#extend(segment, bytes)
    segment.capacity = Math.min(segment.size, bytes)
  }

  /** The file of a segment turns out larger than was planned when its header was laid out. */
  #extend(segment: Segment, bytes: number): void {
    segment.size = bytes
    const { words } = this.#batches.find((batch) => batch.segment === segment)!
    writeSegmentHeader(words.buffer, segment)
    this.#next = { ...this.#next, base: segment.end, size: this.#sizeAfter(bytes) }
  }

  /** A segment that records were laid out in and that has no file, or is the current one. */
  #begun(number: number): Segment | undefined {
    if (this.#segment?.number === number) return this.#segment
    return this.#batches.find((batch) => batch.segment.number === number)?.segment
  }

  /** The segment that records go to. */
  get current(): Segment | undefined {
    return this.#segment
  }

  /** The segment that the next one to begin will be. */
  get next(): SegmentIdentity {
    return this.#next
  }

  /** The oldest batch not yet taken. */
  get first(): Batch | undefined {
    return this.#batches[0]
  }

  /** Batches not yet taken, oldest first. */
  get batches(): readonly Batch[] {
    this.#complete()
    return this.#batches
  }

  reserve(type: number, headerSize: number, bodySize: number): Reservation {
    record.assertRecordSize(type, headerSize, bodySize)
    this.#complete()
    const size = record.recordSize(headerSize, bodySize)
    let batch = this.#forming
    if (batch === undefined || !this.#fits(batch, size)) batch = this.#roomFor(size)
    const at = batch.length
    const position = batch.start + at
    const head = this.#head
    head.type = type
    head.position = position
    head.distance = at
    head.headerSize = headerSize
    head.bodySize = bodySize
    record.writeHead(batch.words, at, head)
    batch.length = at + size
    batch.segment.count += 1
    this.#open = at
    this.#end = position + size
    const reservation = this.#reservation
    reservation.position = position
    reservation.buffer = batch.words.buffer
    reservation.offset = at + record.HEAD_SIZE
    return reservation
  }

  /** Hands over the oldest batch, complete; no record is added to it any more. */
  take(): Batch | undefined {
    this.#complete()
    const batch = this.#batches.shift()
    if (batch === this.#forming) this.#forming = undefined
    return batch
  }

  /** Takes back the memory of a batch that is written. */
  release(batch: Batch): void {
    this.#memory.give(batch.words)
  }

  /** Ends the current segment with a seal; the next record begins another one. */
  endSegment(): void {
    if (this.#segment === undefined) return
    this.#addOwn(this.#segment, record.OwnKind.seal)
    this.#forming = undefined
    this.#segment = undefined
  }

  /** Gives all memory back that holds no record. */
  sleep(): void {
    this.#memory.clear()
  }

  /** Ends the current segment and begins another one. */
  roll(): void {
    this.endSegment()
    const segment = this.#begin(record.OWN_SIZE)
    this.#beginBatch(segment, record.OWN_SIZE)
    this.#addOwn(segment, record.OwnKind.rest)
  }

  /** Adds a rest; false when there is nothing to add it to. */
  rest(): boolean {
    const segment = this.#segment
    // Room for the seal has to stay.
    if (segment === undefined || this.#end + 2 * record.OWN_SIZE > segment.limit) return false
    this.#addOwn(segment, record.OwnKind.rest)
    return true
  }

  #addOwn(segment: Segment, kind: record.OwnKind): void {
    this.#complete()
    const batch = this.#forming ?? this.#newBatch(segment, record.OWN_SIZE)
    const length = batch.length + record.OWN_SIZE
    if (length > batch.words.buffer.length) this.#memory.grow(batch, length)
    const own = { kind, position: batch.end, distance: batch.length, count: segment.count }
    record.writeOwnRecord(batch.words, batch.length, own, segment.seed)
    if (kind !== record.OwnKind.seal) segment.index?.add(batch.words, batch.length)
    batch.length = length
    this.#end = batch.end
  }

  /** Gives the last record its checksums: its content is in place by the time of the next call. */
  #complete(): void {
    if (this.#open < 0) return
    const batch = this.#forming!
    record.completeRecord(batch.words, this.#open, batch.segment.seed)
    batch.segment.index?.add(batch.words, this.#open)
    this.#open = -1
  }

  /** Whether a record fits into the batch as it is. */
  #fits(batch: Batch, size: number): boolean {
    const length = batch.length + size
    return length <= batch.words.buffer.length && batch.start + length + record.OWN_SIZE <= batch.segment.limit
  }

  /** A batch with room for a record, in this segment or the next, in this batch or a new one. */
  #roomFor(size: number): Batch {
    const segment = this.#segment
    if (segment !== undefined) {
      if (this.#end + size + record.OWN_SIZE <= segment.limit) {
        const batch = this.#forming
        if (batch === undefined) return this.#newBatch(segment, size)
        if (batch.length + size <= BATCH_BYTES_MAX) {
          this.#memory.grow(batch, batch.length + size)
          return batch
        }
        return this.#newBatch(segment, size)
      }
      this.endSegment()
    }
    return this.#beginBatch(this.#begin(size), size)
  }

  #begin(size: number): Segment {
    const identity = this.#next
    const segment = new Segment({ ...identity, size: Math.max(identity.size, segmentSizeFor(size)) })
    segment.index = new IndexBuilder(segment.size)
    this.#segment = segment
    this.#next = {
      number: segment.number + 1,
      base: segment.end,
      size: this.#sizeAfter(segment.size),
      salt: segment.salt,
    }
    return segment
  }

  /** Begins a batch behind the last byte given away. */
  #newBatch(segment: Segment, bytes: number): Batch {
    return this.#add(new Batch(segment, this.#end, this.#memory.take(bytes)))
  }

  /** The first batch of a segment brings the segment's header. */
  #beginBatch(segment: Segment, bytes: number): Batch {
    const batch = new Batch(segment, segment.base, this.#memory.take(DATA_OFFSET + bytes))
    writeSegmentHeader(batch.words.buffer, segment)
    batch.length = DATA_OFFSET
    return this.#add(batch)
  }

  #add(batch: Batch): Batch {
    this.#forming = batch
    this.#batches.push(batch)
    return batch
  }
}
