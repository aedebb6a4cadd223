import type { SampleRange } from './sample-range.ts'

/** One value at one time. */
export type Sample = { readonly sample: number; readonly timestamp: number }

/** Values of one counter or gauge over time, in steps of `intervalMilliseconds`; the oldest are overwritten. */
export class SampleSeries {
  readonly #values: Float64Array
  #count = 0
  #next = 0
  /** Wall-clock milliseconds of the newest. */
  #newestAt = 0
  readonly intervalMilliseconds: number

  constructor(capacity: number, intervalMilliseconds: number) {
    this.#values = new Float64Array(capacity)
    this.intervalMilliseconds = intervalMilliseconds
  }

  add(at: number, value: number): void {
    this.#values[this.#next] = value
    this.#next = (this.#next + 1) % this.#values.length
    this.#count = Math.min(this.#count + 1, this.#values.length)
    this.#newestAt = at
  }

  get length(): number {
    return this.#count
  }

  /** How far back it can go. */
  get spanMilliseconds(): number {
    return (this.#values.length - 1) * this.intervalMilliseconds
  }

  /** Values over a range, newest first, as the HTTP API shows them; as far back as there are any. */
  samples({ ageSeconds, incrementSeconds }: SampleRange): Sample[] {
    const interval = this.intervalMilliseconds
    const stride = Math.max(1, Math.round((incrementSeconds * 1000) / interval))
    const steps = Math.floor((ageSeconds * 1000) / interval)
    const samples: Sample[] = []
    for (let step = 0; step <= steps && step < this.#count; step += stride) {
      const index = (this.#next - 1 - step + this.#values.length) % this.#values.length
      samples.push({ sample: this.#values[index]!, timestamp: this.#newestAt - step * interval })
    }
    return samples
  }
}
