import { wordsOf } from './checksum.ts'
import { type ClosedMark, writeClosedMark } from './closed-mark.ts'
import { type Disk, type DiskFile, errorCode, isOutOfSpace, writeFully } from './disk.ts'
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
import { reserveName, type Spare } from './segment-files.ts'
import { indexName } from './segment-index.ts'
import { findTail, type Tail } from './tail.ts'

const PIECE_BYTES = 1024 * 1024
/** A smaller file holds next to nothing. */
const SPARE_BYTES_MIN = 4 * DATA_OFFSET

/** What was found in a log's directory, ready to be served. */
export interface Recovered {
  /** In order; all of them on disk. */
  readonly segments: Segment[]
  readonly spares: Spare[]
  readonly reserve: Spare | undefined
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
    await sealTail(options, last, async () => {
      for (const number of unused.splice(0)) await disk.remove(`${directory}/${segmentName(number)}`)
      for (const number of names.spares.splice(0)) await disk.remove(`${directory}/${spareName(number)}`)
    })
  }
  const indexes = await matchIndexes(options, segments, names.indexes)
  const spares = await collectSpares(options, unused, names.spares)
  if (names.leftovers.length + unused.length + names.spares.length > spares.length) await disk.syncDirectory(directory)
  const reserve = names.reserve ? await spareOf(disk, directory, reserveName) : undefined
  const base = nextBase(segments, names.snapshots, mark)
  const number = Math.max(0, mark?.number ?? 0, ...names.segments, ...names.spares) + 1
  return { segments, spares, reserve, next: { number, base, size: 0, salt }, snapshots, indexes }
}

/** A full disk must not keep a broker from starting, so there are several ways. */
async function sealTail(options: InspectionOptions, segment: Segment, makeRoom: () => Promise<void>): Promise<void> {
  const ways = [
    () => rewriteTail(options, segment),
    () => rewriteInPlace(options, segment),
    // Where files are never overwritten (a copy-on-write file system) nothing else is left.
    async () => {
      await makeRoom()
      await rewriteTail(options, segment)
    },
  ]
  for (const [nth, way] of ways.entries()) {
    try {
      return await way()
    } catch (error) {
      await options.disk.remove(`${options.directory}/${segment.fileName}.tmp`)
      if (!isOutOfSpace(error) || nth === ways.length - 1) throw error
    }
  }
}

/** Writes what verifies of an unclosed last segment to a new file, seals it and puts it in the old one's place. */
async function rewriteTail(options: InspectionOptions, segment: Segment): Promise<void> {
  const { disk, directory } = options
  const path = `${directory}/${segment.fileName}`
  const file = await disk.open(path, 'read')
  let end: Position
  try {
    const tail = await measureTail(options, file, segment)
    const target = await disk.open(`${path}.tmp`, 'create')
    try {
      end = await copySealed(file, target, { ...tail, segment })
      await target.sync()
    } finally {
      await target.close()
    }
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

/**
 * The same in the file itself, which takes no space: the same bytes are written where they are, so that they are
 * on disk whatever was there before.
 */
async function rewriteInPlace(options: InspectionOptions, segment: Segment): Promise<void> {
  const { disk, directory } = options
  await disk.remove(`${directory}/${indexName(segment.number)}`)
  await disk.syncDirectory(directory)
  const file = await disk.open(`${directory}/${segment.fileName}`, 'durable')
  try {
    const end = await copySealed(file, file, { ...(await measureTail(options, file, segment)), segment })
    await file.truncate(end - segment.base)
    await file.sync()
    segment.bytesHeld = end - segment.base
    await writeClosedMark(disk, directory, { number: segment.number, end })
  } finally {
    await file.close()
  }
}

async function measureTail({ directory, logger }: InspectionOptions, file: DiskFile, segment: Segment): Promise<Tail> {
  const tail = await findTail(file, segment)
  const dropped = tail.end - tail.cut
  const path = `${directory}/${segment.fileName}`
  if (dropped > 0) logger.notice(`${path}: ${dropped} bytes of the last write, never confirmed, are dropped`)
  return tail
}

/** Writes the header of a segment, its records up to the cut, and the seal; answers where that ends. */
async function copySealed(
  source: DiskFile,
  target: DiskFile,
  { segment, cut, count }: { readonly segment: Segment; readonly cut: Position; readonly count: number },
): Promise<Position> {
  const length = cut - segment.base
  const header = Buffer.alloc(DATA_OFFSET)
  writeSegmentHeader(header, segment)
  await writeFully(target, header, 0)
  for (let at = DATA_OFFSET; at < length; at += PIECE_BYTES) {
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, length - at))
    await readTolerantly(source, piece, at)
    await writeFully(target, piece, at)
  }
  const words = wordsOf(Buffer.alloc(record.OWN_SIZE))
  const seal = { kind: record.OwnKind.seal, position: cut, distance: 0, count }
  record.writeOwnRecord(words, 0, seal, segment.seed)
  await writeFully(target, words.buffer, length)
  return cut + record.OWN_SIZE
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

/** Keeps files of some size for reuse and removes the rest. */
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
    const spare = await spareOf(disk, directory, spareName(number))
    if (spare !== undefined) spares.push(spare)
  }
  return spares
}

/** A file that can be used again; one that is too small is removed. */
async function spareOf(disk: Disk, directory: string, name: string): Promise<Spare | undefined> {
  const bytes = await sizeOf(disk, `${directory}/${name}`)
  if (bytes === undefined || bytes >= SPARE_BYTES_MIN) return bytes === undefined ? undefined : { name, bytes }
  await disk.remove(`${directory}/${name}`)
  return undefined
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
