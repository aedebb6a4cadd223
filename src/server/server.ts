import type { Broker, BrokerSettings } from '../broker/broker.ts'
import { openBroker } from '../broker/open-broker.ts'
import type { Node, Protocol } from '../plugin.ts'
import { type Clock, systemClock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { type Random, systemRandom } from '../std/random.ts'
import type { Store } from '../store/log.ts'
import { brokerAdministration } from './administration-settings.ts'
import { openControlSocket } from './control-socket.ts'
import { loadDefinitions } from './definition-files.ts'
import { type Installation, PluginHost } from './host.ts'
import { openListeners } from './listener-set.ts'
import type { Listener } from './listeners.ts'
import { loginBackends } from './login-settings.ts'
import { type NodeSurroundings, ServerNode } from './node.ts'
import { nodeName } from './node-name.ts'
import { openStore } from './open-store.ts'
import { watchResources } from './resource-watch.ts'
import type { Settings } from './settings.ts'

/** `dataDirectory` is where messages and definitions live; undefined keeps them in memory only. */
export interface ServerOptions extends NodeSurroundings {
  readonly settings: Settings
  readonly logger: Logger
  readonly clock?: Clock
  readonly random?: Random
  /** A store instead of the one of `dataDirectory`. */
  readonly store?: Store
  /** Plug-ins to run instead of the built-in ones. */
  readonly plugins?: readonly Installation[]
  /** Called once when the disk failed: nothing becomes durable any more, the process should end. */
  readonly onStorageFault?: (fault: Error) => void
}

/** A running broker with its heads and listeners. */
export interface Server {
  readonly broker: Broker
  readonly listeners: readonly Listener[]
  /** The node as plug-ins see it. */
  readonly node: Node
  /** Heads by name. */
  readonly protocols: ReadonlyMap<string, Protocol>
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
  const installations = Promise.resolve(
    options.plugins ?? import('./builtins.ts').then(({ builtins }) => builtins(settings)),
  )
  // Looked at below, where it may be too late for whoever watches over promises.
  installations.catch(() => {})
  try {
    const { broker, store } = await openBrokerOn(options)
    undo.push(() => broker.close())
    const node = new ServerNode(settings, broker, options)
    const host = new PluginHost(broker, logger, node)
    undo.push(() => host.stop())
    await host.start(await installations)
    await broker.recover()
    await loadDefinitions(broker, settings.administration.definitions, logger)
    const watch = await watchResources(broker, {
      memoryBytesMax: settings.memoryBytesMax,
      diskFreeBytesMin: settings.diskFreeBytesMin,
      store,
      logger,
    })
    undo.push(async () => watch.stop())
    node.watch = watch
    node.plugins = [...host.started]
    node.protocols = host.protocols
    const plugins = [...host.started]
    const { protocols } = host
    const listeners = await openListeners({ settings, protocols, clock: broker.clock, logger })
    undo.push(() => listeners.close())
    const control = protocols.get('http')
    if (options.dataDirectory !== undefined && control !== undefined && process.platform !== 'win32') {
      undo.push(await openControlSocket(options.dataDirectory, control, logger))
    }
    node.listening = listeners
    let closing: Promise<void> | undefined
    return {
      broker,
      listeners: listeners.all,
      node,
      protocols,
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

async function openBrokerOn(options: ServerOptions): Promise<{ broker: Broker; store: Store }> {
  const { settings, logger } = options
  const world = { clock: options.clock ?? systemClock, random: options.random ?? systemRandom, logger }
  const { diskFreeBytesMin } = settings
  const store = options.store ?? (await openStore({ directory: options.dataDirectory, diskFreeBytesMin, ...world }))
  if (options.onStorageFault !== undefined) store.onFault = options.onStorageFault
  try {
    return { broker: await openBroker({ ...world, store, settings: brokerSettings(settings) }), store }
  } catch (error) {
    await store.close()
    throw error
  }
}

function brokerSettings(settings: Settings): BrokerSettings {
  return {
    defaultUser: settings.defaultUser,
    defaultPassword: settings.defaultPassword,
    defaultVhost: settings.defaultVhost,
    defaultUserTags: settings.defaultUserTags,
    defaultPermissions: settings.defaultPermissions,
    loopbackUsers: settings.loopbackUsers,
    authBackends: loginBackends(settings.login),
    loginLimits: settings.login.limits,
    consumerTimeoutMilliseconds: settings.consumerTimeoutMilliseconds,
    messageSizeMax: settings.messageBytesMax,
    contentBytesInMemoryMax: settings.contentBytesInMemoryMax,
    nodeName: nodeName(),
    clusterName: settings.clusterName,
    product: { name: settings.productName, version: settings.productVersion },
    ...brokerAdministration(settings.administration),
  }
}
