import type { Broker } from '../../broker/broker.ts'
import type { SaslMechanism } from '../../plugin.ts'
import type { Logger } from '../../std/logger.ts'
import { Slab } from '../../std/slab.ts'
import { longString, type Table } from '../../std/table.ts'
import { PublishView } from '../../wire/mqtt/publish.ts'
import { ClientEvents } from '../client-events.ts'
import { OutgoingForms } from './outgoing-form.ts'
import { RetainedMessages } from './retained-messages.ts'
import type { MqttSettings } from './settings.ts'
import { SystemTopics } from './system-topics.ts'
import { TopicMap } from './topic-map.ts'
import { Wills } from './wills.ts'

/** Somebody with answers that wait for the disk. */
export interface DurableWaiter {
  onDurable(): void
}

/** What all connections of this head share. */
export class Head {
  readonly broker: Broker
  readonly logger: Logger
  readonly settings: MqttSettings
  /** SASL mechanisms of plug-ins. */
  readonly mechanisms: ReadonlyMap<string, SaslMechanism>
  readonly slab = new Slab()
  readonly topics: TopicMap
  readonly forms: OutgoingForms
  readonly retained: RetainedMessages
  readonly wills: Wills
  readonly system: SystemTopics
  readonly events: ClientEvents
  /** Of every queue that outlives its connection, beside its expiry. */
  readonly durableQueueArguments: Table
  /** Read into anew for every PUBLISH: nothing may keep it. */
  readonly publish = new PublishView()
  /** Publishers are to be held up: a copy of whether the broker has alarms. */
  alarmed = false
  #waiters: DurableWaiter[] = []
  #waiting = false

  constructor(options: {
    readonly broker: Broker
    readonly logger: Logger
    readonly settings: MqttSettings
    readonly mechanisms: Head['mechanisms']
  }) {
    this.broker = options.broker
    this.logger = options.logger
    this.settings = options.settings
    this.mechanisms = options.mechanisms
    this.durableQueueArguments = [['x-queue-type', longString(options.settings.durableQueueType)]]
    this.topics = new TopicMap(options.settings.sparkplug)
    this.forms = new OutgoingForms(this.topics, options.broker.clock)
    this.retained = new RetainedMessages(options.broker, options.logger, options.settings)
    this.wills = new Wills(options.broker.clock)
    const { exchange } = options.settings
    this.system = new SystemTopics({ broker: options.broker, topics: this.topics, exchange })
    const { events, settings } = options.broker
    this.events = new ClientEvents(events, { node: settings.nodeName ?? 'rabbit@localhost', hasChannels: false })
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
