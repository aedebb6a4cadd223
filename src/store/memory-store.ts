import { type Clock, systemClock } from '../std/clock.ts'
import type { Damage, Log, Store } from './log.ts'
import { MemoryLog } from './memory-log.ts'

/** A store without a disk: nothing survives it. What was committed is durable at the end of the turn. */
export function openMemoryStore(clock: Clock = systemClock): Store {
  return new MemoryStore(clock)
}

class MemoryStore implements Store {
  readonly #clock: Clock
  readonly #logs = new Map<string, MemoryLog>()
  readonly damage: readonly Damage[] = []
  onFault: ((fault: Error) => void) | undefined = undefined
  readonly full = false
  onFull: ((full: boolean) => void) | undefined = undefined
  onSpace: ((bytesLeft: number) => void) | undefined = undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async open(name: string): Promise<Log> {
    let log = this.#logs.get(name)
    if (log === undefined) {
      log = new MemoryLog(name, this.#clock)
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
