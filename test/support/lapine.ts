import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Administration } from '../../src/broker/administration/administration.ts'
import type { Broker } from '../../src/broker/broker.ts'
import { readSettings } from '../../src/server/configuration.ts'
import { type Server, startServer } from '../../src/server/server.ts'
import type { Clock } from '../../src/std/clock.ts'
import type { Logger } from '../../src/std/logger.ts'
import type { VirtualClock } from '../../src/std/virtual-clock.ts'

export interface LapineOptions {
  /** Lines in the dialect of rabbitmq.conf. */
  readonly configuration?: string
  /** Time that stands still until the test moves it. */
  readonly clock?: VirtualClock
}

/** A Lapine in this process, on a free port, with a data directory of its own. */
export class Lapine {
  readonly url: string
  readonly log: LogBook
  /** Its data directory. */
  readonly directory: string
  readonly #server: Server
  readonly #clock: VirtualClock | undefined

  private constructor(server: Server, directory: string, log: LogBook, clock: VirtualClock | undefined) {
    this.#server = server
    this.directory = directory
    this.#clock = clock
    this.log = log
    this.url = `amqp://guest:guest@127.0.0.1:${server.listeners[0]!.port}`
  }

  static async start(options: LapineOptions = {}): Promise<Lapine> {
    const directory = await mkdtemp(join(tmpdir(), 'lapine-feature-'))
    const log = new LogBook()
    const files = [{ path: 'test.conf', content: options.configuration ?? '' }]
    const { settings } = await readSettings(files, {}, { port: '0', host: '127.0.0.1' })
    const clock: { clock?: Clock } = options.clock === undefined ? {} : { clock: options.clock }
    const server = await startServer({ settings, dataDirectory: directory, logger: log, ...clock })
    return new Lapine(server, directory, log, options.clock)
  }

  /** Its inside, for what no client can bring about. */
  get broker(): Broker {
    return this.#server.broker
  }

  get administration(): Administration {
    return this.#server.broker.administration
  }

  /** Where the HTTP API is. */
  get httpUrl(): string {
    return `${this.#origin('http')}/api`
  }

  /** Where metrics are. */
  get metricsUrl(): string {
    return `${this.#origin('http/prometheus')}/metrics`
  }

  #origin(protocol: string): string {
    const listener = this.#server.listeners.find((one) => one.protocol === protocol)
    if (listener === undefined) throw new Error(`this broker does not speak ${protocol}`)
    return `http://127.0.0.1:${listener.port}`
  }

  /** Where MQTT is. */
  get mqttUrl(): string {
    const listener = this.#server.listeners.find(({ protocol, tls }) => protocol === 'mqtt' && !tls)
    if (listener === undefined) throw new Error('this broker does not speak MQTT')
    return `mqtt://127.0.0.1:${listener.port}`
  }

  /** The port STOMP is on. */
  get stompPort(): number {
    const listener = this.#server.listeners.find(({ protocol, tls }) => protocol === 'stomp' && !tls)
    if (listener === undefined) throw new Error('this broker does not speak STOMP')
    return listener.port
  }

  /** The port of a protocol's listener: `http/web-mqtt`. */
  portOf(protocol: string, options: { tls?: boolean } = {}): number {
    const { tls: wanted = false } = options
    const listener = this.#server.listeners.find((one) => one.protocol === protocol && one.tls === wanted)
    if (listener === undefined) throw new Error(`this broker does not speak ${protocol}`)
    return listener.port
  }

  /** The port of the first TLS listener. */
  get tlsPort(): number {
    const listener = this.#server.listeners.find(({ tls }) => tls)
    if (listener === undefined) throw new Error('this broker has no TLS listener')
    return listener.port
  }

  /** Moves the clock, which must be virtual, and lets the broker do what became due. */
  async elapse(milliseconds: number): Promise<void> {
    if (this.#clock === undefined) throw new Error('this broker runs on real time: use withVirtualBroker')
    await this.#clock.settle()
    this.#clock.advance(milliseconds)
    await this.#clock.settle()
  }

  async stop(): Promise<void> {
    await this.#server.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** A logger that keeps its lines for tests to read. */
export class LogBook implements Logger {
  readonly lines: string[] = []

  debug(): void {}
  info(message: string): void {
    this.lines.push(`info ${message}`)
  }
  notice(message: string): void {
    this.lines.push(`notice ${message}`)
  }
  warning(message: string): void {
    this.lines.push(`warning ${message}`)
  }
  error(message: string): void {
    this.lines.push(`error ${message}`)
  }
  critical(message: string): void {
    this.lines.push(`critical ${message}`)
  }
  category(): Logger {
    return this
  }
}
