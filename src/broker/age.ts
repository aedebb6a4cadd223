const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const units: Readonly<Record<string, number>> = { Y: 365 * day, M: 30 * day, D: day, h: hour, m: minute, s: second }

/** Milliseconds of an age as streams have it (`7D`, `12h`); undefined for what is none. */
export function ageMilliseconds(text: string): number | undefined {
  const match = /^0*([1-9][0-9]*)([YMDhms])$/.exec(text)
  return match === null ? undefined : Number(match[1]) * units[match[2]!]!
}
