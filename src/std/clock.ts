/** A pending timer; cancelling twice is harmless. */
export interface Timer {
  cancel(): void
}

/**
 * Time and the end of the turn, injected everywhere so that a whole broker runs in a simulator.
 * Wall time is for what users see (timestamps); monotonic time for every deadline.
 */
export interface Clock {
  /** Wall time, milliseconds since the epoch. */
  now(): number
  /** Milliseconds from an arbitrary start, never going back. */
  monotonic(): number
  /** Calls `task` once after `milliseconds` (any size, also beyond 2^31). */
  after(milliseconds: number, task: () => void): Timer
  /** Calls `task` every `milliseconds` until cancelled. */
  every(milliseconds: number, task: () => void): Timer
  /** Calls `task` after the input that is at hand was handled: the end of the turn. */
  defer(task: () => void): void
}

/** Node's timers fire at once when given more. */
const timeoutMax = 0x7fff_ffff

/** The time of the machine. Its timers do not keep the process alive: listeners and sockets do. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (milliseconds, task) => new SystemTimer(milliseconds, task),
  every(milliseconds, task) {
    const interval = setInterval(task, Math.min(milliseconds, timeoutMax))
    interval.unref()
    return { cancel: () => clearInterval(interval) }
  },
  defer: (task) => {
    setImmediate(task)
  },
}

/** One timeout, or as many behind each other as the time needs. */
class SystemTimer implements Timer {
  readonly #task: () => void
  readonly #deadline: number
  #timeout: NodeJS.Timeout

  constructor(milliseconds: number, task: () => void) {
    this.#task = task
    this.#deadline = performance.now() + milliseconds
    this.#timeout = this.#arm(milliseconds)
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  #arm(milliseconds: number): NodeJS.Timeout {
    const timeout = setTimeout(this.#fire, Math.min(milliseconds, timeoutMax))
    timeout.unref()
    return timeout
  }

  readonly #fire = (): void => {
    // Node may fire a millisecond early, which is near enough; only a cut timeout is armed again.
    const left = this.#deadline - performance.now()
    if (left > 1) this.#timeout = this.#arm(left)
    else this.#task()
  }
}
