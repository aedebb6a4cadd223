import type { Logger } from '../std/logger.ts'
import { wordsOf } from './checksum.ts'
import { type ClosedMark, closedName, readClosedMark, writeClosedMark } from './closed-mark.ts'
import { type Disk, type DiskFile, errorCode, writeFully } from './disk.ts'
import type { Damage, Position } from './log.ts'
import { FORMAT, formatOf } from './preamble.ts'
import * as record from './record.ts'
import { readTolerantly, scanSegment } from './scan.ts'
import {
  DATA_OFFSET,
  numberInName,
  readSegmentIdentity,
  Segment,
  type SegmentIdentity,
  segmentName,
  segmentPreambles,
  spareName,
  writeSegmentHeader,
} from './segment.ts'
import { indexName } from './segment-index.ts'
import type { Spare } from './segment-supply.ts'
import { inspectSnapshot, newerFormat } from './snapshot.ts'

const PIECE_BYTES = 1024 * 1024

export interface RecoveryOptions {
  readonly disk: Disk
  readonly directory: string
  readonly log: string
  readonly logger: Logger
  /** For a log that has no segment yet. */
  readonly salt: number
  readonly segmentBytes: number
  readonly onDamage: (damage: Damage) => void
}

/** What was found in a log's directory, ready to be served. */
export interface Recovered {
  /** In order; all of them on disk. */
  readonly segments: Segment[]
  readonly spares: Spare[]
  /** Where the log goes on, always in a new segment. */
  readonly next: SegmentIdentity
  /** Sizes of the snapshots by the positions they reach. */
  readonly snapshots: ReadonlyMap<Position, number>
  /** Numbers of segments that have an index. */
  readonly indexes: readonly number[]
}

/** The files of a log's directory by what their names say. */
interface Names {
  readonly segments: number[]
  readonly spares: number[]
  readonly snapshots: Position[]
  readonly indexes: number[]
  readonly leftovers: string[]
}

/**
 * Makes a log's directory ready to be served, whatever the last process left behind. Files that were never
 * begun become spares. The last segment is trusted only if the log was closed; else what verifies of it is
 * written anew, because pages that were never written to disk can still be read. Nothing is ever appended to
 * a segment of an earlier process, so the same is found when this is interrupted and run again.
 */
export async function recoverLog(options: RecoveryOptions): Promise<Recovered> {
  const { disk, directory } = options
  const names = sortNames(await disk.list(directory))
  const snapshots = new Map<Position, number>()
  for (const through of names.snapshots) snapshots.set(through, await inspectSnapshot(disk, directory, through))
  const begun = new Map<number, Segment>()
  const headless: number[] = []
  const unused: number[] = []
  for (const number of names.segments) {
    const found = await identify(options, number)
    if (found instanceof Segment) begun.set(number, found)
    else if (found === 'headless') headless.push(number)
    else unused.push(number)
  }
  // From here on the directory is changed: every format in it is one of ours.
  for (const name of names.leftovers) await disk.remove(`${directory}/${name}`)
  const mark = await readClosedMark(disk, directory)
  const salt = begun.values().next().value?.salt ?? options.salt
  for (const number of headless) {
    const complete = number <= Math.max(mark?.number ?? 0, latestBegun(begun))
    const segment = await reconstruct(options, { number, salt, complete, ...neighbours(begun, number) })
    if (segment !== undefined) begun.set(number, segment)
    else if (number < latestBegun(begun))
      await disk.rename(`${directory}/${segmentName(number)}`, `${directory}/${segmentName(number)}.damaged`)
    else unused.push(number)
  }
  const segments = [...begun.values()].sort((a, b) => a.number - b.number)
  const last = segments.at(-1)
  if (last !== undefined && mark?.number !== last.number) {
    await rewriteTail(options, last).catch(async (error: Error) => {
      if (errorCode(error) !== 'ENOSPC') throw error
      // A full disk must not keep a broker from starting: files kept for later make the room.
      for (const number of unused.splice(0)) await disk.remove(`${directory}/${segmentName(number)}`)
      for (const number of names.spares) await disk.remove(`${directory}/${spareName(number)}`)
      await rewriteTail(options, last)
    })
  }
  reportGaps(options, segments, mark)
  const indexes = await matchIndexes(options, segments, names.indexes)
  const spares = await collectSpares(options, unused, names.spares)
  if (names.leftovers.length + unused.length + names.spares.length > spares.length) await disk.syncDirectory(directory)
  const base = nextBase(segments, names.snapshots, mark)
  const number = Math.max(0, mark?.number ?? 0, ...names.segments, ...names.spares) + 1
  return { segments, spares, next: { number, base, size: 0, salt }, snapshots, indexes }
}

