import { Address } from '../../broker/address.ts'
import type { Broker } from '../../broker/broker.ts'
import { Fault } from '../../broker/fault.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties } from '../../broker/properties.ts'
import { topicMatches } from '../../wire/mqtt/topic.ts'
import type { Session } from './session.ts'
import type { TopicMap } from './topic-map.ts'

/** How often subscribers are told what has changed. */
const INTERVAL_MILLISECONDS = 10_000

/** What one connection has done so far. */
export interface SystemCounts {
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly published: number
  readonly delivered: number
  readonly dropped: number
}

/** What the figures are taken from. */
export interface SystemSources {
  readonly broker: Broker
  readonly topics: TopicMap
  readonly exchange: string
}

const nothing: SystemCounts = { bytesReceived: 0, bytesSent: 0, published: 0, delivered: 0, dropped: 0 }

const properties = encodeProperties({ deliveryMode: 1 })

/** Whether a topic or filter is about the broker itself. */
export function isSystemTopic(topic: string): boolean {
  return topic === '$SYS' || topic.startsWith('$SYS/')
}

/**
 * The topics under `$SYS`, by the names Mosquitto has for them. They are made when somebody asks, and go to the queues of
 * those who subscribed to them alone: nothing is published, so neither AMQP's bindings nor idle brokers notice.
 */
export class SystemTopics {
  readonly #sources: SystemSources
  readonly #startedAt: number
  readonly #followers = new Set<Session>()
  /** What the followers were told last. */
  #told = new Map<string, string>()
  #nextAt = 0
  #gone = nothing
  /** The connections there are; set by the head's protocol. */
  open: () => Iterable<SystemCounts> = () => []

  constructor(sources: SystemSources) {
    this.#sources = sources
    this.#startedAt = sources.broker.clock.monotonic()
  }

  /** From now on a session is told what changes, if it asked for it. */
  follow(session: Session): void {
    for (const { filter } of session.subscriptions) if (isSystemTopic(filter)) this.#followers.add(session)
  }

  forget(session: Session): void {
    this.#followers.delete(session)
  }

  /** A connection has ended: what it did still counts. */
  onGone(counts: SystemCounts): void {
    this.#gone = sum(this.#gone, counts)
  }

  /** The figures that a filter means, as messages. */
  *matching(filter: string): Iterable<Message> {
    for (const [topic, value] of this.#figures()) if (topicMatches(filter, topic)) yield this.#message(topic, value)
  }

  /** Tells what has changed, every now and then. */
  tick(now: number): void {
    if (this.#followers.size === 0 || now < this.#nextAt) return
    this.#nextAt = now + INTERVAL_MILLISECONDS
    const figures = this.#figures()
    for (const [topic, value] of figures) {
      if (this.#told.get(topic) === value) continue
      const message = this.#message(topic, value)
      for (const session of this.#followers) tell(session, topic, message)
    }
    this.#told = figures
  }

  #figures(): Map<string, string> {
    const { broker } = this.#sources
    let all = this.#gone
    let clients = 0
    for (const counts of this.open()) {
      all = sum(all, counts)
      clients++
    }
    const { name, version } = broker.settings.product ?? { name: 'Lapine', version: '' }
    const uptime = Math.floor((broker.clock.monotonic() - this.#startedAt) / 1000)
    const figures: Readonly<Record<string, string | number>> = {
      version: `${name} ${version}`.trim(),
      uptime: `${uptime} seconds`,
      'clients/connected': clients,
      'clients/active': clients,
      'bytes/received': all.bytesReceived,
      'bytes/sent': all.bytesSent,
      'publish/messages/received': all.published,
      'publish/messages/sent': all.delivered,
      'publish/messages/dropped': all.dropped,
    }
    return new Map(Object.entries(figures).map(([topic, value]) => [`$SYS/broker/${topic}`, String(value)]))
  }

  #message(topic: string, value: string): Message {
    const { exchange, topics } = this.#sources
    const body = Buffer.from(value)
    const content = Buffer.concat([properties, body])
    return new Message(new Address(exchange, topics.key(topic)), content, 0, properties.length, body.length)
  }
}

/** Once into each of its queues that a subscription of the topic leads to. */
function tell(session: Session, topic: string, message: Message): void {
  const queues = new Set<string>()
  for (const { filter, queue } of session.subscriptions) {
    if (isSystemTopic(filter) && topicMatches(filter, topic)) queues.add(queue)
  }
  for (const queue of queues) {
    try {
      if (session.queue(queue) !== undefined) session.access.enqueue(queue, message)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
    }
  }
}

function sum(one: SystemCounts, other: SystemCounts): SystemCounts {
  return {
    bytesReceived: one.bytesReceived + other.bytesReceived,
    bytesSent: one.bytesSent + other.bytesSent,
    published: one.published + other.published,
    delivered: one.delivered + other.delivered,
    dropped: one.dropped + other.dropped,
  }
}
