import type { Clock, Timer } from './clock.ts'
import { Heap } from './heap.ts'

/** One waiting task, or a repeated one's next turn. */
class VirtualTimer implements Timer {
  due: number
  /** Order among those due together: the order of arming. */
  order: number
  readonly task: () => void
  /** 0 for a task that runs once. */
  readonly interval: number
  cancelled = false

  constructor(due: number, order: number, task: () => void, interval: number) {
    this.due = due
    this.order = order
    this.task = task
    this.interval = interval
  }

  cancel(): void {
    this.cancelled = true
  }
}

/**
 * Time that stands still until told to go on. Timers are virtual; the end of the turn is not: deferred
 * tasks run through `setImmediate`, so that a broker on virtual time still talks over real sockets.
 * Whoever moves the time therefore waits, as in life, for what the timers set in motion: `advance` runs
 * timers at once and synchronously, `settle` lets deferred tasks and input at hand run.
 */
export class VirtualClock implements Clock {
  readonly #timers = new Heap<VirtualTimer>((a, b) => a.due - b.due || a.order - b.order)
  readonly #start: number
  #elapsed = 0
  #order = 0
  #deferred = 0

  /** `start` is the wall time it begins with. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start
  }

  /** When, in monotonic milliseconds, something falls due next; undefined when nothing does. */
  get nextDue(): number | undefined {
    for (let timer = this.#timers.peek(); timer !== undefined; timer = this.#timers.peek()) {
      if (!timer.cancelled) return timer.due
      this.#timers.pop()
    }
    return undefined
  }

  /** No deferred task waits. */
  get isIdle(): boolean {
    return this.#deferred === 0
  }

  now(): number {
    return this.#start + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(milliseconds: number, task: () => void): Timer {
    return this.#add(milliseconds, task, 0)
  }

  every(milliseconds: number, task: () => void): Timer {
    return this.#add(milliseconds, task, Math.max(1, milliseconds))
  }

  defer(task: () => void): void {
    this.#deferred += 1
    setImmediate(() => {
      this.#deferred -= 1
      task()
    })
  }

  /** Moves the time on and runs what becomes due, in order, each task at the very time it was due. */
  advance(milliseconds: number): void {
    const target = this.#elapsed + milliseconds
    for (;;) {
      const timer = this.#timers.peek()
      if (timer === undefined || timer.due > target) break
      this.#timers.pop()
      if (timer.cancelled) continue
      this.#elapsed = Math.max(this.#elapsed, timer.due)
      if (timer.interval > 0) this.#rearm(timer)
      timer.task()
    }
    this.#elapsed = target
  }

  /** Resolves when no deferred task is left; tasks that defer further ones are waited for too. */
  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (this.#deferred > 0)
  }

  #add(milliseconds: number, task: () => void, interval: number): Timer {
    const timer = new VirtualTimer(this.#elapsed + Math.max(0, milliseconds), this.#order++, task, interval)
    this.#timers.push(timer)
    return timer
  }

  #rearm(timer: VirtualTimer): void {
    timer.due += timer.interval
    timer.order = this.#order++
    this.#timers.push(timer)
  }
}
