/** Steps in each power of two: values are told apart to within 1.6 %. */
const STEPS = 64

/** Counts how long things took, in microseconds, in the same memory however many there are. */
export class LatencyHistogram {
  readonly #counts = new Map<number, number>()
  #total = 0
  #sum = 0
  #max = 0
  #min = Number.POSITIVE_INFINITY

  get count(): number {
    return this.#total
  }

  record(microseconds: number): void {
    const value = Math.max(0, Math.round(microseconds))
    const slot = slotOf(value)
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1)
    this.#total += 1
    this.#sum += value
    this.#max = Math.max(this.#max, value)
    this.#min = Math.min(this.#min, value)
  }

  /** The value that this share (0 to 1) of all is not above. */
  quantile(share: number): number {
    let left = Math.ceil(share * this.#total)
    for (const [slot, count] of [...this.#counts].sort(([one], [other]) => one - other)) {
      left -= count
      if (left <= 0) return Math.min(this.#max, upperBound(slot))
    }
    return this.#max
  }

  /** In microseconds; zeros when nothing was counted. */
  summary() {
    if (this.#total === 0) return { count: 0, min: 0, mean: 0, p50: 0, p75: 0, p95: 0, p99: 0, p999: 0, max: 0 }
    return {
      count: this.#total,
      min: this.#min,
      mean: Math.round(this.#sum / this.#total),
      p50: this.quantile(0.5),
      p75: this.quantile(0.75),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
      max: this.#max,
    }
  }

  clear(): void {
    this.#counts.clear()
    this.#total = 0
    this.#sum = 0
    this.#max = 0
    this.#min = Number.POSITIVE_INFINITY
  }
}

function slotOf(value: number): number {
  if (value < STEPS) return value
  const power = Math.floor(Math.log2(value)) - Math.log2(STEPS)
  return STEPS * (power + 1) + Math.floor(value / 2 ** power) - STEPS
}

function upperBound(slot: number): number {
  if (slot < STEPS) return slot
  const power = Math.floor(slot / STEPS) - 1
  return ((slot % STEPS) + STEPS + 1) * 2 ** power - 1
}
