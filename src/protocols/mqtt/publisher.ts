import type { Access, Published } from '../../broker/access.ts'
import type { Address } from '../../broker/address.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import type { PublishView } from '../../wire/mqtt/publish.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'
import type { Answer, Answers } from './answers.ts'
import { faultReason } from './codes.ts'
import type { Head } from './head.ts'
import { incomingMessage } from './incoming-form.ts'
import type { Output } from './output.ts'
import type { PacketNotes } from './packet-notes.ts'
import type { RetainedStore } from './retained-messages.ts'
import type { Session } from './session.ts'
import { isSystemTopic } from './system-topics.ts'
import type { TopicAliases } from './topic-aliases.ts'

/** Longest topic that is a routing key. */
export const TOPIC_BYTES_MAX = 255

/** What a publisher needs of its connection. */
export interface PublisherPort {
  readonly head: Head
  readonly session: Session
  readonly output: Output
  readonly answers: Answers
  readonly notes: PacketNotes
  readonly aliases: TopicAliases
  /** Acknowledges when everything so far is on disk. */
  answerOnceDurable(answer: Omit<Answer, 'mark'>): void
}

/** What one client publishes: made into messages, handed to the broker, acknowledged when it is on disk. */
export class Publisher {
  published = 0
  /** Publishes that led nowhere. */
  dropped = 0
  /** Retained messages of the virtual host, once one was needed. */
  retained: RetainedStore | undefined
  readonly #port: PublisherPort
  #topic = ''
  #address: Address | undefined

  constructor(port: PublisherPort) {
    this.#port = port
  }

  /** What has to be there before `publish` can do its work; undefined when it is. */
  preparation(view: PublishView): Promise<void> | undefined {
    if (view.qos === 2 && this.#port.notes.needsOpening) return this.#port.notes.open(false)
    if (view.retain && this.retained?.isOpen !== true) return this.openRetained()
    return undefined
  }

  async openRetained(): Promise<void> {
    this.retained = await this.#port.head.retained.of(this.#port.session.access.vhost)
  }

  /** Throws a PacketError for what ends the connection; what is refused otherwise is answered. */
  publish(view: PublishView): void {
    const { qos, packetIdentifier, properties } = view
    const { aliases, session } = this.#port
    const topic = aliases.incoming(view.topic, properties.topicAlias)
    if (qos === 2 && this.#port.notes.received.has(packetIdentifier)) {
      // It came before; the answer was lost, or is on its way.
      return this.#port.answerOnceDurable({ type: 'pubrec', packetIdentifier, code: ReasonCode.success })
    }
    this.published++
    let message: Message
    try {
      const durableNote = qos === 2 && session.durable ? packetIdentifier : undefined
      const publisher = session.subscriptions.hasNoLocal ? session.clientIdentifier : undefined
      const { qos: published, retain, buffer: payload, payloadStart, payloadEnd } = view
      message = incomingMessage(
        { qos: published, retain, properties, payload, payloadStart, payloadEnd },
        this.#addressOf(topic),
        { publisher, packetIdentifier: durableNote },
        this.#port.head,
      )
      this.#accept(message, view)
    } catch (error) {
      this.#refuse(error, view)
    }
  }

  /** PUBREL: the identifier is free again; answers whether it was known. */
  release(packetIdentifier: number): boolean {
    const { received } = this.#port.notes
    if (!received.has(packetIdentifier)) return false
    received.remove(packetIdentifier)
    return true
  }

  #accept(message: Message, { qos, retain, packetIdentifier }: PublishView): void {
    const { session, head } = this.#port
    // Whoever does not speak QoS 2 has no notes.
    const notes = qos === 2 ? this.#port.notes : undefined
    const answer = session.access.publish(message, notes?.queue)
    if (answer === 'unroutable') this.dropped++
    let isStored = answer === 'stored'
    if (answer !== 'refused') {
      notes?.received.add(packetIdentifier)
      if (notes?.queue !== undefined) isStored = true
      if (retain && this.retained?.put(message) === true) isStored = true
    }
    if (qos === 0) return
    this.#answer(qos === 1 ? 'puback' : 'pubrec', packetIdentifier, codeFor(answer), isStored ? head.broker.mark : 0)
  }

  #answer(type: 'puback' | 'pubrec', packetIdentifier: number, code: number, mark: number): void {
    const { answers, output } = this.#port
    // Before MQTT 5 there is no way to say no: the client will come again with it.
    if (output.packets.level !== 5 && code >= 0x80) return
    answers.add({ type, packetIdentifier, code, mark })
    output.schedule()
  }

  /** A refusal is told where the client can be told; else, and where the settings say so, it ends the connection. */
  #refuse(error: unknown, { qos, packetIdentifier }: PublishView): void {
    const reason = faultReason(error)
    if (reason === undefined) throw error
    const { head, output } = this.#port
    const isUnauthorized = reason === ReasonCode.notAuthorized
    if (isUnauthorized && head.settings.disconnectsUnauthorized) throw error
    if (qos === 0) {
      if (error instanceof PacketError) throw error
      return
    }
    if (output.packets.level !== 5) {
      if (isUnauthorized) return this.#answer(qos === 1 ? 'puback' : 'pubrec', packetIdentifier, 0, 0)
      throw error
    }
    this.#answer(qos === 1 ? 'puback' : 'pubrec', packetIdentifier, reason, 0)
  }

  #addressOf(topic: string): Address {
    const { access } = this.#port.session
    const known = this.#address
    if (known !== undefined && this.#topic === topic && access.isCurrent(known)) return known
    this.#address = routingAddress({ head: this.#port.head, access }, topic)
    this.#topic = topic
    return this.#address
  }
}

/** Where a topic leads. Throws a Fault for one that is not permitted, and a PacketError for one that is too long. */
export function routingAddress(
  { head, access }: { readonly head: Head; readonly access: Access },
  topic: string,
): Address {
  if (isSystemTopic(topic)) {
    throw new PacketError(ReasonCode.notAuthorized, `nobody but the broker publishes to '${topic}'`)
  }
  const key = head.topics.key(topic)
  if (Buffer.byteLength(key) > TOPIC_BYTES_MAX) {
    throw new PacketError(ReasonCode.topicNameInvalid, `the topic name is longer than ${TOPIC_BYTES_MAX} bytes`)
  }
  try {
    return access.address(head.settings.exchange, key)
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'not-found') throw error
    throw new PacketError(ReasonCode.implementationSpecificError, error.message)
  }
}

function codeFor(answer: Published): number {
  if (answer === 'refused') return ReasonCode.quotaExceeded
  return answer === 'unroutable' ? ReasonCode.noMatchingSubscribers : ReasonCode.success
}
