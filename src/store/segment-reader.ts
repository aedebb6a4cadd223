import { type Words, wordsOf } from './checksum.ts'
import type { Disk, DiskFile } from './disk.ts'
import type { LogRecord, Position } from './log.ts'
import * as record from './record.ts'
import { readTolerantly } from './scan-window.ts'
import type { Segment } from './segment.ts'
import { WholeRecord } from './whole-record.ts'

/** One read of the disk; a backlog is drained in such pieces, in order. */
const BLOCK_BYTES = 256 * 1024
const BLOCKS_MAX = 16
const FILES_MAX = 64
/** What is read at first of a record far from others: most records are smaller. */
const ALONE_BYTES = 4096

/** A piece of a segment's file, or the read that is fetching it. */
interface Block {
  readonly segment: Segment
  readonly index: number
  readonly bytes: Promise<Buffer>
  /** Set once the read is done. */
  words: Words | undefined
  /** Offset in the file up to which it held durable bytes when it was read. */
  readonly validTo: number
}

interface OpenFile {
  readonly file: Promise<DiskFile>
  users: number
  dropped: boolean
}

/**
 * Reads single records back from segments. Blocks are kept for a while and shared by concurrent reads;
 * when they are asked for in order, the next one is fetched ahead.
 */
export class SegmentReader {
  readonly #disk: Disk
  readonly #directory: string
  /** Least recently used first. */
  readonly #blocks = new Map<number, Block>()
  readonly #files = new Map<number, OpenFile>()

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /** The record when all of it lies in one block at hand. */
  cached(segment: Segment, position: Position): LogRecord | undefined {
    const offset = position - segment.base
    const block = this.#blocks.get(keyOf(segment, Math.floor(offset / BLOCK_BYTES)))
    if (block?.words === undefined) return undefined
    const from = block.index * BLOCK_BYTES
    return decodeRecord(block.words, { at: offset - from, to: block.validTo - from }, segment, position)
  }

  /** Reads and verifies a record; undefined when there is none that verifies at this position. */
  async read(segment: Segment, position: Position, durable: Position): Promise<LogRecord | undefined> {
    const offset = position - segment.base
    const to = Math.min(durable, segment.end) - segment.base
    const head = await this.#bytes(segment, { offset, length: record.HEAD_SIZE }, to)
    if (head === undefined) return undefined
    const { view } = wordsOf(head)
    if (!record.claimsPosition(view, 0, position)) return undefined
    const length = record.HEAD_SIZE + record.headerSizeAt(view, 0) + record.bodySizeAt(view, 0)
    const bytes = await this.#bytes(segment, { offset, length }, to)
    return bytes === undefined ? undefined : decodeRecord(wordsOf(bytes), { at: 0, to: length }, segment, position)
  }

  /** As `read`, for a record far from others that are wanted: takes no more from the disk than that needs. */
  async readAlone(segment: Segment, position: Position, durable: Position): Promise<LogRecord | undefined> {
    const offset = position - segment.base
    const available = Math.min(durable, segment.end) - position
    if (available < record.HEAD_SIZE) return undefined
    const first = await this.fetch(segment, offset, Math.min(ALONE_BYTES, available))
    const { view } = wordsOf(first)
    if (!record.claimsPosition(view, 0, position)) return undefined
    const length = record.HEAD_SIZE + record.headerSizeAt(view, 0) + record.bodySizeAt(view, 0)
    if (length > available) return undefined
    const bytes = length <= first.length ? first : await this.fetch(segment, offset, length)
    return decodeRecord(wordsOf(bytes), { at: 0, to: length }, segment, position)
  }

