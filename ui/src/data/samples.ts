/** One sample as the HTTP API shows it. */
interface ApiSample {
  readonly sample: number
  readonly timestamp: number
}

/** `messages_details` and the like. */
export interface Details {
  readonly rate?: number
  readonly samples?: readonly ApiSample[]
}

/** A value at a time, in milliseconds since 1970; null where there is none. */
export type Point = readonly [at: number, value: number | null]

/** What was measured, oldest first. */
export function levels(details: Details | undefined): Point[] {
  return (details?.samples ?? []).map(({ timestamp, sample }): Point => [timestamp, sample]).sort((a, b) => a[0] - b[0])
}

/** How fast a count grew from sample to sample, per second. */
export function speeds(details: Details | undefined): Point[] {
  const counts = levels(details)
  return counts.slice(1).map(([at, value], n): Point => {
    const [before, former] = counts[n]!
    return [at, Math.max(0, ((value ?? 0) - (former ?? 0)) / Math.max(0.001, (at - before) / 1000))]
  })
}
