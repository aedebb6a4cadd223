import { type Duplex, duplexPair } from 'node:stream'
import type { Server } from '../server/server.ts'
import type { JsonObject } from '../std/json.ts'
import type { VirtualClock } from '../std/virtual-clock.ts'
import { Content, type Snapshot } from './content.ts'
import { Expectations } from './expectations.ts'
import { Faults, type WriteDelay } from './faults.ts'
import { PassingTime } from './passing-time.ts'
import { QueueView } from './queue-view.ts'
import { Recording } from './recording.ts'

/** What it was made of. */
export interface EmbeddedParts {
  readonly server: Server
  readonly clock: VirtualClock | undefined
  readonly delay: WriteDelay | undefined
  /** For URLs. */
  readonly login: { readonly user: string; readonly password: string; readonly vhost: string }
  readonly host: string
}

/** Whoever comes in by `connectSocket`. */
const IN_PROCESS = { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1', loopback: true, tls: undefined }

/** A whole broker inside this process. `createBroker()` makes one. */
export class EmbeddedBroker {
  /** Its time: real, or moved by `advance`. */
  readonly clock: PassingTime
  readonly expect: Expectations
  readonly faults: Faults
  readonly #parts: EmbeddedParts
  readonly #content: Content
  #inProcess = 0

  private constructor(parts: EmbeddedParts) {
    const { broker, node } = parts.server
    this.#parts = parts
    this.clock = new PassingTime(broker, node, parts.clock)
    this.expect = new Expectations(this.clock, (name, vhost) => this.queue(name, vhost))
    this.faults = new Faults(broker, node, { delay: parts.delay, vhost: parts.login.vhost })
    this.#content = new Content(broker)
  }

  /** Puts one together; stops the server when that fails. */
  static async begin(parts: EmbeddedParts, definitions: JsonObject | undefined): Promise<EmbeddedBroker> {
    try {
      const embedded = new EmbeddedBroker(parts)
      if (definitions !== undefined) await embedded.#content.define(definitions)
      await embedded.#content.begin()
      return embedded
    } catch (error) {
      await parts.server.close()
      throw error
    }
  }

  /** `amqp://guest:guest@127.0.0.1:…`, with the first virtual host if that is not `/`. Throws where nothing listens for it. */
  get amqpUrl(): string {
    return this.#url('amqp', 'amqp', false)
  }

  get amqpsUrl(): string {
    return this.#url('amqps', 'amqp', true)
  }

  /** Of the HTTP API: `http://guest:guest@127.0.0.1:…`. Throws unless the broker was created with `management`. */
  get managementUrl(): string {
    return this.#url('http', 'http', false)
  }

  /** Of the metrics for Prometheus. Throws unless the broker was created with `prometheus`. */
  get prometheusUrl(): string {
    return `${this.#url('http', 'http/prometheus', false)}/metrics`
  }

  /** `mqtt://guest:guest@127.0.0.1:…`. Throws unless the broker was created with `mqtt`. */
  get mqttUrl(): string {
    return this.#url('mqtt', 'mqtt', false)
  }

  /** `stomp://guest:guest@127.0.0.1:…`. Throws unless the broker was created with `stomp`. */
  get stompUrl(): string {
    return this.#url('stomp', 'stomp', false)
  }

  /** `ws://guest:guest@127.0.0.1:…/ws`. Throws unless the broker was created with `webMqtt`. */
  get webMqttUrl(): string {
    return `${this.#url('ws', 'http/web-mqtt', false)}/ws`
  }

  /** `ws://127.0.0.1:…/ws`, without a login: browsers take none in such an address. Throws unless created with `webStomp`. */
  get webStompUrl(): string {
    const { host, pathname } = new URL(`${this.#url('ws', 'http/web-stomp', false)}/ws`)
    return `ws://${host}${pathname}`
  }

  /** The port a protocol listens on (`amqp`, `http`, …); undefined where it does not. */
  port(protocol: string, options: { tls?: boolean } = {}): number | undefined {
    const { listeners } = this.#parts.server
    return listeners.find((listener) => listener.protocol === protocol && listener.tls === (options.tls ?? false))?.port
  }

  /** A connection without a network, for clients that can be given a stream: the client's end of it. */
  connectSocket(protocol = 'amqp'): Duplex {
    const head = this.#parts.server.protocols.get(protocol)
    if (head === undefined) throw new Error(`no plug-in of this broker speaks ${protocol}`)
    const [ours, theirs] = duplexPair()
    this.#inProcess += 1
    head.accept(ours, { ...IN_PROCESS, remotePort: this.#inProcess, localPort: 0 })
    return theirs
  }

  /** A queue to look at; it need not exist yet. */
  queue(name: string, vhost = this.#parts.login.vhost): QueueView {
    return new QueueView(this.#parts.server.broker, vhost, name)
  }

  /** Resolves when what clients in this process have sent is routed, stored, confirmed and delivered, and nothing more comes of it. */
  settled(): Promise<void> {
    return this.clock.settled()
  }

  /** Records every publish, delivery and settlement from now on. */
  record(): Recording {
    const { broker, node } = this.#parts.server
    return new Recording(broker, node)
  }

  /** Definitions as RabbitMQ exports them, and messages that wait in queues. */
  snapshot(): Promise<Snapshot> {
    return this.#content.snapshot()
  }

  /** Puts back what a snapshot has, and nothing else. Clients stay connected. */
  async restore(snapshot: Snapshot): Promise<void> {
    this.faults.mend()
    await this.#content.restore(snapshot)
  }

  /** As it was just after it was created: for the time between two tests. Clients stay connected. */
  async reset(): Promise<void> {
    this.faults.mend()
    await this.#content.reset()
  }

  /** Ends connections and listeners; nothing of it stays in the process. Idempotent. */
  stop(): Promise<void> {
    return this.#parts.server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #url(scheme: string, protocol: string, tls: boolean): string {
    const { login, host } = this.#parts
    const port = this.port(protocol, { tls })
    if (port === undefined)
      throw new Error(`nothing listens for ${scheme} in this broker: see the options of createBroker`)
    const name = host.includes(':') ? `[${host}]` : host
    const path = login.vhost === '/' || protocol !== 'amqp' ? '' : `/${encodeURIComponent(login.vhost)}`
    return `${scheme}://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@${name}:${port}${path}`
  }
}
