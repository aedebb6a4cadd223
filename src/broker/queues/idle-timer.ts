import type { Clock, Timer } from '../../std/clock.ts'

/** What the timer needs of its queue. */
export interface IdleTimerPort {
  /** The queue is in use all the time that it has consumers. */
  readonly consumerCount: number
  onIdle(): void
}

/** The time a queue may go without use. Uses only note the time; the timer finds out when it fires. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #port: IdleTimerPort
  #milliseconds: number | undefined
  #usedAt: number
  #timer: Timer | undefined

  /** `milliseconds` without use after which it expires; undefined for never (`x-expires`). */
  constructor(clock: Clock, port: IdleTimerPort, milliseconds: number | undefined) {
    this.#clock = clock
    this.#port = port
    this.#milliseconds = milliseconds
    this.#usedAt = clock.monotonic()
    this.#watch()
  }

  used(): void {
    this.#usedAt = this.#clock.monotonic()
  }

  /** A new time, counted from the last use. */
  setMilliseconds(milliseconds: number | undefined): void {
    if (milliseconds === this.#milliseconds) return
    this.#milliseconds = milliseconds
    this.#timer?.cancel()
    // Never from within the call: whoever changes policies goes through all queues.
    this.#timer = this.#clock.after(0, () => this.#watch())
  }

  cancel(): void {
    this.#timer?.cancel()
  }

  #watch(): void {
    const clock = this.#clock
    const milliseconds = this.#milliseconds
    if (milliseconds === undefined) return
    const isBusyNow = this.#port.consumerCount > 0
    const idleFor = clock.monotonic() - this.#usedAt
    if (!isBusyNow && idleFor >= milliseconds) return this.#port.onIdle()
    this.#timer = clock.after(isBusyNow ? milliseconds : milliseconds - idleFor, () => this.#watch())
  }
}
