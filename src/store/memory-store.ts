import { type Clock, systemClock } from '../std/clock.ts'
import type { Damage, Log, Store } from './log.ts'
import { MemoryLog } from './memory-log.ts'

/**
 * A store without a disk: nothing survives it. What was committed is durable at the end of the turn, or as many
 * milliseconds later as `delay` says then, like a slow disk.
 */
export function openMemoryStore(clock: Clock = systemClock, delay?: () => number): Store {
  return new MemoryStore(clock, delay)
}

class MemoryStore implements Store {
  readonly #clock: Clock
  readonly #delay: (() => number) | undefined
  readonly #logs = new Map<string, MemoryLog>()
  readonly damage: readonly Damage[] = []
  readonly damageCount = 0
  onFault: ((fault: Error) => void) | undefined = undefined
  readonly full = false
  onFull: ((full: boolean) => void) | undefined = undefined
  onSpace: ((bytesLeft: number) => void) | undefined = undefined

  constructor(clock: Clock, delay: (() => number) | undefined) {
    this.#clock = clock
    this.#delay = delay
  }

  async open(name: string): Promise<Log> {
    let log = this.#logs.get(name)
    if (log === undefined) {
      log = new MemoryLog(name, this.#clock, this.#delay)
      this.#logs.set(name, log)
    }
    return log
  }

  async names(): Promise<string[]> {
    return [...this.#logs.keys()]
  }

  async remove(name: string): Promise<void> {
    this.#logs.get(name)?.discard()
    this.#logs.delete(name)
  }

  async look(): Promise<number> {
    return Number.POSITIVE_INFINITY
  }

  async close(): Promise<void> {
    for (const log of this.#logs.values()) await log.flush()
  }
}