  /** Forgets a segment whose file goes; reads under way find nothing that verifies. */
  forget(segment: Segment): void {
    for (const [key, block] of this.#blocks) if (block.segment === segment) this.#blocks.delete(key)
    this.leave(segment)
  }

  /** Closes a segment's file; whoever needs it again opens it again. */
  leave(segment: Segment): void {
    const open = this.#files.get(segment.number)
    if (open === undefined) return
    this.#files.delete(segment.number)
    this.#drop(open)
  }

  async close(): Promise<void> {
    for (const block of this.#blocks.values()) await block.bytes.catch(() => undefined)
    this.#blocks.clear()
    const opened = [...this.#files.values()]
    this.#files.clear()
    for (const open of opened) {
      // What is being read from is closed behind that.
      if (open.users > 0) open.dropped = true
      else await closeQuietly(open)
    }
  }

  /** Bytes of a segment that lie before `to`; undefined when they do not. */
  async #bytes(segment: Segment, range: { offset: number; length: number }, to: number): Promise<Buffer | undefined> {
    const { offset, length } = range
    if (offset + length > to) return undefined
    const first = Math.floor(offset / BLOCK_BYTES)
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES)
    if (last - first > 2) return await this.fetch(segment, offset, length)
    const pieces: Buffer[] = []
    for (let index = first; index <= last; index++) {
      const from = Math.max(offset - index * BLOCK_BYTES, 0)
      const end = Math.min(offset + length - index * BLOCK_BYTES, BLOCK_BYTES)
      const block = await this.#block(segment, index, { needed: index * BLOCK_BYTES + end, to }).bytes
      pieces.push(block.subarray(from, end))
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }

  #block(segment: Segment, index: number, bounds: { needed: number; to: number }): Block {
    const key = keyOf(segment, index)
    const known = this.#blocks.get(key)
    if (known !== undefined && known.validTo >= bounds.needed) {
      this.#blocks.delete(key)
      this.#blocks.set(key, known)
      return known
    }
    const block = this.#load(segment, index, bounds.to)
    // In order: the next one is likely to be wanted.
    const ahead = index + 1
    if (this.#blocks.has(keyOf(segment, index - 1)) && ahead * BLOCK_BYTES < bounds.to) {
      if (!this.#blocks.has(keyOf(segment, ahead))) this.#load(segment, ahead, bounds.to)
    }
    return block
  }

  #load(segment: Segment, index: number, validTo: number): Block {
    const key = keyOf(segment, index)
    const bytes = this.fetch(segment, index * BLOCK_BYTES, BLOCK_BYTES)
    const block: Block = { segment, index, bytes, words: undefined, validTo }
    this.#blocks.delete(key)
    this.#blocks.set(key, block)
    bytes.then(
      (buffer) => {
        block.words = wordsOf(buffer)
      },
      () => {
        if (this.#blocks.get(key) === block) this.#blocks.delete(key)
      },
    )
    for (const [oldest, { words }] of this.#blocks) {
      if (this.#blocks.size <= BLOCKS_MAX) break
      if (words !== undefined) this.#blocks.delete(oldest)
    }
    return block
  }

  /** Bytes of a segment's file in memory of their own; what the disk cannot give is zeros. */
  fetch(segment: Segment, offset: number, length: number): Promise<Buffer> {
    return this.use(segment, async (file) => {
      const buffer = Buffer.allocUnsafeSlow(length)
      await readTolerantly(file, buffer, offset)
      return buffer
    })
  }

  /** Runs a task on a segment's file, which stays open as long. */
  async use<T>(segment: Segment, task: (file: DiskFile) => Promise<T>): Promise<T> {
    const open = this.#open(segment)
    open.users += 1
    try {
      return await task(await open.file)
    } finally {
      open.users -= 1
      if (open.dropped && open.users === 0) void closeQuietly(open)
    }
  }

  #open(segment: Segment): OpenFile {
    let open = this.#files.get(segment.number)
    if (open === undefined) {
      const file = this.#disk.open(`${this.#directory}/${segment.fileName}`, 'read')
      open = { file, users: 0, dropped: false }
      if (this.#files.size >= FILES_MAX) this.#dropOldest()
    } else {
      this.#files.delete(segment.number)
    }
    this.#files.set(segment.number, open)
    return open
  }

  #dropOldest(): void {
    for (const [number, open] of this.#files) {
      this.#files.delete(number)
      this.#drop(open)
      return
    }
  }

  #drop(open: OpenFile): void {
    open.dropped = true
    if (open.users === 0) void closeQuietly(open)
  }
}

/** A file that was only read can be closed without regard to the outcome. */
async function closeQuietly(open: OpenFile): Promise<void> {
  await open.file.then((file) => file.close()).catch(() => undefined)
}

/** One number for segment and block: segments have fewer than 2^20 blocks. */
function keyOf(segment: Segment, index: number): number {
  return segment.number * 0x10_0000 + index
}

/** The record at `at`, in bytes of its own, when it lies wholly before `to` and verifies. */
function decodeRecord(
  words: Words,
  { at, to }: { readonly at: number; readonly to: number },
  segment: Segment,
  position: Position,
): LogRecord | undefined {
  const { buffer, view } = words
  const end = Math.min(to, buffer.length)
  if (at < 0 || at + record.HEAD_SIZE > end || !record.claimsPosition(view, at, position)) return undefined
  const headerSize = record.headerSizeAt(view, at)
  const bodySize = record.bodySizeAt(view, at)
  if (at + record.HEAD_SIZE + headerSize + bodySize > end) return undefined
  if (!record.headVerifies(words, at, segment.seed) || !record.bodyVerifies(words, at, segment.seed)) return undefined
  return copyRecord(buffer, { at, position, headerSize, bodySize, type: record.typeAt(view, at) })
}

/** Where a record lies in memory. */
interface RecordPlace {
  readonly at: number
  readonly position: Position
  readonly type: number
  readonly headerSize: number
  readonly bodySize: number
}

/** The record with header and body in bytes of their own. */
export function copyRecord(buffer: Buffer, place: RecordPlace): LogRecord {
  const { position, type, headerSize, bodySize } = place
  const from = place.at + record.HEAD_SIZE
  const bytes = Buffer.allocUnsafe(headerSize + bodySize)
  buffer.copy(bytes, 0, from, from + headerSize + bodySize)
  return new WholeRecord(position, type, bodySize, bytes)
}
