const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const minutes = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dated = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' })

/** `14:03:59`, of milliseconds since 1970. */
export function timeOfDay(at: number, seconds = true): string {
  return (seconds ? clock : minutes).format(at)
}

/** `2026-11-21 14:03:59`. */
export function dateTime(at: number): string {
  return `${dated.format(at)} ${clock.format(at)}`
}

const steps: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** `3 h 12 min`; two units at most. */
export function duration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '∞'
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`
  const first = steps.findIndex(([, length]) => milliseconds >= length)
  const [unit, length] = steps[first]!
  const next = steps[first + 1]
  const rest = next === undefined ? 0 : Math.floor((milliseconds % length) / next[1])
  const head = `${Math.floor(milliseconds / length)} ${unit}`
  return rest === 0 || next === undefined ? head : `${head} ${rest} ${next[0]}`
}
