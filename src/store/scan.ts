import { crc32 } from 'node:zlib'
import { type Words, wordsOf } from './checksum.ts'
import type { DiskFile } from './disk.ts'
import type { Position } from './log.ts'
import * as record from './record.ts'
import { RecordView } from './record-view.ts'
import { ScanWindow } from './scan-window.ts'
import type { Segment } from './segment.ts'

const WINDOW = 512 * 1024

/** What a scan tells of a segment on its way. */
export interface ScanVisitor {
  readonly bodies: boolean
  /** The record's bytes are gone when the visit returns; its head lies right before its header. */
  record(record: RecordView): void
  /** One of the journal's own records but the seal, at `at`. */
  own?(words: Words, at: number): void
  /** A range in which no record verified; `to` is where the scan was to end when none came after. */
  hole(from: Position, to: Position, unreadable: boolean): void
}

/** What a scan found at its end. */
export interface ScanResult {
  /** Behind the last record that verified, not counting the seal. */
  readonly end: Position
  /** Where the last record that verified began to be written: all before it was durable then. */
  readonly proven: Position
  readonly sealed: boolean
  readonly count: number
}

/** Where a scan looks. */
export interface ScanRange {
  /** Where a record begins, or might; the segment's first if not said. */
  readonly from?: Position
  readonly to?: Position
  readonly windowBytes?: number
}

/**
 * Visits the records of a segment in order, up to its seal or to `to`. After damage it looks for the next
 * record that verifies. Sectors that cannot be read count as damaged.
 */
export async function scanSegment(
  file: DiskFile,
  segment: Segment,
  visitor: ScanVisitor,
  { from = segment.start, to = segment.end, windowBytes = WINDOW }: ScanRange = {},
): Promise<ScanResult> {
  const limit = Math.min(to - segment.base, await file.size())
  const window = new ScanWindow(file, limit, windowBytes)
  try {
    return await new Scan(window, segment, visitor, { limit, to }).run(from - segment.base)
  } finally {
    await window.settle()
  }
}

class Scan {
  readonly #window: ScanWindow
  readonly #segment: Segment
  readonly #visitor: ScanVisitor
  /** Offset behind the last byte to look at. */
  readonly #limit: number
  /** Where the segment's records may reach, in the file or not. */
  readonly #to: Position
  readonly #scanned = new RecordView()

  constructor(
    window: ScanWindow,
    segment: Segment,
    visitor: ScanVisitor,
    range: { readonly limit: number; readonly to: Position },
  ) {
    this.#window = window
    this.#segment = segment
    this.#visitor = visitor
    this.#limit = range.limit
    this.#to = range.to
  }

