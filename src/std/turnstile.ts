/** Lets so many through at a time; the others wait in the order they came. */
export class Turnstile {
  readonly #countMax: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  /** Carries `work` out when there is room, and makes room when it is done. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#countMax) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#inside++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#inside--
      else next()
    }
  }
}
