import { wordsOf } from './checksum.ts'
import { type ClosedMark, writeClosedMark } from './closed-mark.ts'
import { type Disk, type DiskFile, errorCode, writeFully } from './disk.ts'
import type { Position } from './log.ts'
import { type InspectionOptions, inspectLog } from './log-inspection.ts'
import * as record from './record.ts'
import { readTolerantly } from './scan-window.ts'
import {
  DATA_OFFSET,
  type Segment,
  type SegmentIdentity,
  segmentName,
  spareName,
  writeSegmentHeader,
} from './segment.ts'
import { indexName } from './segment-index.ts'
import type { Spare } from './segment-supply.ts'
import { findTail } from './tail.ts'

const PIECE_BYTES = 1024 * 1024

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

/**
 * Makes a log's directory ready to be served, whatever the last process left behind. Files that were never
 * begun become spares. The last segment is trusted only if the log was closed; else what verifies of it is
 * written anew, because pages that were never written to disk can still be read. Nothing is ever appended to
 * a segment of an earlier process, so the same is found when this is interrupted and run again.
 */
export async function recoverLog(options: InspectionOptions): Promise<Recovered> {
  const { disk, directory } = options
  const { names, mark, salt, snapshots, unreadable, ...inspected } = await inspectLog(options)
  const segments = [...inspected.segments]
  const unused = [...inspected.unused]
  // From here on the directory is changed: every format in it is one of ours.
  for (const name of names.leftovers) await disk.remove(`${directory}/${name}`)
  for (const number of unreadable) {
    await disk.rename(`${directory}/${segmentName(number)}`, `${directory}/${segmentName(number)}.damaged`)
  }
  const last = segments.at(-1)
  if (last !== undefined && (mark?.number ?? 0) < last.number) {
    await rewriteTail(options, last).catch(async (error: Error) => {
      if (errorCode(error) !== 'ENOSPC') throw error
      // A full disk must not keep a broker from starting: files kept for later make the room.
      for (const number of unused.splice(0)) await disk.remove(`${directory}/${segmentName(number)}`)
      for (const number of names.spares) await disk.remove(`${directory}/${spareName(number)}`)
      await rewriteTail(options, last)
    })
  }
  const indexes = await matchIndexes(options, segments, names.indexes)
  const spares = await collectSpares(options, unused, names.spares)
  if (names.leftovers.length + unused.length + names.spares.length > spares.length) await disk.syncDirectory(directory)
  const base = nextBase(segments, names.snapshots, mark)
  const number = Math.max(0, mark?.number ?? 0, ...names.segments, ...names.spares) + 1
  return { segments, spares, next: { number, base, size: 0, salt }, snapshots, indexes }
}

/** Writes what verifies of an unclosed last segment to a new file, seals it and puts it in the old one's place. */
async function rewriteTail(options: InspectionOptions, segment: Segment): Promise<void> {
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
  options: InspectionOptions,
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

/** Removes the indexes of segments that are gone. */
async function matchIndexes(
  { disk, directory }: InspectionOptions,
  segments: readonly Segment[],
  found: readonly number[],
): Promise<number[]> {
  const numbers = new Set(segments.map((segment) => segment.number))
  for (const number of found) if (!numbers.has(number)) await disk.remove(`${directory}/${indexName(number)}`)
  return found.filter((number) => numbers.has(number))
}

/** Keeps whole files for reuse and removes the rest. */
async function collectSpares(
  options: InspectionOptions,
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
