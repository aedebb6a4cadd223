import type { Clock, Timer } from '../../std/clock.ts'

/** One timer for the head that expires next. */
export class ExpiryTimer {
  readonly #clock: Clock
  readonly #onExpiry: () => void
  #at = Number.POSITIVE_INFINITY
  #timer: Timer | undefined

  constructor(clock: Clock, onExpiry: () => void) {
    this.#clock = clock
    this.#onExpiry = onExpiry
  }

  /** Fires at a monotonic time, instead of the one set before; Infinity for never. */
  watch(at: number): void {
    if (at === this.#at) return
    this.cancel()
    if (at === Number.POSITIVE_INFINITY) return
    this.#at = at
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => {
      this.#at = Number.POSITIVE_INFINITY
      this.#onExpiry()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#at = Number.POSITIVE_INFINITY
  }
}
