import { duplexPair } from 'node:stream'
import type { Logger } from '../../std/logger.ts'
import { FakeBroker } from './fake-broker.fixture.ts'
import { Amqp091Protocol } from './protocol.ts'
import { type Amqp091Settings, defaultAmqp091Settings } from './settings.ts'
import { type LoginOptions, loginBytes, TestClient } from './test-client.fixture.ts'

/** The head on a fake broker, with the log in view. */
export class TestHead {
  readonly fake = new FakeBroker()
  readonly log: string[] = []
  readonly protocol: Amqp091Protocol

  constructor(settings: Partial<Amqp091Settings> = {}, prepare: (fake: FakeBroker) => void = () => {}) {
    prepare(this.fake)
    const keep = (level: string) => (message: string) => {
      this.log.push(`[${level}] ${message}`)
    }
    const logger: Logger = {
      debug: keep('debug'),
      info: keep('info'),
      notice: keep('notice'),
      warning: keep('warning'),
      error: keep('error'),
      critical: keep('critical'),
      category: () => logger,
    }
    this.protocol = new Amqp091Protocol(
      { broker: this.fake.broker, logger, mechanisms: new Map() },
      { ...defaultAmqp091Settings, ...settings },
    )
  }

  connect(): TestClient {
    const [ours, theirs] = duplexPair()
    const client = new TestClient(theirs, () => this.settle())
    this.protocol.accept(ours, {
      remoteAddress: '127.0.0.1',
      remotePort: 4000,
      localAddress: '127.0.0.1',
      localPort: 5672,
      loopback: true,
      tls: undefined,
    })
    return client
  }

  /** A client that has logged in and opened channel 1. */
  async open(options: LoginOptions = {}): Promise<TestClient> {
    const client = this.connect()
    for (const bytes of loginBytes(client, options)) client.write(bytes)
    await this.settle()
    client.taken()
    return client
  }

  /** Bytes that its connections have read. */
  received(): number {
    let bytes = 0
    for (const connection of this.protocol.connections()) bytes += connection.bytesReceived
    return bytes
  }

  /** Lets everything at hand be done. */
  async settle(): Promise<void> {
    for (let round = 0; round < 8; round++) await this.fake.clock.settle()
  }

  /** Lets time pass. */
  async elapse(milliseconds: number): Promise<void> {
    this.fake.clock.advance(milliseconds)
    await this.settle()
  }
}
