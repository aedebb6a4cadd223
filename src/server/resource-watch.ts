import type { Alarm } from '../broker/alarm.ts'
import type { Broker } from '../broker/broker.ts'
import { type Clock, systemClock, type Timer } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Store } from '../store/log.ts'
import { nodeName } from './node-name.ts'

const memoryCheckMilliseconds = 250
const diskCheckMilliseconds = 1000
/** An alarm goes when a tenth more than the limit is there again, so that it does not come and go. */
const clearance = 0.1

export interface ResourceLimits {
  readonly memoryBytesMax: number
  readonly diskFreeBytesMin: number
  /** Knows its disk, and looks by itself when it takes more of it. */
  readonly store: Pick<Store, 'look' | 'onSpace'>
  readonly logger: Logger
  /** These are the machine's own, whatever time the broker lives in. */
  readonly clock?: Clock
  /** Bytes of memory that the process takes. */
  readonly residentBytes?: () => number
}

/** Raises the broker's alarms while memory or disk run short. The first look is taken before this resolves. */
export async function watchResources(
  broker: Pick<Broker, 'raiseAlarm' | 'clearAlarm'>,
  limits: ResourceLimits,
): Promise<ResourceWatch> {
  const watch = new ResourceWatch(broker, limits)
  watch.checkMemory()
  await watch.checkDisk()
  return watch
}

/** Looks at the machine now and then until stopped. */
export class ResourceWatch {
  readonly #broker: Pick<Broker, 'raiseAlarm' | 'clearAlarm'>
  #limits: ResourceLimits
  readonly #residentBytes: () => number
  readonly #timers: readonly Timer[]
  readonly #raised = new Set<Alarm>()
  #measuringDisk = false
  #stopped = false
  #diskFreeBytes: number | undefined

  constructor(broker: Pick<Broker, 'raiseAlarm' | 'clearAlarm'>, limits: ResourceLimits) {
    this.#broker = broker
    this.#limits = limits
    this.#residentBytes = limits.residentBytes ?? process.memoryUsage.rss
    const clock = limits.clock ?? systemClock
    this.#timers = [
      clock.every(memoryCheckMilliseconds, () => this.checkMemory()),
      clock.every(diskCheckMilliseconds, () => void this.checkDisk()),
    ]
    limits.store.onSpace = (left) => this.#judgeDisk(left)
  }

  /** As last seen; undefined where nothing is kept on a disk. */
  get diskFreeBytes(): number | undefined {
    return this.#diskFreeBytes
  }

  get memoryBytesMax(): number {
    return this.#limits.memoryBytesMax
  }

  get diskFreeBytesMin(): number {
    return this.#limits.diskFreeBytesMin
  }

  /** Other limits, which are looked at at once. */
  async setLimits(limits: Partial<Pick<ResourceLimits, 'memoryBytesMax' | 'diskFreeBytesMin'>>): Promise<void> {
    this.#limits = { ...this.#limits, ...limits }
    this.checkMemory()
    await this.checkDisk()
  }

  stop(): void {
    this.#stopped = true
    this.#limits.store.onSpace = undefined
    for (const timer of this.#timers) timer.cancel()
  }

  checkMemory(): void {
    const used = this.#residentBytes()
    const max = this.#limits.memoryBytesMax
    if (used > max) this.#raise('low on memory', `memory used: ${used} bytes, allowed: ${max}`)
    else if (used <= max * (1 - clearance)) this.#clear('low on memory')
  }

  async checkDisk(): Promise<void> {
    if (this.#measuringDisk) return
    this.#measuringDisk = true
    const left = await this.#limits.store.look()
    this.#measuringDisk = false
    this.#judgeDisk(left)
  }

  #judgeDisk(left: number): void {
    this.#diskFreeBytes = Number.isFinite(left) ? left : undefined
    if (this.#stopped) return
    const { diskFreeBytesMin: min } = this.#limits
    if (left < min) this.#raise('low on disk', `free disk space: ${left} bytes, limit: ${min}`)
    else if (left >= min * (1 + clearance)) this.#clear('low on disk')
  }

  #raise(alarm: Alarm, figures: string): void {
    if (this.#raised.has(alarm)) return
    this.#raised.add(alarm)
    this.#broker.raiseAlarm(`watch: ${alarm}`, alarm)
    this.#limits.logger.warning(
      `${resourceOf(alarm)} resource limit alarm set on node ${nodeName()}. (${figures})\n` +
        'Publishers will be blocked until this alarm clears',
    )
  }

  #clear(alarm: Alarm): void {
    if (!this.#raised.delete(alarm)) return
    this.#broker.clearAlarm(`watch: ${alarm}`)
    this.#limits.logger.warning(`${resourceOf(alarm)} resource limit alarm cleared on node ${nodeName()}`)
  }
}

function resourceOf(alarm: Alarm): string {
  return alarm === 'low on memory' ? 'memory' : 'disk'
}
