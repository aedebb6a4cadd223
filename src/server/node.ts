import { cpus } from 'node:os'
import type { Broker } from '../broker/broker.ts'
import type { Node, NodeListener, Protocol, ProtocolConnection } from '../plugin.ts'
import type { Listener } from './listeners.ts'
import { nodeName } from './node-name.ts'
import type { ResourceWatch } from './resource-watch.ts'
import type { Settings } from './settings.ts'

/** The version of RabbitMQ whose behaviour is followed. Tools compare it before they use a feature. */
const RABBITMQ_VERSION = '4.3.6'

/** What the server tells its plug-ins of itself; some of it is known only after they have started. */
export class ServerNode implements Node {
  readonly name: string
  readonly rabbitVersion = RABBITMQ_VERSION
  readonly productName: string
  readonly productVersion: string
  readonly startedAt: number
  readonly memoryBytesMax: number
  readonly diskFreeBytesMin: number
  readonly #settings: Settings
  readonly processId = process.pid
  readonly processors = cpus().length
  readonly runtime = { node: process.versions.node, v8: process.versions.v8, openssl: process.versions.openssl }
  plugins: readonly string[] = []
  protocols: ReadonlyMap<string, Protocol> = new Map()
  listening: readonly Listener[] = []
  watch: ResourceWatch | undefined

  constructor(settings: Settings, broker: Broker) {
    this.#settings = settings
    this.name = nodeName()
    this.productName = settings.productName
    this.productVersion = settings.productVersion
    this.startedAt = broker.clock.now()
    this.memoryBytesMax = settings.memoryBytesMax
    this.diskFreeBytesMin = settings.diskFreeBytesMin
  }

  get clusterName(): string {
    return this.#settings.clusterName ?? this.name
  }

  get residentBytes(): number {
    return process.memoryUsage.rss()
  }

  get diskFreeBytes(): number | undefined {
    return this.watch?.diskFreeBytes
  }

  get listeners(): readonly NodeListener[] {
    return this.listening.map(({ protocol, host, port, tls }) => ({
      protocol: tls ? `${protocol}/ssl` : protocol,
      address: host,
      port,
      tls,
    }))
  }

  *connections(): Iterable<ProtocolConnection> {
    for (const protocol of this.protocols.values()) yield* protocol.connections()
  }
}
