import { mkdirSync } from 'node:fs'
import type { Broker, BrokerSettings } from '../broker/broker.ts'
import { openBroker } from '../broker/open-broker.ts'
import { type Clock, systemClock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { type Random, systemRandom } from '../std/random.ts'
import type { Store } from '../store/log.ts'
import { type Installation, PluginHost } from './host.ts'
import { openListeners } from './listener-set.ts'
import type { Listener } from './listeners.ts'
import { watchResources } from './resource-watch.ts'
import type { Settings } from './settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

export interface ServerOptions {
  readonly settings: Settings
  /** Where messages and definitions live; undefined keeps them in memory only. */
  readonly dataDirectory: string | undefined
  readonly logger: Logger
  readonly clock?: Clock
  readonly random?: Random
  /** Plug-ins to run instead of the built-in ones. */
  readonly plugins?: readonly Installation[]
  /** Called once when the disk failed: nothing becomes durable any more, the process should end. */
  readonly onStorageFault?: (fault: Error) => void
}

/** A running broker with its heads and listeners. */
export interface Server {
  readonly broker: Broker
  readonly listeners: readonly Listener[]
  /** Names of the plug-ins that run. */
  readonly plugins: readonly string[]
  /** Stops accepting, tells the clients, and closes the store. Idempotent. */
  close(): Promise<void>
}

/** Starts everything; when it throws, what was started was stopped again. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { settings, logger } = options
  const undo: (() => Promise<void>)[] = []
  const unwind = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step()
  }
  // Loaded while the disk is at work.
  const installations = options.plugins ?? import('./builtins.ts').then(({ builtins }) => builtins(settings))
  try {
    const broker = await openBrokerOn(options)
    undo.push(() => broker.close())
    const host = new PluginHost(broker, logger)
    undo.push(() => host.stop())
    await host.start(await installations)
    await broker.recover()
    const watch = await watchResources(broker, {
      memoryBytesMax: settings.memoryBytesMax,
      diskFreeBytesMin: settings.diskFreeBytesMin,
      directory: options.dataDirectory,
      logger,
    })
    undo.push(async () => watch.stop())
    const plugins = [...host.started]
    const { protocols } = host
    const listeners = await openListeners({ settings, protocols, clock: broker.clock, logger })
    undo.push(() => listeners.close())
    let closing: Promise<void> | undefined
    return {
      broker,
      listeners: listeners.all,
      plugins,
      close: () => {
        closing ??= unwind()
        return closing
      },
    }
  } catch (error) {
    await unwind()
    throw error
  }
}

async function openBrokerOn(options: ServerOptions): Promise<Broker> {
  const { settings, logger } = options
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const store = await openStore(options.dataDirectory, { clock, random, logger })
  if (options.onStorageFault !== undefined) store.onFault = options.onStorageFault
  try {
    return await openBroker({ clock, random, logger, store, settings: brokerSettings(settings) })
  } catch (error) {
    await store.close()
    throw error
  }
}

interface World {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Loads only the store it needs. */
async function openStore(directory: string | undefined, world: World): Promise<Store> {
  if (directory === undefined) {
    const { openMemoryStore } = await import('../store/memory-store.ts')
    return openMemoryStore(world.clock)
  }
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 })
  } catch (error) {
    throw new StartRefusal(
      ExitCode.unavailable,
      `cannot use the data directory ${directory}: ${(error as Error).message}`,
    )
  }
  const [{ openFileStore }, { nodeDisk }] = await Promise.all([
    import('../store/file-store.ts'),
    import('../store/node-disk.ts'),
  ])
  return openFileStore({ directory, disk: nodeDisk, ...world })
}

function brokerSettings(settings: Settings): BrokerSettings {
  return {
    defaultUser: settings.defaultUser,
    defaultPassword: settings.defaultPassword,
    defaultVhost: settings.defaultVhost,
    defaultUserTags: settings.defaultUserTags,
    defaultPermissions: settings.defaultPermissions,
    loopbackUsers: settings.loopbackUsers,
    consumerTimeoutMilliseconds: settings.consumerTimeoutMilliseconds,
    messageSizeMax: settings.messageBytesMax,
    contentBytesInMemoryMax: settings.contentBytesInMemoryMax,
  }
}
