import { wordsOf } from './checksum.ts'
import type { LogRecord, Position, Stretch } from './log.ts'
import * as record from './record.ts'
import { scanSegment } from './scan.ts'
import type { Segment } from './segment.ts'
import type { SegmentList } from './segment-list.ts'
import type { SegmentReader } from './segment-reader.ts'

/** What a stretch is read from. */
export interface StretchSource {
  readonly segments: SegmentList
  readonly reader: SegmentReader
  readonly durable: Position
  /** A range did not verify. */
  readonly report: (from: Position, to: Position, reason: string) => void
}

/** What was found in the bytes at hand. */
interface Found {
  readonly records: LogRecord[]
  readonly next: Position
  /** What stopped it: a record that reaches beyond the bytes, and how many it takes; or bytes that are no record. */
  readonly missing: number
  readonly bad: boolean
}

/** Reads durable records in order from a position on, with one read of the disk where nothing is in the way. */
export async function readStretch(source: StretchSource, from: Position, bytes: number): Promise<Stretch> {
  const { segments, durable } = source
  let position = from
  for (;;) {
    const segment = segments.from(position)
    position = Math.max(position, segment?.start ?? 0)
    if (segment === undefined || position >= durable) return { records: [], next: position }
    const { records, next } = await readIn(source, segment, { position, bytes })
    if (records.length > 0) return { records, next }
    position = next
  }
}

/** Records of one segment; where it is empty-handed, `next` lies further on. */
async function readIn(
  source: StretchSource,
  segment: Segment,
  { position, bytes }: { readonly position: Position; readonly bytes: number },
): Promise<Stretch> {
  const { segments, reader, report } = source
  const end = Math.min(source.durable, segment.end)
  for (let wanted = bytes; ; ) {
    const length = Math.min(Math.max(wanted, record.HEAD_SIZE), end - position)
    const buffer = await reader.fetch(segment, position - segment.base, length).catch((error: Error) => {
      if (segments.includes(segment)) throw error
      return undefined
    })
    // Trimmed meanwhile; its file may be another's already.
    if (buffer === undefined || !segments.includes(segment)) return { records: [], next: segment.end }
    const found = findRecords({ buffer, position, end, segment, report })
    if (found.next === segment.end) reader.leave(segment)
    if (found.records.length > 0) return found
    if (found.missing > 0) wanted = found.next - position + found.missing
    else if (found.bad) return { records: [], next: await skipDamage(source, segment, found.next) }
    else return found
  }
}

interface Bytes {
  readonly buffer: Buffer
  /** Where they begin in the log. */
  readonly position: Position
  /** Where the durable part of the segment ends. */
  readonly end: Position
  readonly segment: Segment
  readonly report: StretchSource['report']
}

function findRecords({ buffer, position, end, segment, report }: Bytes): Found {
  const words = wordsOf(buffer)
  const { view } = words
  const records: LogRecord[] = []
  let here = position
  const stopped = (missing: number, bad: boolean): Found => ({ records, next: here, missing, bad })
  for (; here < end; ) {
    const at = here - position
    if (here + record.HEAD_SIZE > end) return stopped(0, true)
    if (at + record.HEAD_SIZE > buffer.length) return stopped(record.HEAD_SIZE, false)
    if (!record.claimsPosition(view, at, here)) return stopped(0, true)
    const headerSize = record.headerSizeAt(view, at)
    const bodySize = record.bodySizeAt(view, at)
    const size = record.HEAD_SIZE + headerSize + bodySize
    if (here + size > end) return stopped(0, true)
    if (at + size > buffer.length) return stopped(size, false)
    if (!record.headVerifies(words, at, segment.seed)) return stopped(0, true)
    const type = record.typeAt(view, at)
    if (type === record.OWN_TYPE) {
      if (record.ownKindAt(view, at) === record.OwnKind.seal) here = segment.end
    } else if (record.bodyVerifies(words, at, segment.seed)) {
      const bodyAt = at + record.HEAD_SIZE + headerSize
      const header = buffer.subarray(at + record.HEAD_SIZE, bodyAt)
      const body = buffer.subarray(bodyAt, bodyAt + bodySize)
      records.push({ position: here, type, header, bodySize, body, damaged: false })
    } else report(here, here + record.alignUp(size), 'the body did not verify when it was read')
    if (here < segment.end) here += record.alignUp(size)
  }
  return stopped(0, false)
}

/** Where the next record that verifies begins, behind bytes that are none. */
async function skipDamage(source: StretchSource, segment: Segment, position: Position): Promise<Position> {
  const { reader, segments, report, durable } = source
  const to = Math.min(durable, segment.end)
  let next = to
  const hole = (from: Position, end: Position) => {
    if (from === position) next = end
  }
  await reader.use(segment, (file) =>
    scanSegment(file, segment, { bodies: false, record() {}, hole }, { from: position, to }),
  )
  if (segments.includes(segment)) report(position, next, 'no record verified when it was read')
  return next
}
