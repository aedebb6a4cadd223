import type { Clock, Timer } from '../../src/std/clock.ts'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import type { Chance } from '../fuzz/chance.ts'
import type { Trace } from './trace.ts'

/** A call to the disk that has not returned. */
interface Paused {
  readonly name: string
  readonly resume: () => void
}

/**
 * Decides what happens next in one process: the end of a turn, the return of one of the calls to the disk, or
 * that time goes on. Chance decides, so a run depends on its seed alone.
 */
export class Scheduler implements Clock {
  readonly #chance: Chance
  readonly #trace: Trace
  readonly #time: VirtualClock
  #deferred: (() => void)[] = []
  #paused: Paused[] = []
  #dead = false

  /** `now` is the wall time it begins with. */
  constructor(chance: Chance, trace: Trace, now: number) {
    this.#chance = chance
    this.#trace = trace
    this.#time = new VirtualClock(now)
  }

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
    if (!this.#dead) this.#deferred.push(task)
  }

  /** Nothing is left of this turn: all that was to happen at its end has happened. */
  get isTurnOver(): boolean {
    return this.#deferred.length === 0
  }

  /** Nothing can happen but that time goes on. */
  get isIdle(): boolean {
    return this.#deferred.length === 0 && this.#paused.length === 0
  }

  /** How long a call to the disk takes: mostly until its turn comes among others, now and then no time. */
  pace(name: string): Promise<void> {
    if (this.#chance.oneIn(3)) return Promise.resolve()
    return new Promise((resume) => this.#paused.push({ name, resume }))
  }

  /** The process is gone: nothing of it happens any more. */
  kill(): void {
    this.#dead = true
    this.#deferred = []
    this.#paused = []
  }

  /** Lets time go on; timers run. */
  advance(milliseconds: number): void {
    this.#trace.tell(`time +${milliseconds}`)
    this.#time.advance(milliseconds)
  }

  /** One thing happens, and all that follows from it at once. */
  async step(): Promise<void> {
    const { length } = this.#paused
    if (length > 0 && (this.#deferred.length === 0 || this.#chance.oneIn(2))) {
      const [{ name, resume }] = this.#paused.splice(this.#chance.below(length), 1) as [Paused]
      this.#trace.tell(`done ${name}`)
      resume()
    } else if (this.#deferred.length > 0) {
      const t = this.#deferred.shift()!
      t()
    } else {
      this.advance(1 + this.#chance.below(40))
    }
    await quiet()
  }

  /** Goes on until the promise is kept or broken; false if it is not within so many steps. */
  async until(promise: Promise<unknown>, stepsMax: number): Promise<boolean> {
    let over = false
    const end = () => {
      over = true
    }
    promise.then(end, end)
    await quiet()
    for (let steps = 0; !over && steps < stepsMax; steps++) await this.step()
    return over
  }

  /** Goes on until nothing happens any more by itself within some time. */
  async settle(milliseconds: number): Promise<void> {
    const end = this.monotonic() + milliseconds
    while (!this.isIdle || this.monotonic() < end) await this.step()
  }
}

/** Resolves when all that follows at once has followed. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
