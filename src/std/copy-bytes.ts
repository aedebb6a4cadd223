/** Below this many bytes a loop is faster than a call into node, which takes 60 ns and more. */
const LOOP_BYTES_MAX = 48

/** Copies [start, end) of one buffer to `at` of another, which has room for it; answers where it ends there. */
export function copyBytes(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  if (end - start > LOOP_BYTES_MAX) from.copy(to, at, start, end)
  else for (let i = start, j = at; i < end; i++, j++) to[j] = from[i]!
  return at + end - start
}
