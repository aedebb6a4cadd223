import type { Broker, BrokerSettings } from '../broker/broker.ts'
import { openBroker } from '../broker/open-broker.ts'
import type { Node, Protocol } from '../plugin.ts'
import { type Clock, systemClock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { type Random, systemRandom } from '../std/random.ts'
import type { Store } from '../store/log.ts'
import { brokerAdministration } from './administration-settings.ts'
import { ControlSocket } from './control-socket.ts'
import { loadDefinitions } from './definition-files.ts'
import { definitionSource } from './definition-settings.ts'
import { withDependencies } from './enabled-plugins.ts'
import { type Installation, PluginHost } from './host.ts'
import { openListeners } from './listener-set.ts'
import type { Listener } from './listeners.ts'
import type { ServerLogger } from './logger.ts'
import { loginBackends } from './login-settings.ts'
import { type NodeSurroundings, ServerNode } from './node.ts'
import { ServerControl, type ServerMaster } from './node-control.ts'
import { nodeName } from './node-name.ts'
import { openStore } from './open-store.ts'
import { watchResources } from './resource-watch.ts'
import type { Settings } from './settings.ts'
import { brokerVhostDefaults } from './vhost-default-settings.ts'

/** `dataDirectory` is where messages and definitions live; undefined keeps them in memory only. */
export interface ServerOptions extends NodeSurroundings {
  readonly settings: Settings
  /** What it can attach, the exchange of the log is attached to. */
  readonly logger: Logger & Partial<Pick<ServerLogger, 'attach'>>
  readonly clock?: Clock
  readonly random?: Random
  /** A store instead of the one of `dataDirectory`. */
  readonly store?: Store
  /** Plug-ins to run instead of the built-in ones. */
  readonly plugins?: readonly Installation[]
  /** Those of the built-in ones that are asked for; undefined for all. */
  readonly enabledPlugins?: readonly string[] | undefined
  /** The process, where the server is one of its own. */
  readonly master?: ServerMaster
  /** Instead of a socket that lives as long as the server. */
  readonly openControlSocket?: (dataDirectory: string) => Promise<ControlSocket | undefined>
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
    const source = definitionSource(settings.definitions)
    const { broker, store } = await openBrokerOn(options)
    undo.push(() => broker.close())
    const node = new ServerNode(settings, broker, options)
    const host = new PluginHost(broker, logger, node)
    undo.push(() => host.stop())
    const enabled = withDependencies(options.enabledPlugins)
    await host.start((await installations).filter(({ name }) => enabled === undefined || isWanted(name, enabled)))
    await broker.recover()
    await loadDefinitions(broker, source, logger)
    undo.push(await openLogExchange(broker, options))
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
    const listened = settings.listeners.filter(({ protocol }) => isListened(protocol, protocols, enabled))
    const listeners = await openListeners({
      settings: { ...settings, listeners: listened },
      protocols,
      clock: broker.clock,
      logger,
    })
    undo.push(() => listeners.close())
    node.listening = listeners
    const { master } = options
    if (master !== undefined) {
      node.control = new ServerControl({ master, watch, listeners, runningPlugins: plugins })
    }
    undo.push(await serveControl(options, protocols.get('http')))
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

/** Plug-ins that nobody turns off: AMQP 0-9-1, the HTTP API (the control socket speaks it), and what the settings themselves ask for. */
function isWanted(name: string, enabled: ReadonlySet<string>): boolean {
  return (
    !name.startsWith('rabbitmq_') ||
    name === 'rabbitmq_management' ||
    name.startsWith('rabbitmq_auth_') ||
    enabled.has(name)
  )
}

/** Whether there is anybody to listen for. */
function isListened(
  protocol: string,
  protocols: ReadonlyMap<string, Protocol>,
  enabled: ReadonlySet<string> | undefined,
): boolean {
  if (enabled === undefined) return true
  if (protocol === 'http') return enabled.has('rabbitmq_management')
  return protocols.has(protocol)
}

/** Serves the HTTP API at the control socket; answers how to stop. */
async function serveControl(options: ServerOptions, api: Protocol | undefined): Promise<() => Promise<void>> {
  const { dataDirectory, logger, openControlSocket } = options
  if (dataDirectory === undefined || api === undefined) return async () => {}
  const control = await (openControlSocket?.(dataDirectory) ?? ControlSocket.open(dataDirectory, logger))
  control?.serve(api)
  return async () => {
    control?.serve(undefined)
    if (openControlSocket === undefined) control?.close()
  }
}

/** Publishes the log where the settings say so; answers how to stop that. */
async function openLogExchange(broker: Broker, { settings, logger }: ServerOptions): Promise<() => Promise<void>> {
  if (!settings.log.exchange || logger.attach === undefined) return async () => {}
  const { LogExchange } = await import('./log-exchange.ts')
  const { format } = settings.log.outputs.exchange
  const exchange = new LogExchange({ broker, vhost: settings.defaultVhost, node: nodeName(), format })
  const detach = logger.attach('exchange', (entry, text) => exchange.append(entry, text))
  return async () => detach()
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
  const source = definitionSource(settings.definitions)
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
    // What there is from the start is in the file, as with RabbitMQ.
    beginsEmpty: (source.path ?? source.url) !== undefined,
    vhostDefaults: brokerVhostDefaults(settings.vhostDefaults),
  }
}
