import type { DiskFile } from './disk.ts'
import type { Position } from './log.ts'
import { type ScanVisitor, scanSegment } from './scan.ts'
import type { Segment } from './segment.ts'

export interface Tail {
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
export async function findTail(
  file: DiskFile,
  segment: Segment,
  listener?: Pick<ScanVisitor, 'record' | 'hole'>,
): Promise<Tail> {
  const gaps: { from: Position; to: Position; unreadable: boolean; count: number }[] = []
  let count = 0
  const scan = await scanSegment(file, segment, {
    bodies: false,
    record(scanned) {
      const { position, damaged } = scanned
      if (damaged) gaps.push({ from: position, to: position + 1, unreadable: false, count })
      count += 1
      listener?.record(scanned)
    },
    hole(from, to, unreadable) {
      gaps.push({ from, to, unreadable, count })
      listener?.hole(from, to, unreadable)
    },
  })
  // What lies behind the last record was never written, or torn.
  const torn = gaps.find((gap) => gap.to > scan.proven && gap.from < scan.end && !gap.unreadable)
  const cut = torn === undefined ? scan.end : Math.max(torn.from, scan.proven)
  return { cut, end: scan.end, count: torn?.count ?? count }
}
