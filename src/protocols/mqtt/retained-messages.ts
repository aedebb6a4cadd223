import type { Access } from '../../broker/access.ts'
import { internalActor } from '../../broker/administration/actor.ts'
import type { Broker } from '../../broker/broker.ts'
import type { CancelReason, Consumer } from '../../broker/consumer.ts'
import type { Delivery } from '../../broker/delivery.ts'
import { type Message, withProperties } from '../../broker/message.ts'
import type { Logger } from '../../std/logger.ts'
import { longString, type Table, tableSet } from '../../std/table.ts'
import { Header } from './headers.ts'
import type { MqttSettings } from './settings.ts'

/** The queue in which the retained messages of a virtual host are. */
const QUEUE = 'mqtt-retained'

type Limits = Pick<MqttSettings, 'retainedMessagesMax' | 'retainedBytesMax'>

/** The retained messages of all virtual hosts, each opened when it is first needed. */
export class RetainedMessages {
  readonly #broker: Broker
  readonly #logger: Logger
  readonly #limits: Limits
  readonly #byVhost = new Map<string, Promise<RetainedStore>>()

  constructor(broker: Broker, logger: Logger, limits: Limits) {
    this.#broker = broker
    this.#logger = logger
    this.#limits = limits
  }

  /** The store of a virtual host, with all that is in it. */
  async of(vhost: string): Promise<RetainedStore> {
    const known = await this.#byVhost.get(vhost)
    if (known?.isOpen) return known
    const opening = this.#open(vhost)
    this.#byVhost.set(vhost, opening)
    return await opening
  }

  async #open(vhost: string): Promise<RetainedStore> {
    const access = await this.#broker.administration.topology.open(internalActor('mqtt'), vhost)
    const arguments_: Table = [['x-queue-type', longString('classic')]]
    await access.declareQueue({
      name: QUEUE,
      durable: true,
      exclusive: false,
      autoDelete: false,
      arguments: arguments_,
    })
    const store = new RetainedStore(access, this.#broker, { ...this.#limits, logger: this.#logger })
    await store.open()
    return store
  }
}

/**
 * The last message of each topic, in a durable queue whose one consumer keeps what it gets until the next of that topic
 * has come: so what is retained is on disk as every message is, and comes back in the order it was retained in.
 */
export class RetainedStore implements Consumer {
  readonly tag = 'retained'
  readonly priority = 0
  readonly settled = false
  readonly exclusive = true
  readonly prefetch = 0
  readonly sharesPrefetch = false
  readonly arguments = []
  isOpen = false
  readonly #access: Access
  readonly #broker: Broker
  readonly #limits: Limits & { readonly logger: Logger }
  /** What subscribers are told, at once; and the delivery that keeps it, which follows. */
  readonly #byTopic = new Map<string, Retained>()
  #bytes = 0

  constructor(access: Access, broker: Broker, limits: Limits & { readonly logger: Logger }) {
    this.#access = access
    this.#broker = broker
    this.#limits = limits
  }

  async open(): Promise<void> {
    for (;;) {
      const delivery = await this.#access.get(QUEUE)
      if (delivery === undefined) break
      this.#take(delivery)
    }
    this.#access.consume(QUEUE, this)
    this.isOpen = true
  }

  /**
   * Takes the place of what was retained under that routing key; without a body nothing is retained any more. It is on
   * disk once `Broker.durable` reaches the mark read right after. False where nothing is noted.
   */
  put(message: Message): boolean {
    const { routingKey } = message.address
    const known = this.#byTopic.get(routingKey)
    if (message.bodySize > 0 && known === undefined && !this.#hasRoomFor(message)) return false
    if (message.bodySize === 0 && known === undefined) return false
    const kept = message.persistent ? message : lasting(message)
    this.#remember(routingKey, kept)
    this.#access.enqueue(QUEUE, kept)
    return true
  }

  /** The one of a topic, or with a pattern all that it wants; without the expired ones. */
  *matching(
    wanted: string | ((routingKey: string) => boolean),
  ): Iterable<{ readonly message: Message; readonly millisecondsLeft: number }> {
    const now = this.#broker.clock.monotonic()
    const one = typeof wanted === 'string' ? this.#byTopic.get(wanted) : undefined
    const keys = typeof wanted === 'string' ? (one === undefined ? [] : [wanted]) : this.#byTopic.keys()
    for (const key of keys) {
      const { message, expiresAt } = this.#byTopic.get(key)!
      if (message.bodySize === 0 || expiresAt <= now) continue
      if (typeof wanted === 'string' || wanted(key)) yield { message, millisecondsLeft: expiresAt - now }
    }
  }

  /** Messages and the bytes of their bodies. */
  get size(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#byTopic.size, bytes: this.#bytes }
  }

  ready(): boolean {
    return true
  }

  deliver(delivery: Delivery): void {
    // Settling is not for within the queue's own work.
    this.#broker.clock.defer(() => this.#take(delivery))
  }

  cancelled(_reason: CancelReason): void {
    this.isOpen = false
    this.#byTopic.clear()
  }

  #take(delivery: Delivery): void {
    const { message } = delivery
    const { routingKey } = message.address
    if (!this.isOpen) this.#remember(routingKey, message)
    const topic = this.#byTopic.get(routingKey)
    if (topic === undefined) return delivery.queue.settle(delivery, 'accepted')
    if (topic.delivery !== undefined) topic.delivery.queue.settle(topic.delivery, 'accepted')
    topic.delivery = delivery
    topic.pending--
    if (topic.pending > 0 || topic.message.bodySize > 0) return
    this.#byTopic.delete(routingKey)
    delivery.queue.settle(delivery, 'accepted')
  }

  #remember(routingKey: string, message: Message): void {
    const known = this.#byTopic.get(routingKey)
    this.#bytes += message.bodySize - (known?.message.bodySize ?? 0)
    const expiresAt = this.#broker.clock.monotonic() + message.timeToLive
    this.#byTopic.set(routingKey, {
      message,
      expiresAt,
      delivery: known?.delivery,
      pending: (known?.pending ?? 0) + 1,
    })
  }

  #hasRoomFor(message: Message): boolean {
    const { retainedMessagesMax, retainedBytesMax, logger } = this.#limits
    if (this.#byTopic.size < retainedMessagesMax && this.#bytes + message.bodySize <= retainedBytesMax) return true
    logger.warning(`retained messages of vhost '${this.#access.vhost}' are at their limit: one more was not kept`)
    return false
  }
}

interface Retained {
  readonly message: Message
  /** Monotonic milliseconds. */
  readonly expiresAt: number
  delivery: Delivery | undefined
  /** Messages of the topic on their way through the queue; the last of them is this one. */
  pending: number
}

/** A message that asked for no durability, made durable because it is retained. */
function lasting(message: Message): Message {
  const headers = tableSet(message.properties.headers ?? [], Header.publishQos, { tag: 'B', value: 0 })
  return withProperties(message, { deliveryMode: 2, headers })
}
