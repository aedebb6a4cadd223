import type { DiskFile } from './disk.ts'
import type { LogRecord, Position } from './log.ts'
import { recordSize } from './record.ts'
import { type ScannedRecord, type ScanVisitor, scanSegment } from './scan.ts'
import type { Segment } from './segment.ts'

/** What of a segment is visited. */
export interface ReplayRange {
  readonly from: Position
  /** Where the durable part ends of a segment that is still written; others are read to their seal. */
  readonly to: Position | undefined
  readonly bodies: boolean
}

export interface ReplayListener {
  visit(record: LogRecord): void
  report(from: Position, to: Position, reason: string): void
}

/** Visits a segment's records from a position on and reports what does not verify, wherever in it. */
export async function replaySegment(
  source: { readonly file: DiskFile; readonly segment: Segment },
  range: ReplayRange,
  listener: ReplayListener,
): Promise<void> {
  const { file, segment } = source
  let broken = false
  const visitor: ScanVisitor = {
    bodies: range.bodies,
    record(scanned) {
      const { position, header, bodySize, damaged } = scanned
      if (damaged) listener.report(position, position + recordSize(header.size, bodySize), 'the body did not verify')
      if (position >= range.from) listener.visit(keep(scanned))
    },
    hole(from, to, unreadable) {
      broken = to === segment.end
      listener.report(from, to, unreadable ? 'the disk could not read it' : 'no record verified')
    },
  }
  const { sealed, end } = await scanSegment(file, segment, visitor, range.to)
  if (!sealed && !broken && range.to === undefined) listener.report(end, segment.end, 'the file ends too early')
}

/** The record in bytes of its own. */
function keep(scanned: ScannedRecord): LogRecord {
  const { position, type, bodySize, damaged, header, body } = scanned
  const headerBytes = Buffer.from(header.words.buffer.subarray(header.at, header.at + header.size))
  const bodyBytes = body === undefined ? undefined : Buffer.from(body.buffer.subarray(body.at, body.at + bodySize))
  return { position, type, header: headerBytes, bodySize, body: bodyBytes, damaged }
}
