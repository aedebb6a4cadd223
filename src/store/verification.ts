import { silentLogger } from '../std/logger.ts'
import { closedName } from './closed-mark.ts'
import { type Disk, errorCode } from './disk.ts'
import type { Damage, LogRecord, Position, VisitedRecord } from './log.ts'
import { type Inspected, inspectLog } from './log-inspection.ts'
import { FileKind, FORMAT, formatOf, PREAMBLE_SIZE, readPreamble } from './preamble.ts'
import * as record from './record.ts'
import { type ScanVisitor, scanSegment } from './scan.ts'
import { readTolerantly } from './scan-window.ts'
import { DATA_OFFSET, type Segment, segmentPreambles } from './segment.ts'
import { IndexBuilder, IndexReader, indexName } from './segment-index.ts'
import { newerFormat, SnapshotFiles, snapshotName } from './snapshot.ts'
import { StoreRefusal } from './store-refusal.ts'
import { findTail, type Tail } from './tail.ts'

/** A range of a log, or a file of it, that is not as it was written. */
export interface BadRange extends Damage {
  /** The file, from the data directory on; undefined where there is none. */
  readonly file: string | undefined
  /** What is left of a record whose body alone is bad. */
  readonly record: LogRecord | undefined
}

export interface VerificationOptions {
  readonly disk: Disk
  readonly directory: string
  readonly log: string
  bad(range: BadRange): void
  /** A record whose head verified. */
  record?(record: VisitedRecord): void
  /** A snapshot that verified. */
  snapshot?(bytes: Buffer): void
  /** Something that is no damage and worth a word. */
  note(text: string): void
}

/** How much was looked at. */
export interface Verified {
  readonly segments: number
  readonly records: number
  readonly bytes: number
}

/** Whether the file verifies that makes a directory a store's. Throws a `StoreRefusal` if it is missing or of a format to come. */
export async function verifyStoreFile(disk: Disk, directory: string): Promise<boolean> {
  const file = await disk.open(`${directory}/store`, 'read').catch((error: Error) => {
    if (errorCode(error) !== 'ENOENT') throw error
    throw new StoreRefusal(`${directory} is no data directory: it has no file 'store'`)
  })
  try {
    const bytes = Buffer.alloc(PREAMBLE_SIZE)
    await readTolerantly(file, bytes, 0)
    const view = readPreamble(bytes, 0, FileKind.store)
    if (view !== undefined && formatOf(view) > FORMAT) throw newerFormat(`${directory}/store`, formatOf(view))
    return view !== undefined
  } finally {
    await file.close()
  }
}

/** Looks at every byte of a log's directory that matters, and changes nothing. */
export async function verifyLog(options: VerificationOptions): Promise<Verified> {
  return await new Verification(options).run()
}

class Verification {
  readonly #options: VerificationOptions
  readonly #path: string
  readonly #indexes: IndexReader
  #records = 0
  #bytes = 0

  constructor(options: VerificationOptions) {
    this.#options = options
    this.#path = `${options.directory}/${options.log}`
    this.#indexes = new IndexReader(options.disk, this.#path)
  }

