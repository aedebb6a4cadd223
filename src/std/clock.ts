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
