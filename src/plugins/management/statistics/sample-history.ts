import type { SampleRange } from './sample-range.ts'
import { type Sample, SampleSeries } from './sample-series.ts'

/** For how long samples are kept in steps of how many seconds, finest first. */
export type Retention = readonly { readonly spanSeconds: number; readonly stepSeconds: number }[]

/** RabbitMQ's `basic` policy, for one thing among many. */
export const basicRetention: Retention = [
  { spanSeconds: 600, stepSeconds: 5 },
  { spanSeconds: 3600, stepSeconds: 60 },
]

/** RabbitMQ's `global` policy, for the whole. */
export const globalRetention: Retention = [
  ...basicRetention,
  { spanSeconds: 28_800, stepSeconds: 600 },
  { spanSeconds: 86_400, stepSeconds: 1800 },
]

/** One value over time, the coarser the longer ago. */
export class SampleHistory {
  readonly #levels: readonly SampleSeries[]

  constructor(retention: Retention) {
    this.#levels = retention.map(
      ({ spanSeconds, stepSeconds }) => new SampleSeries(spanSeconds / stepSeconds + 1, stepSeconds * 1000),
    )
  }

  /** `tick` counts the intervals of the finest level. */
  add(at: number, tick: number, value: number): void {
    const finest = this.#levels[0]!.intervalMilliseconds
    for (const level of this.#levels) {
      if (level.length === 0 || tick % (level.intervalMilliseconds / finest) === 0) level.add(at, value)
    }
  }

  /** From the finest level that goes back far enough. */
  samples(range: SampleRange): Sample[] {
    const level = this.#levels.find(({ spanMilliseconds }) => spanMilliseconds >= range.ageSeconds * 1000)
    return (level ?? this.#levels.at(-1)!).samples(range)
  }
}
