import type { Access, Published, QueueDeclaration } from '../../broker/access.ts'
import { Address } from '../../broker/address.ts'
import type { Alarm } from '../../broker/alarm.ts'
import type { Broker } from '../../broker/broker.ts'
import { ClosedConnections } from '../../broker/closed-connections.ts'
import type { Consumer } from '../../broker/consumer.ts'
import { PublishCounters, QueueCounters } from '../../broker/counters.ts'
import { Delivery, type Outcome } from '../../broker/delivery.ts'
import { NO_POLICY } from '../../broker/effective-policy.ts'
import { Events } from '../../broker/events.ts'
import { Fault } from '../../broker/fault.ts'
import { Message } from '../../broker/message.ts'
import type { Queue } from '../../broker/queue.ts'
import { noFigures, type QueueFigures } from '../../broker/queue-figures.ts'
import { Turn } from '../../broker/turn.ts'
import { silentLogger } from '../../std/logger.ts'
import { emptyTable } from '../../std/table.ts'
import { VirtualClock } from '../../std/virtual-clock.ts'

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
  readonly counters = new QueueCounters()
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

  figures(): QueueFigures {
    return noFigures
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

  async get(settled: boolean): Promise<Delivery | undefined> {
    this.polls++
    const delivery = this.delivery(this.polled)
    if (settled) this.settle(delivery, 'accepted')
    return delivery
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
      events: new Events(fake.clock),
      closedConnections: new ClosedConnections(),
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
      publishing: new PublishCounters(),
      get: (_name, settled = false) => this.queue.get(settled),
      updateSecret: async (secret) => {
        if (secret !== 'guest') throw new Fault('not-allowed', 'New secret was refused by one of the backends')
      },
      close: () => {
        this.closedAccesses++
      },
    }
  }
}