function sortNames(names: readonly string[]): Names {
  const sorted: Names = { segments: [], spares: [], snapshots: [], indexes: [], leftovers: [] }
  for (const name of names.toSorted()) {
    const segment = numberInName(name, 'segment')
    const spare = numberInName(name, 'spare')
    const snapshot = numberInName(name, 'snapshot')
    const index = numberInName(name, 'index')
    if (segment !== undefined) sorted.segments.push(segment)
    else if (spare !== undefined) sorted.spares.push(spare)
    else if (snapshot !== undefined) sorted.snapshots.push(snapshot)
    else if (index !== undefined) sorted.indexes.push(index)
    else if (name.endsWith('.tmp') && name !== closedName) sorted.leftovers.push(name)
  }
  return sorted
}

/** The segment a file holds; `headless` when its preambles are lost, `unused` when it was only prepared. */
async function identify(options: RecoveryOptions, number: number): Promise<Segment | 'headless' | 'unused'> {
  const { disk, directory } = options
  const path = `${directory}/${segmentName(number)}`
  const file = await disk.open(path, 'read')
  try {
    const bytes = Buffer.alloc(DATA_OFFSET)
    await readTolerantly(file, bytes, 0)
    const preambles = segmentPreambles(bytes)
    for (const view of preambles) if (formatOf(view) > FORMAT) throw newerFormat(path, formatOf(view))
    const identity = preambles.map(readSegmentIdentity).find((one) => one.number === number)
    if (identity === undefined) return preambles.length > 1 ? 'unused' : 'headless'
    const segment = new Segment(identity)
    segment.bytesHeld = await file.size()
    return segment
  } finally {
    await file.close()
  }
}

function latestBegun(segments: ReadonlyMap<number, Segment>): number {
  return Math.max(0, ...segments.keys())
}

/** The segments that come before and after a number. */
function neighbours(segments: ReadonlyMap<number, Segment>, number: number): Pick<Headless, 'before' | 'after'> {
  const sorted = [...segments.values()].sort((a, b) => a.number - b.number)
  return {
    before: sorted.findLast((segment) => segment.number < number),
    after: sorted.find((segment) => segment.number > number),
  }
}

interface Headless {
  readonly number: number
  readonly salt: number
  /** All of it was durable once. */
  readonly complete: boolean
  readonly before: Segment | undefined
  readonly after: Segment | undefined
}

/**
 * A segment whose preambles are lost still has its records, and each of them names its position. Only if
 * the write that brought the preambles was the last one may it be torn: then nothing of it counts.
 */
async function reconstruct(options: RecoveryOptions, known: Headless): Promise<Segment | undefined> {
  const { disk, directory, log, logger } = options
  const { number, salt, before, after } = known
  const file = await disk.open(`${directory}/${segmentName(number)}`, 'read')
  try {
    const size = await file.size()
    const base = await findBase(file, size, new Segment({ number, salt, base: 0, size }))
    if (base === undefined || base < (before?.end ?? 0)) return undefined
    const addresses = Math.max(options.segmentBytes, Math.ceil(size / DATA_OFFSET) * DATA_OFFSET)
    const segment = new Segment({ number, salt, base, size: after === undefined ? addresses : after.base - base })
    segment.bytesHeld = size
    const { proven } = await scanSegment(file, segment, { bodies: false, record() {}, hole() {} })
    if (!known.complete && proven <= base) return undefined
    logger.error(`the header of ${directory}/${segmentName(number)} is damaged; its records are served`)
    options.onDamage({ log, from: base, to: base + DATA_OFFSET, reason: "the segment's header did not verify" })
    return segment
  } finally {
    await file.close()
  }
}

/** The base that a record in the file implies; only records of this number verify. */
async function findBase(file: DiskFile, size: number, segment: Segment): Promise<number | undefined> {
  for (let from = 0; from < size; from += PIECE_BYTES) {
    const buffer = Buffer.alloc(Math.min(PIECE_BYTES + DATA_OFFSET, size - from))
    await readTolerantly(file, buffer, from)
    const words = wordsOf(buffer)
    for (let at = buffer.indexOf(record.markBytes); at >= 0; at = buffer.indexOf(record.markBytes, at + 1)) {
      if ((from + at) % 8 !== 0 || at + record.HEAD_SIZE > buffer.length) continue
      if (at + record.HEAD_SIZE + record.headerSizeAt(words.view, at) > buffer.length) continue
      if (record.headVerifies(words, at, segment.seed)) return record.positionAt(words.view, at) - from - at
    }
  }
  return undefined
}

interface Tail {
  /** Behind the last record that counts, and how many there are. */
  readonly cut: Position
  readonly count: number
  /** Behind the last record that verifies. */
  readonly end: Position
}

/**
 * Where the trustworthy part of a segment ends that was not closed. The last write may be torn, and what
 * it brought was never confirmed: it counts only up to its first gap, so that no record is there without
 * those appended before it. What lies before that write was durable: a gap there is damage.
 */
async function findTail(file: DiskFile, segment: Segment): Promise<Tail> {
  const gaps: { from: Position; to: Position; unreadable: boolean; count: number }[] = []
  let count = 0
  const scan = await scanSegment(file, segment, {
    bodies: false,
    record(scanned) {
      const { position, damaged } = scanned
      if (damaged) gaps.push({ from: position, to: position + 1, unreadable: false, count })
      count += 1
    },
    hole: (from, to, unreadable) => gaps.push({ from, to, unreadable, count }),
  })
  // What lies behind the last record was never written, or torn.
  const torn = gaps.find((gap) => gap.to > scan.proven && gap.from < scan.end && !gap.unreadable)
  const cut = torn === undefined ? scan.end : Math.max(torn.from, scan.proven)
  return { cut, end: scan.end, count: torn?.count ?? count }
}

