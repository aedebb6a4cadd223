import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Broker } from '../broker/broker.ts'
import type {
  Node,
  NodeCertificate,
  NodeControl,
  NodeListener,
  NodeMemory,
  Protocol,
  ProtocolConnection,
} from '../plugin.ts'
import { watchEventLoop } from './event-loop-delay.ts'
import type { ListenerSet } from './listener-set.ts'
import { nodeName } from './node-name.ts'
import type { ResourceWatch } from './resource-watch.ts'
import type { Settings } from './settings.ts'
import { measureSync } from './sync-probe.ts'

/** The version of RabbitMQ whose behaviour is followed. Tools compare it before they use a feature. */
export const RABBITMQ_VERSION = '4.3.6'

/** What the node stands on, known to whoever starts it. */
export interface NodeSurroundings {
  readonly dataDirectory: string | undefined
  readonly configurationFiles?: readonly string[]
  readonly logDestinations?: readonly string[]
}

/** What the server tells its plug-ins of itself; some of it is known only after they have started. */
export class ServerNode implements Node {
  readonly name: string
  readonly rabbitVersion = RABBITMQ_VERSION
  readonly productName: string
  readonly productVersion: string
  readonly startedAt: number
  readonly #settings: Settings
  readonly processId = process.pid
  readonly processors = cpus().length
  readonly runtime = { node: process.versions.node, v8: process.versions.v8, openssl: process.versions.openssl }
  readonly watchEventLoop = watchEventLoop
  plugins: readonly string[] = []
  protocols: ReadonlyMap<string, Protocol> = new Map()
  listening: ListenerSet | undefined
  watch: ResourceWatch | undefined
  control: NodeControl | undefined
  readonly dataDirectory: string | undefined
  readonly configurationFiles: readonly string[]
  readonly logDestinations: readonly string[]
  #openFilesMax: number | undefined

  constructor(settings: Settings, broker: Broker, surroundings: NodeSurroundings) {
    this.#settings = settings
    this.dataDirectory = surroundings.dataDirectory
    this.configurationFiles = surroundings.configurationFiles ?? []
    this.logDestinations = surroundings.logDestinations ?? []
    this.name = nodeName()
    this.productName = settings.productName
    this.productVersion = settings.productVersion
    this.startedAt = broker.clock.now()
  }

  get clusterName(): string {
    return this.#settings.clusterName ?? this.name
  }

  get memoryBytesMax(): number {
    return this.watch?.memoryBytesMax ?? this.#settings.memoryBytesMax
  }

  get diskFreeBytesMin(): number {
    return this.watch?.diskFreeBytesMin ?? this.#settings.diskFreeBytesMin
  }

  get clusterTags(): Readonly<Record<string, string>> {
    return this.#settings.clusterTags
  }

  get tags(): Readonly<Record<string, string>> {
    return this.#settings.nodeTags
  }

  get residentBytes(): number {
    return process.memoryUsage.rss()
  }

  get memory(): NodeMemory {
    return process.memoryUsage()
  }

  get openFiles(): number {
    try {
      // One of them is the directory itself.
      return readdirSync('/proc/self/fd').length - 1
    } catch {
      return 0
    }
  }

  get openFilesMax(): number {
    this.#openFilesMax ??= readOpenFilesMax()
    return this.#openFilesMax
  }

  get contextSwitches(): number {
    const { voluntaryContextSwitches, involuntaryContextSwitches } = process.resourceUsage()
    return voluntaryContextSwitches + involuntaryContextSwitches
  }

  get authMechanisms(): readonly string[] {
    return this.#settings.authMechanisms
  }

  get certificates(): readonly NodeCertificate[] {
    return this.listening?.certificates ?? []
  }

  get diskFreeBytes(): number | undefined {
    return this.watch?.diskFreeBytes
  }

  get listeners(): readonly NodeListener[] {
    return (this.listening?.all ?? []).map(({ protocol, host, port, tls }) => ({
      protocol: tls ? overTls(protocol) : protocol,
      address: host,
      port,
      tls,
    }))
  }

  async measureSync(): Promise<readonly number[]> {
    return this.dataDirectory === undefined ? [] : measureSync(this.dataDirectory)
  }

  *connections(): Iterable<ProtocolConnection> {
    for (const protocol of this.protocols.values()) yield* protocol.connections()
  }
}

/** As RabbitMQ names it: `amqp/ssl`, `https/web-mqtt`. */
function overTls(protocol: string): string {
  return protocol.startsWith('http') ? protocol.replace('http', 'https') : `${protocol}/ssl`
}

/** The soft limit, as Linux tells it. */
function readOpenFilesMax(): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(limit ?? 0)
  } catch {
    return 0
  }
}
