import { Fault } from '../broker/fault.ts'
import type { NodeControl, PluginDescription, ReloadOutcome, ResourceLimit } from '../plugin.ts'
import type { JsonObject } from '../std/json.ts'
import type { ReadSettings } from './configuration.ts'
import { describePlugins, type EnabledPlugins } from './enabled-plugins.ts'
import type { ListenerSet } from './listener-set.ts'
import type { LogOutputName, LogSettings, LogThreshold } from './log-settings.ts'
import { type ServerLogger, severity } from './logger.ts'
import type { ResourceWatch } from './resource-watch.ts'
import { settingsToJson } from './settings-json.ts'
import { StartRefusal } from './start-refusal.ts'

/** Who runs the server: the process, which can start it anew. */
export interface ServerMaster {
  readonly logger: Pick<ServerLogger, 'setLevel' | 'setLevels' | 'reopen'>
  readonly enabledPlugins: EnabledPlugins
  /** As read when the server was started. */
  readonly read: ReadSettings
  /** Reads the configuration again. Throws a StartRefusal. */
  readAgain(): Promise<ReadSettings>
  stopApplication(): boolean
  stop(): void
}

/** What the control works on. */
interface ControlledServer {
  readonly master: ServerMaster
  readonly watch: ResourceWatch
  readonly listeners: ListenerSet
  readonly runningPlugins: readonly string[]
}

/** Those of RabbitMQ. A category that nothing here writes to is one nevertheless. */
const categories = ['default', 'connection', 'channel', 'queue', 'federation', 'upgrade', 'ra', 'user', 'exchange']

/** Protocols that operators come by, who stay while clients are kept out. */
const operatorsProtocols = ['http', 'prometheus']

/** Changes that need no new start, by how their keys begin. */
const reloadable = /^(vm_memory_high_watermark\.|disk_free_limit\.|log\.(\w+\.)?level$)/

/** What operators do to a server that is a process of its own. */
export class ServerControl implements NodeControl {
  readonly #server: ControlledServer
  #read: ReadSettings

  constructor(server: ControlledServer) {
    this.#server = server
    this.#read = server.master.read
  }

  get warnings(): readonly string[] {
    return this.#read.warnings
  }

  get settings(): JsonObject {
    return settingsToJson(this.#read.settings)
  }

  get pluginsFile(): string | undefined {
    return this.#server.master.enabledPlugins.path
  }

  get pluginCatalogue(): readonly PluginDescription[] {
    return describePlugins(this.#server.master.enabledPlugins.names(), this.#server.runningPlugins)
  }

  async setLimits({ memory, disk }: { memory?: ResourceLimit; disk?: ResourceLimit }): Promise<void> {
    await this.#server.watch.setLimits({
      ...(memory === undefined ? {} : { memoryBytesMax: sizeOf(memory, this.#read.settings.memoryBytesTotal) }),
      ...(disk === undefined ? {} : { diskFreeBytesMin: sizeOf(disk, this.#read.settings.memoryBytesTotal) }),
    })
  }

  setLogLevel(level: string, category: string | undefined): void {
    if (!Object.hasOwn(severity, level)) throw new Fault('precondition-failed', `there is no log level '${level}'`)
    if (category !== undefined && !categories.includes(category))
      throw new Fault('precondition-failed', `there is no log category '${category}'`)
    this.#server.master.logger.setLevel(level as LogThreshold, category)
  }

  async reopenLogs(): Promise<void> {
    await this.#server.master.logger.reopen()
  }

  async suspendListeners(): Promise<void> {
    await Promise.all(this.#clientListeners().map((listener) => listener.suspend()))
  }

  async resumeListeners(): Promise<void> {
    await Promise.all(this.#clientListeners().map((listener) => listener.resume()))
  }

  async reload(): Promise<ReloadOutcome> {
    const before = this.#read
    const now = await this.#server.master.readAgain().catch((error: unknown) => {
      if (error instanceof StartRefusal) throw new Fault('precondition-failed', error.message)
      throw error
    })
    const keys = [...new Set([...before.assigned.keys(), ...now.assigned.keys()])].sort()
    const changed = keys.filter((key) => before.assigned.get(key) !== now.assigned.get(key))
    const { memoryBytesMax, diskFreeBytesMin, log } = now.settings
    await this.#server.watch.setLimits({ memoryBytesMax, diskFreeBytesMin })
    this.#server.master.logger.setLevels(log)
    this.#read = {
      ...before,
      settings: {
        ...before.settings,
        memoryBytesMax,
        diskFreeBytesMin,
        log: withLevels(before.settings.log, log),
      },
      assigned: withReloadable(before.assigned, now.assigned),
    }
    return {
      applied: changed.filter((key) => reloadable.test(key)),
      waiting: changed.filter((key) => !reloadable.test(key)),
    }
  }

  enablePlugins(names: readonly string[]): void {
    this.#server.master.enabledPlugins.write(names)
  }

  stopApplication(): boolean {
    return this.#server.master.stopApplication()
  }

  stop(): void {
    this.#server.master.stop()
  }

  #clientListeners() {
    return this.#server.listeners.all.filter(
      ({ protocol }) => !operatorsProtocols.some((one) => protocol.includes(one)),
    )
  }
}

function sizeOf(limit: ResourceLimit, memoryBytes: number): number {
  return 'bytes' in limit ? limit.bytes : Math.floor(limit.ofMemory * memoryBytes)
}

/** The levels of the log, and in which form lines are as before. */
function withLevels(before: LogSettings, { categoryLevels, outputs }: LogSettings): LogSettings {
  const names = Object.keys(outputs) as LogOutputName[]
  const levels = names.map((name) => [name, { ...before.outputs[name], level: outputs[name].level }])
  return { ...before, categoryLevels, outputs: Object.fromEntries(levels) as LogSettings['outputs'] }
}

/** What is in effect: of the new only what needs no new start. */
function withReloadable(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Map<string, string> {
  const kept = [...before].filter(([key]) => !reloadable.test(key))
  return new Map([...kept, ...[...now].filter(([key]) => reloadable.test(key))])
}