  async run(): Promise<Verified> {
    const { disk, log } = this.#options
    const inspected = await inspectLog({
      disk,
      log,
      directory: this.#path,
      logger: silentLogger,
      salt: 0,
      segmentBytes: 0,
      onDamage: ({ from, to, reason }) => this.#bad({ from, to, reason }),
    })
    await this.#snapshots(inspected)
    const { segments, mark, names, unreadable } = inspected
    if (mark === undefined && (await disk.list(this.#path)).includes(closedName)) {
      this.#bad({ from: 0, to: 0, reason: 'the file did not verify' }, closedName)
    }
    for (const segment of segments) {
      const isLast = segment === segments.at(-1)
      const hasIndex = names.indexes.includes(segment.number)
      await this.#segment(segment, { isClosed: !isLast || (mark?.number ?? 0) >= segment.number, hasIndex })
    }
    for (const number of unreadable) this.#options.note(`nothing verifies in segment ${number} of log ${log}`)
    return { segments: segments.length, records: this.#records, bytes: this.#bytes }
  }

  async #snapshots({ snapshots }: Inspected): Promise<void> {
    const { disk, log, snapshot: visit } = this.#options
    const files = new SnapshotFiles(
      { disk, directory: this.#path, log, logger: silentLogger, onDamage: () => undefined },
      snapshots,
    )
    for (const [through, bytes] of snapshots) {
      this.#bytes += bytes
      const snapshot = await files.read(through)
      if (snapshot === undefined) {
        this.#bad({ from: 0, to: through, reason: 'the snapshot did not verify' }, snapshotName(through))
      } else visit?.(snapshot.bytes)
    }
  }

  async #segment(segment: Segment, known: { readonly isClosed: boolean; readonly hasIndex: boolean }): Promise<void> {
    const { disk } = this.#options
    const found: Omit<BadRange, 'log' | 'file'>[] = []
    const builder = new IndexBuilder(segment.size)
    const visitor = this.#visitor(segment, builder, found)
    const file = await disk.open(`${this.#path}/${segment.fileName}`, 'read')
    this.#bytes += await file.size()
    try {
      const head = Buffer.alloc(DATA_OFFSET)
      await readTolerantly(file, head, 0)
      if (segmentPreambles(head).length === 1) {
        const reason = 'one of the two headers did not verify'
        found.push({ from: segment.base, to: segment.start, reason, record: undefined })
      }
      const before = found.length
      if (known.isClosed) {
        const { sealed, end } = await scanSegment(file, segment, visitor)
        const isBroken = found.at(-1)?.to === segment.end
        if (!sealed && !isBroken) {
          found.push({ from: end, to: segment.end, reason: 'the file ends too early', record: undefined })
        }
        for (const one of found) this.#bad(one, segment.fileName)
        if (known.hasIndex)
          await this.#index(segment, found.length === before ? builder.finish(segment, end) : undefined)
      } else {
        const tail = await findTail(file, segment, visitor)
        for (const one of found) if (one.from < tail.cut) this.#bad(one, segment.fileName)
        this.#noteTail(segment, tail)
      }
    } finally {
      await file.close()
    }
  }

  #visitor(segment: Segment, builder: IndexBuilder, found: Omit<BadRange, 'log' | 'file'>[]): ScanVisitor {
    return {
      bodies: false,
      record: (scanned) => {
        const { position, headerSize, bodySize, damaged } = scanned
        this.#records += 1
        builder.add(scanned.words, scanned.headerAt - record.HEAD_SIZE)
        this.#options.record?.(scanned)
        if (!damaged) return
        const to = Math.min(position + record.recordSize(headerSize, bodySize), segment.end)
        found.push({ from: position, to, reason: 'the body did not verify', record: scanned.copy() })
      },
      own: (words, at) => builder.add(words, at),
      hole: (from, to, unreadable) => {
        const reason = unreadable ? 'the disk could not read it' : 'no record verified'
        found.push({ from, to, reason, record: undefined })
      },
    }
  }

  /** An index must verify, and say what its segment says as far as that is known. */
  async #index(segment: Segment, expected: Buffer | undefined): Promise<void> {
    const index = await this.#indexes.read(segment)
    const range = { from: segment.base, to: segment.end }
    const name = indexName(segment.number)
    if (index === undefined) return this.#bad({ ...range, reason: 'the index did not verify' }, name)
    this.#bytes += index.bytes
    if (expected === undefined || expected.equals(index.words.buffer.subarray(0, index.bytes))) return
    this.#bad({ ...range, reason: 'the index does not agree with its segment' }, name)
  }

  #noteTail(segment: Segment, { cut, end }: Tail): void {
    const { note, log } = this.#options
    note(`log ${log} was not closed; a start reads its last segment, ${segment.fileName}, and seals it`)
    if (cut < end) note(`${end - cut} bytes of the last write of log ${log} were never confirmed; a start drops them`)
  }

  #bad(
    range: {
      readonly from: Position
      readonly to: Position
      readonly reason: string
      readonly record?: LogRecord | undefined
    },
    file?: string,
  ): void {
    const { log, bad } = this.#options
    const { from, to, reason, record: rest } = range
    bad({ log, from, to, reason, file: file === undefined ? undefined : `${log}/${file}`, record: rest })
  }
}