/** Writes what verifies of an unclosed last segment to a new file, seals it and puts it in the old one's place. */
async function rewriteTail(options: RecoveryOptions, segment: Segment): Promise<void> {
  const { disk, directory, logger } = options
  const path = `${directory}/${segment.fileName}`
  const file = await disk.open(path, 'read')
  let end: Position
  try {
    const { cut, count, end: found } = await findTail(file, segment)
    if (cut < found) logger.notice(`${path}: ${found - cut} bytes of the last write, never confirmed, are dropped`)
    end = await copySealed(options, { file, path: `${path}.tmp`, cut, count }, segment)
  } finally {
    await file.close()
  }
  // It told of what may just have been dropped.
  await disk.remove(`${directory}/${indexName(segment.number)}`)
  await disk.rename(`${path}.tmp`, path)
  await disk.syncDirectory(directory)
  segment.bytesHeld = end - segment.base
  await writeClosedMark(disk, directory, { number: segment.number, end })
}

async function copySealed(
  options: RecoveryOptions,
  source: { readonly file: DiskFile; readonly path: string; readonly cut: Position; readonly count: number },
  segment: Segment,
): Promise<Position> {
  const target = await options.disk.open(source.path, 'create')
  const length = source.cut - segment.base
  try {
    const header = Buffer.alloc(DATA_OFFSET)
    writeSegmentHeader(header, segment)
    await writeFully(target, header, 0)
    for (let at = DATA_OFFSET; at < length; at += PIECE_BYTES) {
      const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, length - at))
      await readTolerantly(source.file, piece, at)
      await writeFully(target, piece, at)
    }
    const words = wordsOf(Buffer.alloc(record.OWN_SIZE))
    const seal = { kind: record.OwnKind.seal, position: source.cut, distance: 0, count: source.count }
    record.writeOwnRecord(words, 0, seal, segment.seed)
    await writeFully(target, words.buffer, length)
    await target.sync()
  } finally {
    await target.close()
  }
  return source.cut + record.OWN_SIZE
}

/** Segments follow one another without gaps; one that is missing is named. */
function reportGaps(options: RecoveryOptions, segments: readonly Segment[], mark: ClosedMark | undefined): void {
  const report = (from: Position, to: Position) => {
    options.logger.error(`log ${options.log}: a segment is missing, positions ${from} to ${to}`)
    options.onDamage({ log: options.log, from, to, reason: 'the segment is missing' })
  }
  for (const [index, segment] of segments.entries()) {
    const before = segments[index - 1]
    if (before !== undefined && before.end < segment.base) report(before.end, segment.base)
  }
  const last = segments.at(-1)
  if (mark !== undefined && mark.number > (last?.number ?? 0)) report(last?.end ?? 0, mark.end)
}

/** Removes the indexes of segments that are gone. */
async function matchIndexes(
  { disk, directory }: RecoveryOptions,
  segments: readonly Segment[],
  found: readonly number[],
): Promise<number[]> {
  const numbers = new Set(segments.map((segment) => segment.number))
  for (const number of found) if (!numbers.has(number)) await disk.remove(`${directory}/${indexName(number)}`)
  return found.filter((number) => numbers.has(number))
}

/** Keeps whole files for reuse and removes the rest. */
async function collectSpares(
  options: RecoveryOptions,
  unused: readonly number[],
  named: readonly number[],
): Promise<Spare[]> {
  const { disk, directory } = options
  for (const number of unused)
    await disk.rename(`${directory}/${segmentName(number)}`, `${directory}/${spareName(number)}`)
  const spares: Spare[] = []
  for (const number of [...named, ...unused]) {
    const name = spareName(number)
    const bytes = await sizeOf(disk, `${directory}/${name}`)
    if (bytes === options.segmentBytes) spares.push({ name, bytes })
    else if (bytes !== undefined) await disk.remove(`${directory}/${name}`)
  }
  return spares
}

/** Undefined when there is no such file. */
async function sizeOf(disk: Disk, path: string): Promise<number | undefined> {
  try {
    const file = await disk.open(path, 'read')
    try {
      return await file.size()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Addresses are never given twice: the log goes on behind everything that any file names. A snapshot of a log
 * to which nothing was appended since its start reaches to where the first record would have been.
 */
function nextBase(
  segments: readonly Segment[],
  snapshots: readonly Position[],
  mark: ClosedMark | undefined,
): Position {
  const behindSnapshots = Math.max(0, ...snapshots) - DATA_OFFSET
  const after = Math.max(segments.at(-1)?.end ?? 0, mark?.end ?? 0, behindSnapshots)
  return Math.ceil(after / DATA_OFFSET) * DATA_OFFSET
}
