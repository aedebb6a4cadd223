import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Alarm } from '../broker/alarm.ts'
import type { Broker } from '../broker/broker.ts'
import { type Clock, systemClock, type Timer } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'

const memoryCheckMilliseconds = 250
const diskCheckMilliseconds = 1000
/** An alarm goes when a tenth more than the limit is there again, so that it does not come and go. */
const clearance = 0.1

export interface ResourceLimits {
  readonly memoryBytesMax: number
  readonly diskFreeBytesMin: number
  /** A folder of the disk to watch; undefined watches none. */
  readonly directory: string | undefined
  readonly logger: Logger
  /** These are the machine's own, whatever time the broker lives in. */
  readonly clock?: Clock
  readonly probes?: ResourceProbes
}

/** What is measured. */
export interface ResourceProbes {
  residentBytes(): number
  freeBytes(directory: string): Promise<number>
}

const systemProbes: ResourceProbes = {
  residentBytes: () => process.memoryUsage.rss(),
  async freeBytes(directory) {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  },
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
  readonly #limits: ResourceLimits
  readonly #probes: ResourceProbes
  readonly #timers: readonly Timer[]
  readonly #raised = new Set<Alarm>()
  #measuringDisk = false
  #stopped = false

  constructor(broker: Pick<Broker, 'raiseAlarm' | 'clearAlarm'>, limits: ResourceLimits) {
    this.#broker = broker
    this.#limits = limits
    this.#probes = limits.probes ?? systemProbes
    const clock = limits.clock ?? systemClock
    this.#timers = [
      clock.every(memoryCheckMilliseconds, () => this.checkMemory()),
      clock.every(diskCheckMilliseconds, () => void this.checkDisk()),
    ]
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
  }

  checkMemory(): void {
    const used = this.#probes.residentBytes()
    const max = this.#limits.memoryBytesMax
    if (used > max) this.#raise('low on memory', `memory used: ${used} bytes, allowed: ${max}`)
    else if (used <= max * (1 - clearance)) this.#clear('low on memory')
  }

  async checkDisk(): Promise<void> {
    const { directory, diskFreeBytesMin: min } = this.#limits
    if (directory === undefined || this.#measuringDisk) return
    this.#measuringDisk = true
    const free = await this.#probes.freeBytes(directory).catch(() => undefined)
    this.#measuringDisk = false
    // A disk that cannot be asked is no reason to stop publishers: writing to it will tell.
    if (free === undefined || this.#stopped) return
    if (free < min) this.#raise('low on disk', `free disk space: ${free} bytes, limit: ${min}`)
    else if (free >= min * (1 + clearance)) this.#clear('low on disk')
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

function nodeName(): string {
  return `lapine@${hostname()}`
}
