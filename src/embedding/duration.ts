/** Milliseconds, or a text such as `250ms`, `10s`, `5m`, `2h`, `1d`. */
export type Duration = number | string

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration. Throws a RangeError that names what is none. */
export function milliseconds(duration: Duration): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(String(duration)) ?? []
  const value = typeof duration === 'number' ? duration : Number(count) * (units[unit ?? ''] ?? Number.NaN)
  if (value >= 0 && value < Number.POSITIVE_INFINITY) return value
  throw new RangeError(`'${duration}' is no duration: give milliseconds, or a text such as '10m'`)
}
