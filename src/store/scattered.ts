import type { Position } from './log.ts'

/** Bytes between records beyond which it costs less to read each alone than all that lies between them. */
const FAR_BYTES = 16 * 1024

/** So few are read one after the other, each with what lies behind it: whoever asks for few goes on there. */
const FEW = 8

/** Those of the positions that are far from all others. */
export function scattered(positions: readonly Position[]): Position[] {
  if (positions.length <= FEW) return []
  const sorted = positions.toSorted((a, b) => a - b)
  return sorted.filter((position, index) => {
    const before = sorted[index - 1] ?? Number.NEGATIVE_INFINITY
    const after = sorted[index + 1] ?? Number.POSITIVE_INFINITY
    return position - before > FAR_BYTES && after - position > FAR_BYTES
  })
}
