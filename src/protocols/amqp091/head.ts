import type { Broker } from '../../broker/broker.ts'
import type { SaslMechanism } from '../../plugin.ts'
import type { Logger } from '../../std/logger.ts'
import { Slab } from '../../std/slab.ts'
import { ContentHeader } from '../../wire/amqp091/content-header.ts'
import { AckFields, PublishFields } from '../../wire/amqp091/hot-methods.ts'
import { ClientEvents } from '../client-events.ts'
import type { Amqp091Settings } from './settings.ts'

/** Somebody with confirms that wait for the disk. */
export interface DurableWaiter {
  onDurable(): void
}

/** What all connections of this head share. */
export class Head {
  readonly broker: Broker
  readonly logger: Logger
  readonly settings: Amqp091Settings
  /** SASL mechanisms of plug-ins. */
  readonly mechanisms: ReadonlyMap<string, SaslMechanism>
  readonly events: ClientEvents
  readonly slab = new Slab()
  // Decoded into anew for every frame: nothing may keep them.
  readonly publishFields = new PublishFields()
  readonly ackFields = new AckFields()
  readonly contentHeader = new ContentHeader()
  /** Publishers are to be held up: a copy of whether the broker has alarms. */
  alarmed = false
  /** The shortest acknowledgement timeout in use. */
  shortestTimeout: number
  #waiters: DurableWaiter[] = []
  #channelSerial = 0
  #shared = ''
  #waiting = false

  constructor(broker: Broker, logger: Logger, settings: Amqp091Settings, mechanisms: Head['mechanisms']) {
    this.broker = broker
    this.logger = logger
    this.settings = settings
    this.mechanisms = mechanisms
    this.events = new ClientEvents(broker.events, {
      node: broker.settings.nodeName ?? 'rabbit@localhost',
      hasChannels: true,
    })
    this.shortestTimeout = broker.settings.consumerTimeoutMilliseconds ?? Number.POSITIVE_INFINITY
  }

  nextChannelSerial(): number {
    return ++this.#channelSerial
  }

  /** The same text, one in memory for all who say the same in a row: clients of one program do. */
  shared(text: string): string {
    if (text !== this.#shared) this.#shared = text
    return this.#shared
  }

  /** A queue with an acknowledgement timeout of its own is in use. */
  noteQueueTimeout(milliseconds: number): void {
    this.shortestTimeout = Math.min(this.shortestTimeout, milliseconds)
  }

  /** Tells `waiter` once, when more became durable. */
  awaitDurable(waiter: DurableWaiter): void {
    this.#waiters.push(waiter)
    if (this.#waiting) return
    this.#waiting = true
    this.broker.onceDurable(this.#onDurable)
  }

  readonly #onDurable = (): void => {
    this.#waiting = false
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.onDurable()
  }
}