  async run(from: number): Promise<ScanResult> {
    const { base } = this.#segment
    let offset = from
    let end = offset
    let proven = 0
    let count = 0
    while (offset < this.#limit) {
      if (!this.#window.holds(offset, this.#need(offset))) await this.#bring(offset)
      if (!this.#verifies(offset)) {
        const next = await this.#resync(offset + 8)
        const unreadable = this.#window.isUnreadable(offset, next ?? this.#limit)
        this.#visitor.hole(base + offset, next === undefined ? this.#to : base + next, unreadable)
        if (next === undefined) break
        offset = next
        continue
      }
      const at = offset - this.#window.from
      const { view } = this.#window.words
      const size = record.recordSize(record.headerSizeAt(view, at), record.bodySizeAt(view, at))
      proven = Math.max(proven, base + offset - record.distanceAt(view, at))
      if (record.typeAt(view, at) === record.OWN_TYPE) {
        if (record.ownKindAt(view, at) === record.OwnKind.seal) return { end: base + end, proven, sealed: true, count }
        this.#visitor.own?.(this.#window.words, at)
      } else {
        if (!this.#visit(offset)) await this.#visitLarge(offset)
        count += 1
      }
      offset += size
      end = Math.min(offset, this.#limit)
    }
    return { end: base + end, proven, sealed: false, count }
  }

  /** Loads what is needed to judge the bytes at this offset: the head tells how much that is. */
  async #bring(offset: number): Promise<void> {
    for (let need = this.#need(offset); !this.#window.holds(offset, need); need = this.#need(offset)) {
      await this.#window.load(offset, need)
    }
  }

  /** How much of what is at this offset must be in the window to judge it: the whole record, if it is no giant. */
  #need(offset: number): number {
    const rest = this.#limit - offset
    if (rest < record.HEAD_SIZE) return rest
    if (!this.#window.holds(offset, record.HEAD_SIZE)) return record.HEAD_SIZE
    const at = offset - this.#window.from
    const { view } = this.#window.words
    if (!record.claimsPosition(view, at, this.#segment.base + offset)) return record.HEAD_SIZE
    const headSize = record.HEAD_SIZE + record.headerSizeAt(view, at)
    const size = headSize + record.bodySizeAt(view, at)
    if (headSize > rest) return record.HEAD_SIZE
    return size <= rest && size <= this.#window.size ? size : headSize
  }

  /** Whether a record's head and header verify at this offset. */
  #verifies(offset: number): boolean {
    const at = offset - this.#window.from
    if (!this.#window.holds(offset, record.HEAD_SIZE)) return false
    if (!record.claimsPosition(this.#window.words.view, at, this.#segment.base + offset)) return false
    const headSize = record.HEAD_SIZE + record.headerSizeAt(this.#window.words.view, at)
    return this.#window.holds(offset, headSize) && record.headVerifies(this.#window.words, at, this.#segment.seed)
  }

  /** Hands the verified record at this offset to the visitor; false for a giant, which has to be read first. */
  #visit(offset: number): boolean {
    const { view } = this.#window.words
    const at = offset - this.#window.from
    const scanned = this.#scanned
    scanned.position = this.#segment.base + offset
    scanned.type = record.typeAt(view, at)
    scanned.bodySize = record.bodySizeAt(view, at)
    scanned.bodyBuffer = undefined
    scanned.words = this.#window.words
    scanned.headerAt = at + record.HEAD_SIZE
    scanned.headerSize = record.headerSizeAt(view, at)
    const bodyAt = scanned.headerAt + scanned.headerSize
    // A file that was cut short lacks the end of the body.
    const missing = offset + record.HEAD_SIZE + scanned.headerSize + scanned.bodySize > this.#limit
    if (!missing && !this.#window.holds(offset, bodyAt + scanned.bodySize - at)) return false
    scanned.damaged = missing || !record.bodyVerifies(this.#window.words, at, this.#segment.seed)
    if (!scanned.damaged && this.#visitor.bodies) this.#attachBody(this.#window.words.buffer, bodyAt)
    this.#visitor.record(scanned)
    return true
  }

  #attachBody(buffer: Buffer, at: number): void {
    this.#scanned.bodyBuffer = buffer
    this.#scanned.bodyAt = at
  }

  /** A body beyond the window is read piece by piece, and held whole only if it is asked for. */
  async #visitLarge(offset: number): Promise<void> {
    const scanned = this.#scanned
    const at = offset - this.#window.from
    const expected = record.bodyChecksumAt(this.#window.words.view, at)
    const headLength = scanned.headerAt + scanned.headerSize - at
    const head = Buffer.alloc(record.alignUp(headLength))
    this.#window.words.buffer.copy(head, 0, at, at + headLength)
    const body = this.#visitor.bodies ? Buffer.allocUnsafeSlow(scanned.bodySize) : undefined
    let crc = this.#segment.seed
    const { size } = this.#window
    for (let done = 0; done < scanned.bodySize; done += size) {
      const length = Math.min(size, scanned.bodySize - done)
      await this.#window.load(offset + headLength + done, length)
      const piece = this.#window.words.buffer.subarray(0, length)
      crc = crc32(piece, crc)
      body?.set(piece, done)
    }
    scanned.words = wordsOf(head)
    scanned.headerAt = record.HEAD_SIZE
    scanned.damaged = crc !== expected
    if (!scanned.damaged && body !== undefined) this.#attachBody(body, 0)
    this.#visitor.record(scanned)
  }

  /** Offset of the next record that verifies, at or after `offset`. */
  async #resync(offset: number): Promise<number | undefined> {
    let from = offset
    while (from + record.HEAD_SIZE <= this.#limit) {
      if (!this.#window.holds(from, record.HEAD_SIZE)) await this.#window.load(from, record.HEAD_SIZE)
      const end = Math.min(this.#window.to, this.#limit)
      const found = this.#window.words.buffer
        .subarray(0, end - this.#window.from)
        .indexOf(record.markBytes, from - this.#window.from)
      if (found < 0) {
        // The mark may lie across the window's end.
        from = Math.max(from + 8, Math.floor((end - 3) / 8) * 8)
        continue
      }
      const candidate = this.#window.from + found
      if (candidate % 8 === 0) {
        if (!this.#window.holds(candidate, this.#need(candidate))) await this.#bring(candidate)
        if (this.#verifies(candidate)) return candidate
      }
      from = candidate + 1
    }
    return undefined
  }
}
