import type { Access } from '../../src/broker/access.ts'
import type { Broker, BrokerBounds, BrokerSettings } from '../../src/broker/broker.ts'
import type { Consumer } from '../../src/broker/consumer.ts'
import type { Delivery, Outcome } from '../../src/broker/delivery.ts'
import { Message } from '../../src/broker/message.ts'
import { openBroker } from '../../src/broker/open-broker.ts'
import { encodeProperties, type Properties } from '../../src/broker/properties.ts'
import type { Queue } from '../../src/broker/queue.ts'
import { type Logger, silentLogger } from '../../src/std/logger.ts'
import { systemRandom } from '../../src/std/random.ts'
import { emptyTable, type Table } from '../../src/std/table.ts'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import type { Store } from '../../src/store/log.ts'
import { openMemoryStore } from '../../src/store/memory-store.ts'

const settings: BrokerSettings = {
  defaultUser: 'guest',
  defaultPassword: 'guest',
  defaultVhost: '/',
  defaultUserTags: ['administrator'],
  defaultPermissions: { configure: '.*', write: '.*', read: '.*' },
  loopbackUsers: ['guest'],
  consumerTimeoutMilliseconds: 1_800_000,
  messageSizeMax: 16 * 1024 * 1024,
  contentBytesInMemoryMax: 64 * 1024 * 1024,
}

/** A broker without heads: what a test drives through `Access`, on a virtual clock. */
export interface Core {
  readonly broker: Broker
  readonly clock: VirtualClock
  readonly access: Access
}

/** Opens a broker core on `store` (its own memory if none) and logs guest in; `now` moves its wall clock, in milliseconds. */
export async function openCore(
  options: {
    store?: Store
    settings?: Partial<BrokerSettings>
    now?: number
    bounds?: BrokerBounds
    logger?: Logger
    /** What plug-ins would add. */
    equip?: (broker: Broker) => void
  } = {},
): Promise<Core> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1) + (options.now ?? 0))
  const store = options.store ?? openMemoryStore(clock)
  const broker = await openBroker({
    clock,
    random: systemRandom,
    logger: options.logger ?? silentLogger,
    store,
    settings: { ...settings, ...options.settings },
    ...(options.bounds === undefined ? {} : { bounds: options.bounds }),
  })
  options.equip?.(broker)
  await broker.recover()
  const peer = { address: 'test', ip: 'test', loopback: true }
  const user = await broker.authenticate({ user: 'guest', password: 'guest', peer })
  return { broker, clock, access: await broker.access(user, '/', { name: 'test' }) }
}

export function declare(
  access: Access,
  name: string,
  options: { durable?: boolean; arguments?: Table } = {},
): Promise<Queue> {
  const { durable = false, arguments: arguments_ = emptyTable } = options
  return access.declareQueue({ name, durable, exclusive: false, autoDelete: false, arguments: arguments_ })
}

/** A message to the default exchange. */
export function message(access: Access, queue: string, body: string, properties: Properties = {}): Message {
  const compact = encodeProperties(properties)
  const content = Buffer.concat([compact, Buffer.from(body)])
  return new Message(access.address('', queue), content, 0, compact.length, content.length - compact.length)
}

/** A consumer that keeps what it gets; `credit` deliveries may be outstanding. */
export class KeepingConsumer implements Consumer {
  readonly priority = 0
  readonly exclusive = false
  readonly prefetch: number
  readonly sharesPrefetch = false
  readonly arguments: Table
  readonly tag: string
  readonly settled: boolean
  readonly deliveries: Delivery[] = []
  credit: number
  #queue: Queue | undefined

  constructor(options: { tag?: string; settled?: boolean; credit?: number; arguments?: Table } = {}) {
    this.tag = options.tag ?? 'keeper'
    this.settled = options.settled ?? false
    this.credit = options.credit ?? Number.POSITIVE_INFINITY
    this.prefetch = options.credit ?? 0
    this.arguments = options.arguments ?? emptyTable
  }

  get bodies(): string[] {
    return this.deliveries.map((delivery) => delivery.message.body.toString())
  }

  subscribe(access: Access, queue: string): this {
    this.#queue = access.consume(queue, this)
    return this
  }

  ready(): boolean {
    return this.credit > 0
  }

  deliver(delivery: Delivery): void {
    this.credit--
    this.deliveries.push(delivery)
  }

  /** Settles the oldest delivery. */
  settle(outcome: Outcome): void {
    this.credit++
    const delivery = this.deliveries.shift()!
    delivery.queue.settle(delivery, outcome)
    this.#queue?.wake()
  }

  cancelled(): void {}
}

/** Resolves after the turns that are due now, and those they cause, have run. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve))
}
