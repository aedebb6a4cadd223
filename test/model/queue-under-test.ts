import assert from 'node:assert/strict'
import type { Access } from '../../src/broker/access.ts'
import type { Broker } from '../../src/broker/broker.ts'
import type { Consumer } from '../../src/broker/consumer.ts'
import type { Delivery, Outcome } from '../../src/broker/delivery.ts'
import { Message } from '../../src/broker/message.ts'
import { openBroker } from '../../src/broker/open-broker.ts'
import { encodeProperties, type Properties } from '../../src/broker/properties.ts'
import type { Queue } from '../../src/broker/queue.ts'
import { silentLogger } from '../../src/std/logger.ts'
import { longString, type Table, type TableValue, tableGet, tableString } from '../../src/std/table.ts'
import { openMemoryStore } from '../../src/store/memory-store.ts'
import type { Died, Handed, ModelConsumer, ModelRules } from './queue-model.ts'
import { TurnClock } from './turn-clock.ts'

const owner = { name: 'test' }
/** What lies before a message in the buffer it shares. */
const slab = Buffer.from('others')

/** A classic queue in a whole broker, with an eye on all it hands out and throws out. */
export class QueueUnderTest {
  readonly clock = new TurnClock()
  readonly #store = openMemoryStore(this.clock)
  readonly #arguments: Table
  #broker!: Broker
  #access!: Access
  #queue!: Queue
  readonly #deliveries = new Map<number, Delivery>()
  readonly #consumers = new Map<string, Consumer>()
  #handed: Handed[] = []
  #died: Died[] = []

  constructor(rules: ModelRules) {
    this.#arguments = queueArguments(rules)
  }

  get queue(): Queue {
    return this.#queue
  }

  /** Opens the broker on what its store holds: at first nothing. */
  async open(): Promise<void> {
    const broker = await openBroker({
      clock: this.clock,
      random: { bytes: (count) => Buffer.alloc(count) },
      logger: silentLogger,
      store: this.#store,
      settings: {
        defaultUser: 'guest',
        defaultPassword: 'guest',
        defaultVhost: '/',
        defaultUserTags: [],
        defaultPermissions: { configure: '.*', write: '.*', read: '.*' },
        loopbackUsers: [],
        consumerTimeoutMilliseconds: undefined,
        messageSizeMax: 1000,
        contentBytesInMemoryMax: 60,
      },
    })
    this.#broker = broker
    await this.clock.until(broker.recover())
    const peer = { address: 'test', ip: 'test', loopback: true }
    const user = await broker.authenticate({ user: 'guest', password: 'guest', peer })
    this.#access = await broker.access(user, '/', owner)
    await this.#declare('graveyard', [])
    this.#access.consume('graveyard', this.#gravedigger())
    this.#queue = await this.#declare('q', this.#arguments)
  }

