import type { Logger } from '../std/logger.ts'
import { wordsOf } from './checksum.ts'
import { type ClosedMark, closedName, readClosedMark } from './closed-mark.ts'
import type { Disk, DiskFile } from './disk.ts'
import type { Damage, Position } from './log.ts'
import { FORMAT, formatOf } from './preamble.ts'
import * as record from './record.ts'
import { scanSegment } from './scan.ts'
import { readTolerantly } from './scan-window.ts'
import { DATA_OFFSET, numberInName, readSegmentIdentity, Segment, segmentName, segmentPreambles } from './segment.ts'
import { reserveName } from './segment-files.ts'
import { inspectSnapshot, newerFormat } from './snapshot.ts'

const PIECE_BYTES = 1024 * 1024

export interface InspectionOptions {
  readonly disk: Disk
  readonly directory: string
  readonly log: string
  readonly logger: Logger
  /** For a log that has no segment yet. */
  readonly salt: number
  readonly segmentBytes: number
  readonly onDamage: (damage: Damage) => void
}

/** The files of a log's directory by what their names say. */
export interface Names {
  readonly segments: number[]
  readonly spares: number[]
  readonly snapshots: Position[]
  readonly indexes: number[]
  readonly leftovers: string[]
  reserve: boolean
}

/** What a log's directory holds, as it was left. */
export interface Inspected {
  readonly names: Names
  /** Those with records, in order. */
  readonly segments: readonly Segment[]
  readonly salt: number
  /** Numbers of files that were only prepared. */
  readonly unused: readonly number[]
  /** Numbers of files between segments in which nothing verifies. */
  readonly unreadable: readonly number[]
  readonly mark: ClosedMark | undefined
  /** Sizes of the snapshots by the positions they reach. */
  readonly snapshots: ReadonlyMap<Position, number>
}

/** Looks at a log's directory without changing it. Throws a `StoreRefusal` for files of a format to come. */
export async function inspectLog(options: InspectionOptions): Promise<Inspected> {
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
  const mark = await readClosedMark(disk, directory)
  const salt = begun.values().next().value?.salt ?? options.salt
  const unreadable: number[] = []
  for (const number of headless) {
    const complete = number <= Math.max(mark?.number ?? 0, latestBegun(begun))
    const segment = await reconstruct(options, { number, salt, complete, ...neighbours(begun, number) })
    if (segment !== undefined) begun.set(number, segment)
    else if (number < latestBegun(begun)) unreadable.push(number)
    else unused.push(number)
  }
  const segments = [...begun.values()].sort((a, b) => a.number - b.number)
  reportGaps(options, segments, { mark, snapshots })
  return { names, segments, salt, unused, unreadable, mark, snapshots }
}

/** Sorts the names in a log's directory; numbers grow. */
export function sortNames(names: readonly string[]): Names {
  const sorted: Names = { segments: [], spares: [], snapshots: [], indexes: [], leftovers: [], reserve: false }
  for (const name of names.toSorted()) {
    const segment = numberInName(name, 'segment')
    const spare = numberInName(name, 'spare')
    const snapshot = numberInName(name, 'snapshot')
    const index = numberInName(name, 'index')
    if (segment !== undefined) sorted.segments.push(segment)
    else if (spare !== undefined) sorted.spares.push(spare)
    else if (snapshot !== undefined) sorted.snapshots.push(snapshot)
    else if (index !== undefined) sorted.indexes.push(index)
    else if (name === reserveName) sorted.reserve = true
    else if (name.endsWith('.tmp') && name !== closedName) sorted.leftovers.push(name)
  }
  return sorted
}

/** The segment a file holds; `headless` when its preambles are lost, `unused` when it was only prepared. */
async function identify(options: InspectionOptions, number: number): Promise<Segment | 'headless' | 'unused'> {
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
async function reconstruct(options: InspectionOptions, known: Headless): Promise<Segment | undefined> {
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

/**
 * Segments follow one another without gaps; one that is missing is named, unless a snapshot contains it: a backup
 * may have a snapshot of what came behind its segments.
 */
function reportGaps(options: InspectionOptions, segments: readonly Segment[], { mark, snapshots }: Marks): void {
  const report = (from: Position, to: Position) => {
    options.logger.error(`log ${options.log}: a segment is missing, positions ${from} to ${to}`)
    options.onDamage({ log: options.log, from, to, reason: 'the segment is missing' })
  }
  const contained = Math.max(0, ...snapshots.keys())
  for (const [index, segment] of segments.entries()) {
    const before = segments[index - 1]
    if (before !== undefined && before.end < segment.base && segment.base > contained) report(before.end, segment.base)
  }
  const last = segments.at(-1)
  if (mark !== undefined && mark.number > (last?.number ?? 0)) report(last?.end ?? 0, mark.end)
}

type Marks = Pick<Inspected, 'mark' | 'snapshots'>
