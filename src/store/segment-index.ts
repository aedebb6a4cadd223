import { crc32 } from 'node:zlib'
import { type Words, wordsOf } from './checksum.ts'
import { type Disk, type DiskFile, errorCode } from './disk.ts'
import type { Position, VisitedRecord } from './log.ts'
import {
  completePreamble,
  FileKind,
  FORMAT,
  formatOf,
  getAddress,
  newPreamble,
  PREAMBLE_SIZE,
  readPreamble,
  setAddress,
} from './preamble.ts'
import * as record from './record.ts'
import { RecordView } from './record-view.ts'
import type { Segment } from './segment.ts'

/**
 * The index of a sealed segment, beside it: what a start needs of its records, so that bodies are not read.
 * It is a preamble, whose own part is
 *
 *     12  u32  salt of the log
 *     16  u32  segment number
 *     20  u32  bytes of the entries
 *     24  u64  the segment's base
 *     32  u64  behind the last record, where the seal is
 *     40  u32  CRC-32 of the entries
 *
 * and an entry for each record, in order and without gaps between the records, the journal's own included:
 *
 *      0  u32  type (8 bits) · header size (24 bits)
 *      4  u32  body size
 *      8       header · whatever, up to a multiple of 4
 *
 * Nothing depends on it: one that is missing, of another format or bad is made anew from its segment.
 */
const ENTRY_HEAD = 8
/** Where the two words of an entry are in a record's head. */
const SIZES_AT = 20
const SMALLEST = 4096
/** Beyond this part of its segment an index would save nothing. */
const PART_MAX = 0.5

export function indexName(number: number): string {
  return `${number.toString().padStart(10, '0')}.index`
}

/** Gathers the index of a segment while its records pass by. */
export class IndexBuilder {
  readonly #bytesMax: number
  /** Undefined when it grew too large to be of use. */
  #words: Words | undefined = wordsOf(Buffer.allocUnsafeSlow(SMALLEST))
  #length = PREAMBLE_SIZE

  /** For a segment of so many addresses. */
  constructor(segmentBytes: number) {
    this.#bytesMax = Math.floor(segmentBytes * PART_MAX)
  }

  /** Adds the record whose head lies at `at`, with its header behind it. */
  add(source: Words, at: number): void {
    if (this.#words === undefined) return
    const from = source.view
    const sizes = from.getUint32(at + SIZES_AT, true)
    const end = this.#length + ENTRY_HEAD + (sizes & record.HEADER_SIZE_MAX)
    if (end + 4 > this.#words.buffer.length && !this.#grow(end + 4)) return
    const to = this.#words.view
    to.setUint32(this.#length, sizes, true)
    to.setUint32(this.#length + 4, from.getUint32(at + SIZES_AT + 4, true), true)
    let target = this.#length + ENTRY_HEAD
    // Records are padded to 8 bytes, so the last word is theirs.
    for (let header = at + record.HEAD_SIZE; target < end; header += 4, target += 4) {
      to.setUint32(target, from.getUint32(header, true), true)
    }
    this.#length = target
  }

  /** The file's bytes, when the index is worth writing; `end` is where the segment's seal is. */
  finish(segment: Segment, end: Position): Buffer | undefined {
    if (this.#words === undefined || this.#length > (end - segment.base) * PART_MAX) return undefined
    const bytes = this.#words.buffer.subarray(0, this.#length)
    const entries = bytes.subarray(PREAMBLE_SIZE)
    const view = newPreamble(FileKind.index)
    view.setUint32(12, segment.salt, true)
    view.setUint32(16, segment.number, true)
    view.setUint32(20, entries.length, true)
    setAddress(view, 24, segment.base)
    setAddress(view, 32, end)
    view.setUint32(40, crc32(entries), true)
    completePreamble(view).copy(bytes)
    return bytes
  }

  #grow(bytes: number): boolean {
    const before = this.#words!.buffer
    if (bytes > this.#bytesMax) {
      this.#words = undefined
      return false
    }
    const size = Math.min(Math.max(bytes, before.length * 2), this.#bytesMax)
    this.#words = wordsOf(Buffer.allocUnsafeSlow(size))
    before.copy(this.#words.buffer, 0, 0, this.#length)
    return true
  }
}

/** An index that verified. */
export interface SegmentIndex {
  readonly segment: Segment
  /** Behind the last record. */
  readonly end: Position
  /** The whole file, in memory that the reader uses again for the one after the next. */
  readonly words: Words
  readonly bytes: number
}

/** Reads indexes one after the other into the same memory: two of them at a time can be in use. */
export class IndexReader {
  readonly #disk: Disk
  readonly #directory: string
  #memory: [Words, Words] = [wordsOf(Buffer.alloc(0)), wordsOf(Buffer.alloc(0))]

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /** The index of a segment; undefined when there is none that fits it and verifies. */
  async read(segment: Segment): Promise<SegmentIndex | undefined> {
    const path = `${this.#directory}/${indexName(segment.number)}`
    const file = await this.#disk.open(path, 'read').catch((error: Error) => {
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    })
    if (file === undefined) return undefined
    try {
      return await this.#read(file, segment)
    } catch (error) {
      if (errorCode(error) !== 'EIO') throw error
      return undefined
    } finally {
      await file.close()
    }
  }

  async #read(file: DiskFile, segment: Segment): Promise<SegmentIndex | undefined> {
    const bytes = await file.size()
    if (bytes < PREAMBLE_SIZE || bytes > segment.size) return undefined
    let [, words] = this.#memory
    if (words.buffer.length < bytes) words = wordsOf(Buffer.allocUnsafeSlow(bytes))
    this.#memory = [words, this.#memory[0]]
    if ((await file.read(words.buffer.subarray(0, bytes), 0)) < bytes) return undefined
    const view = readPreamble(words.buffer, 0, FileKind.index)
    if (view === undefined || formatOf(view) !== FORMAT) return undefined
    const end = getAddress(view, 32)
    const isOf = view.getUint32(12, true) === segment.salt && view.getUint32(16, true) === segment.number
    // A segment whose file lost its end has to be looked at itself.
    const isWhole = getAddress(view, 24) === segment.base && end - segment.base <= segment.bytesHeld - record.OWN_SIZE
    if (!isOf || !isWhole || view.getUint32(20, true) !== bytes - PREAMBLE_SIZE) return undefined
    if (crc32(words.buffer.subarray(PREAMBLE_SIZE, bytes)) !== view.getUint32(40, true)) return undefined
    return { segment, end, words, bytes }
  }
}

/** Visits the records an index tells of, from a position on. Their bodies are neither read nor verified. */
export function visitIndex(index: SegmentIndex, from: Position, visit: (record: VisitedRecord) => void): void {
  const { words, bytes, segment } = index
  const { view } = words
  const visited = new RecordView()
  visited.words = words
  let position = segment.start
  for (let at = PREAMBLE_SIZE; at < bytes; ) {
    const sizes = view.getUint32(at, true)
    const headerSize = sizes & record.HEADER_SIZE_MAX
    const bodySize = view.getUint32(at + 4, true)
    const type = sizes >>> 24
    if (type !== record.OWN_TYPE && position >= from) {
      visited.position = position
      visited.type = type
      visited.headerAt = at + ENTRY_HEAD
      visited.headerSize = headerSize
      visited.bodySize = bodySize
      visit(visited)
    }
    at += ENTRY_HEAD + ((headerSize + 3) & ~3)
    position += record.recordSize(headerSize, bodySize)
  }
}
