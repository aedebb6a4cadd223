import type { DiskFile } from './disk.ts'
import type { Position, VisitedRecord } from './log.ts'
import { HEAD_SIZE, recordSize } from './record.ts'
import { type ScanVisitor, scanSegment } from './scan.ts'
import type { Segment } from './segment.ts'
import { IndexBuilder } from './segment-index.ts'

/** What of a segment is visited. */
export interface ReplayRange {
  readonly from: Position
  /** Where the durable part ends of a segment that is still written; others are read to their seal. */
  readonly to: Position | undefined
  readonly bodies: boolean
}

export interface ReplayListener {
  visit(record: VisitedRecord): void
  report(from: Position, to: Position, reason: string): void
}

/** What the index of a segment is made of, and where the seal is. */
export interface IndexContent {
  readonly builder: IndexBuilder
  readonly end: Position
}

/**
 * Visits a segment's records from a position on and reports what does not verify, wherever in it. Answers
 * what its index is to hold, if it is sealed and without damage.
 */
export async function replaySegment(
  source: { readonly file: DiskFile; readonly segment: Segment },
  range: ReplayRange,
  listener: ReplayListener,
): Promise<IndexContent | undefined> {
  const { file, segment } = source
  const builder = new IndexBuilder(segment.size)
  let isWhole = range.to === undefined
  let broken = false
  const visitor: ScanVisitor = {
    bodies: range.bodies,
    record(scanned) {
      const { position, headerSize, bodySize, damaged } = scanned
      if (damaged) {
        isWhole = false
        listener.report(position, position + recordSize(headerSize, bodySize), 'the body did not verify')
      }
      if (isWhole) builder.add(scanned.words, scanned.headerAt - HEAD_SIZE)
      if (position >= range.from) listener.visit(scanned)
    },
    own: (words, at) => builder.add(words, at),
    hole(from, to, unreadable) {
      isWhole = false
      broken = to === segment.end
      listener.report(from, to, unreadable ? 'the disk could not read it' : 'no record verified')
    },
  }
  const { sealed, end } = await scanSegment(file, segment, visitor, range.to === undefined ? {} : { to: range.to })
  if (!sealed && !broken && range.to === undefined) listener.report(end, segment.end, 'the file ends too early')
  return sealed && isWhole ? { builder, end } : undefined
}