  /** Stops the broker without a word and opens another on the same store. */
  async restart(): Promise<void> {
    await this.clock.until(this.#broker.flush())
    await this.clock.settle()
    this.#deliveries.clear()
    this.#consumers.clear()
    this.clock.restart()
    await this.open()
  }

  /** Takes what was handed out since the last call. */
  handed(): Handed[] {
    return this.#handed.splice(0)
  }

  /** Takes what was thrown out since the last call. */
  died(): Died[] {
    return this.#died.splice(0)
  }

  /** Publishes; true if the queue refused. */
  publish(id: number, properties: Properties, bytes: number): boolean {
    const head = encodeProperties({ ...properties, messageId: String(id) })
    const content = Buffer.concat([slab, head, Buffer.alloc(bytes, id)])
    const address = this.#access.address('', 'q')
    return this.#access.publish(new Message(address, content, slab.length, head.length, bytes)) === 'refused'
  }

  /** Puts a consumer on the queue that behaves as the model's. */
  addConsumer(consumer: ModelConsumer): void {
    const { tag, priority, settled, prefetch } = consumer
    const seat: Consumer = {
      tag,
      priority,
      settled,
      exclusive: false,
      prefetch,
      sharesPrefetch: false,
      arguments: [],
      ready: () => {
        const held = [...this.#deliveries.values()].filter((delivery) => delivery.consumer === seat).length
        return !consumer.blocked && (settled || prefetch === 0 || held < prefetch)
      },
      deliver: (delivery) => {
        const id = this.#handOver(delivery, tag)
        if (!settled) this.#deliveries.set(id, delivery)
      },
      cancelled: () => assert.fail('nobody deletes the queue'),
    }
    this.#consumers.set(tag, seat)
    this.#access.consume('q', seat)
  }

  removeConsumer(tag: string): void {
    this.queue.remove(this.#consumers.get(tag)!)
    this.#consumers.delete(tag)
  }

  settle(id: number, outcome: Outcome): void {
    const delivery = this.#deliveries.get(id)!
    const { consumer } = delivery
    const wasReady = consumer?.ready()
    this.#deliveries.delete(id)
    this.queue.settle(delivery, outcome)
    // As a head does: only when it can take more again.
    if (wasReady === false && consumer?.ready() === true) this.queue.wake()
  }

  /** Polls; false when there was nothing. */
  async get(): Promise<boolean> {
    const delivery = await this.clock.until(this.#access.get('q'))
    if (delivery === undefined) return false
    this.#deliveries.set(this.#handOver(delivery, undefined), delivery)
    return true
  }

  #declare(name: string, arguments_: Table): Promise<Queue> {
    const declaration = { name, durable: true, exclusive: false, autoDelete: false, arguments: arguments_ }
    return this.clock.until(this.#access.declareQueue(declaration))
  }

  #handOver({ message, redelivered }: Delivery, tag: string | undefined): number {
    const id = Number(message.properties.messageId)
    const own = message.body.every((byte) => byte === id % 256)
    assert.ok(own, `the body of ${id} is another's`)
    this.#handed.push({ id, tag, redelivered })
    return id
  }

  /** Takes all dead letters and looks at what is told of their death. */
  #gravedigger(): Consumer {
    return {
      tag: 'gravedigger',
      priority: 0,
      settled: true,
      exclusive: false,
      prefetch: 0,
      sharesPrefetch: false,
      arguments: [],
      ready: () => true,
      deliver: ({ message }) => {
        const { headers = [], expiration, messageId } = message.properties
        assert.equal(expiration, undefined, 'a dead letter must not expire again')
        const deaths = tableGet(headers, 'x-death')
        assert.ok(deaths?.tag === 'A' && deaths.value.length === 1 && deaths.value[0]?.tag === 'F')
        const death = deaths.value[0].value
        assert.equal(tableString(tableGet(death, 'queue')), 'q')
        this.#died.push({ id: Number(messageId), reason: tableString(tableGet(death, 'reason')) ?? 'none' })
      },
      cancelled: () => assert.fail('nobody deletes the graveyard'),
    }
  }
}

function queueArguments(rules: ModelRules): Table {
  const integer = (value: number): TableValue => ({ tag: 'I', value })
  const entries: [string, TableValue | undefined][] = [
    ['x-queue-type', longString(rules.type)],
    ['x-delivery-limit', rules.type === 'quorum' ? integer(rules.deliveryLimit) : undefined],
    ['x-dead-letter-exchange', longString('')],
    ['x-dead-letter-routing-key', longString('graveyard')],
    ['x-overflow', longString(rules.overflow)],
    ['x-single-active-consumer', { tag: 't', value: rules.singleActiveConsumer }],
    ['x-max-length', rules.maxLength === undefined ? undefined : integer(rules.maxLength)],
    ['x-max-length-bytes', rules.maxLengthBytes === undefined ? undefined : integer(rules.maxLengthBytes)],
    ['x-message-ttl', rules.messageTtl === undefined ? undefined : integer(rules.messageTtl)],
    ['x-max-priority', rules.maxPriority === undefined ? undefined : integer(rules.maxPriority)],
  ]
  return entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}
