/** Values of one counter or gauge over time, in steps of `intervalMilliseconds`; the oldest are overwritten. */
export class SampleSeries {
  readonly #values: Float64Array
  #count = 0
  #next = 0
  /** Wall-clock milliseconds of the newest. */
  #newestAt = 0
  readonly #interval: number

  constructor(capacity: number, intervalMilliseconds: number) {
    this.#values = new Float64Array(capacity)
    this.#interval = intervalMilliseconds
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

  /** The value `steps` before the newest; the oldest there is when it goes back further. */
  back(steps: number): number | undefined {
    if (this.#count === 0) return undefined
    const index = this.#next - 1 - Math.min(steps, this.#count - 1)
    return this.#values[(index + this.#values.length) % this.#values.length]
  }

  /** Change per second over the last two samples. */
  get rate(): number {
    if (this.#count < 2) return 0
    return ((this.back(0)! - this.back(1)!) * 1000) / this.#interval
  }

  /** Values over the last `ageSeconds` every `stepSeconds`, newest first, as the HTTP API shows them. */
  samples(ageSeconds: number, stepSeconds: number): { sample: number; timestamp: number }[] {
    const stride = Math.max(1, Math.round((stepSeconds * 1000) / this.#interval))
    const steps = Math.floor((ageSeconds * 1000) / this.#interval)
    const samples: { sample: number; timestamp: number }[] = []
    for (let step = 0; step <= steps && step < this.#count; step += stride) {
      samples.push({ sample: this.back(step)!, timestamp: this.#newestAt - step * this.#interval })
    }
    return samples
  }
}
