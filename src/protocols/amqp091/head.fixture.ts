import { type Duplex, duplexPair } from 'node:stream'
import type { Access, Published, QueueDeclaration } from '../../broker/access.ts'
import { Address } from '../../broker/address.ts'
import type { Alarm } from '../../broker/alarm.ts'
import type { Broker } from '../../broker/broker.ts'
import type { Consumer } from '../../broker/consumer.ts'
import { Delivery, type Outcome } from '../../broker/delivery.ts'
import { NO_POLICY } from '../../broker/effective-policy.ts'
import { Fault } from '../../broker/fault.ts'
import { Message } from '../../broker/message.ts'
import type { Queue } from '../../broker/queue.ts'
import { Turn } from '../../broker/turn.ts'
import { type Logger, silentLogger } from '../../std/logger.ts'
import { emptyTable, longString } from '../../std/table.ts'
import { VirtualClock } from '../../std/virtual-clock.ts'
import { FrameDecoder } from '../../wire/amqp091/frame.ts'
import { decodeMethod, type Method } from '../../wire/amqp091/methods.gen.ts'
import { amqp091Header } from '../../wire/amqp091/protocol-header.ts'
import { FrameWriter } from '../../wire/amqp091/writer.ts'
import { Amqp091Protocol } from './protocol.ts'
import { type Amqp091Settings, defaultAmqp091Settings } from './settings.ts'

/** A queue that does what it is told and remembers what was done to it. */
class FakeQueue implements Queue {
  readonly name: string
  readonly vhost = '/'
  readonly number = 1
  readonly type = 'classic'
  readonly durable = false
  readonly autoDelete = false
  readonly owner = undefined
  readonly arguments = emptyTable
  readonly policy = NO_POLICY
  depth = 0
  readonly unsettled = 0
  consumerTimeoutMilliseconds: number | undefined
  readonly settled: [sequence: number, outcome: Outcome][] = []
  readonly consumers: Consumer[] = []
  wakes = 0
  /** What a get finds. */
  polled: string | Buffer = 'got'
  polls = 0
  readonly #clock: VirtualClock
  #sequence = 0

  constructor(name: string, clock: VirtualClock) {
    this.name = name
    this.#clock = clock
  }

  get consumerCount(): number {
    return this.consumers.length
  }

  /** Hands a message to its first consumer, as a dispatch would; false when that is not ready. */
  deliver(body: string | Buffer): boolean {
    const consumer = this.consumers[0]
    if (consumer === undefined || !consumer.ready()) return false
    const delivery = this.delivery(body)
    delivery.consumer = consumer
    consumer.deliver(delivery)
    return true
  }

  delivery(body: string | Buffer): Delivery {
    const bytes = Buffer.concat([Buffer.alloc(2), Buffer.from(body)])
    const message = new Message(new Address('', this.name), bytes, 0, 2, bytes.length - 2)
    const delivery = new Delivery(this, message, ++this.#sequence, Number.POSITIVE_INFINITY, 0)
    delivery.state = 'unsettled'
    delivery.deliveredAt = this.#clock.monotonic()
    return delivery
  }

  browse(): Promise<never> {
    throw new Error('no head browses')
  }

  handedOut(): Iterable<Delivery> {
    return []
  }

  add(consumer: Consumer): void {
    this.consumers.push(consumer)
  }

  remove(consumer: Consumer): void {
    const index = this.consumers.indexOf(consumer)
    if (index >= 0) this.consumers.splice(index, 1)
  }

  settle(delivery: Delivery, outcome: Outcome): void {
    delivery.consumer = undefined
    this.settled.push([delivery.sequence, outcome])
  }

  applyPolicy(): void {}

  wake(): void {
    this.wakes++
  }

  async get(): Promise<Delivery | undefined> {
    this.polls++
    return this.delivery(this.polled)
  }

  enqueue(): 'transient' {
    return 'transient'
  }
  dispatch(): void {}
  used(): void {}
  purge(): number {
    return 0
  }
  delete(): number {
    return 0
  }
}

/** The broker as a head sees it, with nothing behind it. */
export class FakeBroker {
  readonly clock = new VirtualClock()
  readonly turn = new Turn(this.clock, silentLogger)
  readonly queue = new FakeQueue('q', this.clock)
  readonly published: Message[] = []
  /** What the next publishes are answered; the last answer stays. */
  answers: Published[] = ['transient']
  alarms: readonly Alarm[] = []
  mark = 0
  durable = 0
  pendingBytes = 0
  closedAccesses = 0
  consumerTimeoutMilliseconds: number | undefined
  messageSizeMax = 16 * 1024 * 1024
  /** When set, declares wait for it. */
  declaring: Promise<void> | undefined
  /** When set, a publish throws it. */
  failure: Error | undefined
  #onAlarm: ((alarms: readonly Alarm[]) => void) | undefined
  #onceDurable: ((durable: number) => void)[] = []

