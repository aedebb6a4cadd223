import type { Clock, Timer } from '../../std/clock.ts'

export interface IdleTimerOptions {
  readonly clock: Clock
  /** Milliseconds without use after which it expires; undefined for never (`x-expires`). */
  readonly milliseconds: number | undefined
  /** Used all the time, as long as this says so. */
  readonly isBusy: () => boolean
  readonly onExpired: () => void
}

/** The time a queue may go without use. Uses only note the time; the timer finds out when it fires. */
export class IdleTimer {
  readonly #options: IdleTimerOptions
  #milliseconds: number | undefined
  #usedAt: number
  #timer: Timer | undefined

  constructor(options: IdleTimerOptions) {
    this.#options = options
    this.#milliseconds = options.milliseconds
    this.#usedAt = options.clock.monotonic()
    this.#watch()
  }

  used(): void {
    this.#usedAt = this.#options.clock.monotonic()
  }

  /** A new time, counted from the last use. */
  setMilliseconds(milliseconds: number | undefined): void {
    if (milliseconds === this.#milliseconds) return
    this.#milliseconds = milliseconds
    this.#timer?.cancel()
    // Never from within the call: whoever changes policies goes through all queues.
    this.#timer = this.#options.clock.after(0, () => this.#watch())
  }

  cancel(): void {
    this.#timer?.cancel()
  }

  #watch(): void {
    const { clock, isBusy, onExpired } = this.#options
    const milliseconds = this.#milliseconds
    if (milliseconds === undefined) return
    const isBusyNow = isBusy()
    const idleFor = clock.monotonic() - this.#usedAt
    if (!isBusyNow && idleFor >= milliseconds) return onExpired()
    this.#timer = clock.after(isBusyNow ? milliseconds : milliseconds - idleFor, () => this.#watch())
  }
}
