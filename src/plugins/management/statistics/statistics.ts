import type { Clock, Timer } from '../../../std/clock.ts'
import { Collector, type CollectorOptions } from './collector.ts'

/** Milliseconds between two samples. */
const INTERVAL = 5000

/** Every collector there is, and the one timer that wakes them; it runs only while somebody looks. */
export class Statistics {
  readonly #clock: Clock
  readonly #collectors: Collector<object>[] = []
  #timer: Timer | undefined
  #tick = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A collector that samples from the next look on. */
  collect<T extends object>(options: Omit<CollectorOptions<T>, 'clock'>): Collector<T> {
    const collector = new Collector({ ...options, clock: this.#clock })
    this.#collectors.push(collector as unknown as Collector<object>)
    return collector
  }

  /** Somebody looks: from now on samples are taken, until nobody has looked for a while. */
  wake(): void {
    this.#timer ??= this.#clock.every(INTERVAL, () => this.#sample())
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #sample(): void {
    this.#tick++
    let isLookedAt = false
    for (const collector of this.#collectors) if (collector.sample(this.#tick)) isLookedAt = true
    if (!isLookedAt) this.close()
  }
}
