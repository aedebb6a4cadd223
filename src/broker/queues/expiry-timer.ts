import type { Clock, Timer } from '../../std/clock.ts'

/** One timer for the head that expires next. */
export class ExpiryTimer {
  readonly #clock: Clock
  readonly #queue: { wake(): void }
  #at = Number.POSITIVE_INFINITY
  #timer: Timer | undefined

  /** Wakes `queue` when it fires. */
  constructor(clock: Clock, queue: { wake(): void }) {
    this.#clock = clock
    this.#queue = queue
  }

  /** Fires at a monotonic time, instead of the one set before; Infinity for never. */
  watch(at: number): void {
    if (at === this.#at) return
    this.cancel()
    if (at === Number.POSITIVE_INFINITY) return
    this.#at = at
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => {
      this.#at = Number.POSITIVE_INFINITY
      this.#queue.wake()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#at = Number.POSITIVE_INFINITY
  }
}