  /** Says that all before `durable` is on disk. */
  makeDurable(durable: number): void {
    this.durable = durable
    for (const listener of this.#onceDurable.splice(0)) listener(durable)
  }

  setAlarms(...alarms: readonly Alarm[]): void {
    this.alarms = alarms
    this.#onAlarm?.(alarms)
  }

  /** The parts of a broker a head uses. */
  get broker(): Broker {
    const fake = this
    const broker: Partial<Broker> = {
      clock: fake.clock,
      random: { bytes: (count) => Buffer.alloc(count, 7) },
      turn: fake.turn,
      get settings() {
        const { consumerTimeoutMilliseconds, messageSizeMax } = fake
        return { consumerTimeoutMilliseconds, messageSizeMax } as Broker['settings']
      },
      get mark() {
        return fake.mark
      },
      get durable() {
        return fake.durable
      },
      get pendingBytes() {
        return fake.pendingBytes
      },
      get alarms() {
        return fake.alarms
      },
      onAlarm: (listener) => {
        fake.#onAlarm = listener
        return () => {}
      },
      onceDurable: (listener) => {
        fake.#onceDurable.push(listener)
      },
      flush: async () => {},
      authenticate: async ({ user, password }) => {
        if (password === 'guest') return { name: user, tags: [], authorizations: [] }
        throw new Fault('access-refused', `user '${user}' - invalid credentials`)
      },
      access: async (user, vhost) => {
        if (vhost !== '/') throw new Fault('not-allowed', `vhost ${vhost} not found`)
        return { ...fake.#access(), user, vhost } as Access
      },
    }
    // What is missing, a head does not use.
    return broker as Broker
  }

  #access(): Partial<Access> {
    return {
      openChannel() {},
      closeChannel() {},
      declareQueue: async (declaration: QueueDeclaration) => {
        await this.declaring
        if (declaration.name === 'refused') throw new Fault('access-refused', 'no')
        return this.queue
      },
      checkQueue: () => this.queue,
      address: (exchange, routingKey) => new Address(exchange, routingKey),
      isCurrent: () => true,
      publish: (message) => {
        if (this.failure !== undefined) throw this.failure
        this.published.push(message)
        const answer = this.answers.length > 1 ? this.answers.shift()! : this.answers[0]!
        if (answer === 'stored') this.mark += 100
        return answer
      },
      consume: (_name, consumer) => {
        this.queue.add(consumer)
        return this.queue
      },
      get: () => this.queue.get(),
      updateSecret: async (secret) => {
        if (secret !== 'guest') throw new Fault('not-allowed', 'New secret was refused by one of the backends')
      },
      close: () => {
        this.closedAccesses++
      },
    }
  }
}

/** A frame as it came to the client. */
export interface ReceivedFrame {
  readonly type: number
  readonly channel: number
  readonly payload: Buffer
  readonly method: Method | undefined
}

/** A client on the other end of an in-memory stream. */
export class TestClient {
  readonly frames: ReceivedFrame[] = []
  ended = false
  readonly stream: Duplex
  readonly #head: TestHead
  readonly #decoder = new FrameDecoder(200_000)
  readonly #writer = new FrameWriter()

  constructor(stream: Duplex, head: TestHead) {
    this.stream = stream
    this.#head = head
    stream.on('data', (chunk: Buffer) => {
      if (chunk.subarray(0, 4).equals(amqp091Header.subarray(0, 4))) return
      this.#decoder.push(chunk, 0, chunk.length, this)
    })
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, () => {
        this.ended = true
      })
    }
  }

  onFrame(type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    const payload = Buffer.from(buffer.subarray(start, end))
    const method = type === 1 ? decodeMethod(payload, 0, payload.length) : undefined
    this.frames.push({ type, channel, payload, method })
  }

  /** The methods that came since the last call. */
  taken(): Method[] {
    return this.frames.splice(0).flatMap(({ method }) => (method === undefined ? [] : [method]))
  }

  write(bytes: Buffer): void {
    this.stream.write(bytes)
  }

  /** The bytes of a method frame. */
  bytes(channel: number, method: Method): Buffer {
    this.#writer.method(channel, method)
    return Buffer.concat(this.#writer.take())
  }

  /** The bytes of a whole publish. */
  publishBytes(
    channel: number,
    options: { key?: string; body?: Buffer; mandatory?: boolean; frameMax?: number },
  ): Buffer {
    const { key = 'q', body = Buffer.from('hi'), mandatory = false, frameMax = 131072 } = options
    this.#writer.method(channel, { name: 'basic.publish', exchange: '', routingKey: key, mandatory, immediate: false })
    this.#writer.contentHeader(channel, 60, body.length, Buffer.alloc(2), 0, 2)
    this.#writer.body(channel, body, 0, body.length, frameMax)
    return Buffer.concat(this.#writer.take())
  }

  /** Sends a method and lets the head answer; answers what came. */
  async call(channel: number, method: Method): Promise<Method[]> {
    this.write(this.bytes(channel, method))
    await this.#head.settle()
    return this.taken()
  }

  async publish(channel: number, options: Parameters<TestClient['publishBytes']>[1] = {}): Promise<Method[]> {
    this.write(this.publishBytes(channel, options))
    await this.#head.settle()
    return this.taken()
  }
}

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
    const client = new TestClient(theirs, this)
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

/** What a client says of itself. */
export interface LoginOptions {
  readonly capabilities?: readonly string[]
  readonly heartbeat?: number
  readonly frameMax?: number
  readonly password?: string
  readonly name?: string
}

/** All that a client says until channel 1 is open. */
export function loginBytes(client: TestClient, options: LoginOptions = {}): Buffer[] {
  const { capabilities = [], heartbeat = 0, frameMax = 131072, password = 'guest', name } = options
  const table = capabilities.map((name) => [name, { tag: 't', value: true }] as const)
  return [
    amqp091Header,
    client.bytes(0, {
      name: 'connection.start-ok',
      clientProperties: [
        ['capabilities', { tag: 'F', value: table }],
        ...(name === undefined ? [] : [['connection_name', longString(name)] as const]),
      ],
      mechanism: 'PLAIN',
      response: Buffer.from(`\0guest\0${password}`),
      locale: 'en_US',
    }),
    client.bytes(0, { name: 'connection.tune-ok', channelMax: 2047, frameMax, heartbeat }),
    client.bytes(0, { name: 'connection.open', virtualHost: '/' }),
    client.bytes(1, { name: 'channel.open' }),
  ]
}
