import type { Clock, Timer } from '../../src/std/clock.ts'
import { VirtualClock } from '../../src/std/virtual-clock.ts'

/** Virtual time in which the end of the turn comes when the test says so, and which survives a restart. */
export class TurnClock implements Clock {
  #time = new VirtualClock()
  #deferred: (() => void)[] = []

  now(): number {
    return this.#time.now()
  }

  monotonic(): number {
    return this.#time.monotonic()
  }

  after(milliseconds: number, task: () => void): Timer {
    return this.#time.after(milliseconds, task)
  }

  every(milliseconds: number, task: () => void): Timer {
    return this.#time.every(milliseconds, task)
  }

  defer(task: () => void): void {
    this.#deferred.push(task)
  }

  advance(milliseconds: number): void {
    this.#time.advance(milliseconds)
  }

  /** Ends turns until the promise is kept. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let kept = false
    const waiting = promise.finally(() => {
      kept = true
    })
    for (let turn = 0; !kept && turn < 1000; turn++) await this.#turn()
    if (!kept) throw new Error('turns end, and the promise is not kept')
    return waiting
  }

  /** Ends turns until nothing is left to do, reads from the log included. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 2; ) {
      idle = this.#deferred.length === 0 ? idle + 1 : 0
      await this.#turn()
    }
  }

  /** The process ends: timers are gone, time goes on. */
  restart(): void {
    this.#time = new VirtualClock(this.#time.now())
    this.#deferred = []
  }

  async #turn(): Promise<void> {
    for (const task of this.#deferred.splice(0)) task()
    // Reads from a log in memory resolve within a few microtasks.
    for (let step = 0; step < 8; step++) await Promise.resolve()
  }
}
