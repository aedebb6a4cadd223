import type { CancelReason } from '../../broker/consumer.ts'
import type { Delivery, Outcome } from '../../broker/delivery.ts'
import type { TappedClient } from '../../broker/taps.ts'
import type { Qos } from '../../wire/mqtt/packets.ts'
import type { Properties } from '../../wire/mqtt/properties.ts'
import type { EventChannel } from '../client-events.ts'
import type { Answers } from './answers.ts'
import type { Head } from './head.ts'
import { isPublishedRetained, publisherOf, publishQosOf, retainedFor } from './outgoing-form.ts'
import type { Output } from './output.ts'
import { packetIdentifierFor } from './packet-identifiers.ts'
import type { PacketNotes } from './packet-notes.ts'
import type { Session } from './session.ts'
import { SessionConsumer, type SessionConsumerPort } from './session-consumer.ts'
import type { Subscription } from './subscriptions.ts'
import type { TopicAliases } from './topic-aliases.ts'

/** What the deliveries need of their connection. */
export interface DeliveriesPort {
  readonly head: Head
  readonly session: Session
  /** Of the connection: never given twice. */
  readonly serial: number
  readonly output: Output
  readonly answers: Answers
  readonly notes: PacketNotes
  /** Packet identifiers released to the client and not completed yet, without a look at more than that. */
  readonly releasedCount: number
  isReleased(packetIdentifier: number): boolean
  readonly aliases: TopicAliases
  /** Largest packet the client takes. */
  readonly packetBytesMax: number
  /** Deliveries of QoS 1 and 2 that may be outstanding. */
  readonly receiveMax: number
  onBug(error: unknown): void
  /** A queue of the session was deleted under it. */
  onQueueGone(): void
}

const nobody: readonly SessionConsumer[] = []

interface Outstanding {
  readonly delivery: Delivery
  readonly qos: Qos
}

/** How a message goes to this client. */
interface Plan {
  readonly qos: Qos
  readonly retain: boolean
  readonly identifiers: readonly number[] | undefined
}

/** A delivery of QoS 2 whose message is not on disk yet. */
interface Held {
  readonly delivery: Delivery
  readonly plan: Plan
  readonly packetIdentifier: number
  /** What has to be on disk before. */
  readonly mark: number
}

/** What goes out to one client: from its queues, by its subscriptions, until it is acknowledged. */
export class Deliveries implements SessionConsumerPort {
  delivered = 0
  deliveredNoAck = 0
  redelivered = 0
  acknowledged = 0
  /** Messages of QoS 0 that were not sent because the client does not read. */
  dropped = 0
  readonly #port: DeliveriesPort
  /** One or two as a rule; no map, which a client that waits would pay for. */
  #consumers: readonly SessionConsumer[] = nobody
  #outstanding: Map<number, Outstanding> | undefined
  /** Done with within the queue's own work, to be settled after it. */
  #ended: { readonly delivery: Delivery; readonly outcome: Outcome }[] | undefined
  /** In the order they go out in; made with the first. */
  #held: Held[] | undefined
  #closed = false

  constructor(port: DeliveriesPort) {
    this.#port = port
  }

  get consumers(): Iterable<SessionConsumer> {
    return this.#consumers
  }

  get consumerCount(): number {
    return this.#consumers.length
  }

  /** Delivered and not acknowledged. */
  get unsettled(): number {
    return this.#outstanding?.size ?? 0
  }

  /** Consumes from every queue of the session that it does not consume from yet, and no longer from those it has left. */
  consume(): void {
    if (this.#closed) return
    const { head, session } = this.#port
    const wanted = new Set(session.queues())
    for (const consumer of this.#consumers) {
      if (wanted.delete(consumer.tag)) continue
      this.#forget(consumer)
      consumer.queue?.remove(consumer)
    }
    if (wanted.size === 0) return
    const { qos0, qos1 } = session.names
    for (const name of wanted) {
      const settled = name === qos0
      const options = { tag: name, settled, prefetch: settled ? 0 : this.#port.receiveMax, numbers: name === qos1 }
      const consumer = new SessionConsumer(options, this)
      this.#consumers = this.#consumers.concat(consumer)
      try {
        consumer.queue = session.access.consume(name, consumer)
      } catch (error) {
        this.#without(consumer)
        throw error
      }
      head.events.consumerCreated(consumer, this.#told)
    }
  }

  get client(): TappedClient {
    const { owner, user } = this.#port.session.access
    return { connection: owner.name, user: user.name, channel: 0 }
  }

  mayDeliver(consumer: SessionConsumer): boolean {
    const { output, head } = this.#port
    if (this.#closed) return false
    if (consumer.settled) {
      // What such a client does not read in time is lost: it asked for no more.
      return !output.congested || (consumer.queue?.depth ?? 0) > head.settings.mailboxSoftLimit
    }
    return !output.congested && this.unsettled + this.#port.releasedCount < this.#port.receiveMax
  }

  onDelivery(consumer: SessionConsumer, delivery: Delivery): void {
    try {
      if (consumer.settled && this.#port.output.congested) this.dropped++
      else this.#deliver(consumer, delivery)
    } catch (error) {
      this.#port.onBug(error)
    }
  }

  onCancelled(consumer: SessionConsumer, _reason: CancelReason): void {
    this.#forget(consumer)
    if (!this.#closed) this.#port.onQueueGone()
  }

  /** The end of the turn: settles what was done with at once. */
  settleEnded(): void {
    const ended = this.#ended
    if (ended === undefined) return
    this.#ended = undefined
    for (const { delivery, outcome } of ended) delivery.queue.settle(delivery, outcome)
    this.wake()
  }

  /**
   * The end of the turn: writes what the disk has by now. True when some has to wait on: a message that is handed out and
   * then lost in a crash comes again from its publisher, as another message.
   */
  writeDurable(durable: number): boolean {
    const held = this.#held
    if (held === undefined) return false
    let written = 0
    for (; written < held.length; written++) {
      const { delivery, plan, packetIdentifier, mark } = held[written]!
      if (mark > durable) break
      if (this.#outstanding?.get(packetIdentifier)?.delivery !== delivery) continue
      if (this.#write(delivery, plan, packetIdentifier)) continue
      this.#outstanding?.delete(packetIdentifier)
      this.#ended ??= []
      this.#ended.push({ delivery, outcome: 'discarded' })
    }
    held.splice(0, written)
    this.settleEnded()
    return held.length > 0
  }

  /** PUBACK. Unknown identifiers are ignored: what they acknowledged may be gone. */
  onPuback(packetIdentifier: number): void {
    const found = this.#outstanding?.get(packetIdentifier)
    if (found?.qos === 1) this.#settle(packetIdentifier, found, 'accepted')
  }

  /** PUBREC: the client has the message, so it is no longer the queue's; answers whether a PUBREL is due. */
  onPubrec(packetIdentifier: number, code: number): 'release' | 'unknown' | 'done' {
    const { notes } = this.#port
    const found = this.#outstanding?.get(packetIdentifier)
    if (found?.qos !== 2) return notes.released.has(packetIdentifier) ? 'release' : 'unknown'
    if (code < 0x80) notes.release(packetIdentifier)
    this.#settle(packetIdentifier, found, 'accepted')
    return code < 0x80 ? 'release' : 'done'
  }

  onPubcomp(packetIdentifier: number): void {
    this.#port.notes.released.remove(packetIdentifier)
    this.wake()
  }

  /** More may be delivered. */
  wake(): void {
    for (const consumer of this.#consumers) consumer.wake()
  }

  /** Ends consuming and puts back what is unsettled, in order. */
  close(): void {
    this.#closed = true
    for (const consumer of this.#consumers) {
      consumer.queue?.remove(consumer)
      this.#forget(consumer)
    }
    this.settleEnded()
    for (const { delivery } of this.#outstanding?.values() ?? []) delivery.queue.settle(delivery, 'requeued')
    this.#outstanding = undefined
    this.#held = undefined
  }

  #forget(consumer: SessionConsumer): void {
    if (this.#without(consumer)) this.#port.head.events.consumerDeleted(consumer, this.#told)
  }

  /** False when it was not there. */
  #without(consumer: SessionConsumer): boolean {
    const others = this.#consumers.filter((one) => one !== consumer)
    const wasThere = others.length < this.#consumers.length
    this.#consumers = others
    return wasThere
  }

  get #told(): EventChannel {
    const { serial, session } = this.#port
    return { serial, access: session.access }
  }

  #settle(packetIdentifier: number, { delivery }: Outstanding, outcome: Outcome): void {
    this.#outstanding?.delete(packetIdentifier)
    this.acknowledged++
    delivery.queue.settle(delivery, outcome)
    this.wake()
  }

  #deliver(consumer: SessionConsumer, delivery: Delivery): void {
    const plan = this.#plan(consumer, delivery)
    if (plan === undefined) return this.#end(consumer, delivery, 'accepted')
    if (plan.qos === 0) {
      const sent = this.#write(delivery, plan, 0)
      return this.#end(consumer, delivery, sent ? 'accepted' : 'discarded')
    }
    const port = this.#port
    const sequence = consumer.numbers ? delivery.sequence : undefined
    const own = sequence === undefined ? undefined : packetIdentifierFor(sequence, () => false)
    // It was released before the process died; only that it left the queue was lost.
    if (delivery.redelivered && own !== undefined && plan.qos === 2 && port.isReleased(own)) {
      return this.#end(consumer, delivery, 'accepted')
    }
    const isTaken = (candidate: number) => this.#outstanding?.has(candidate) === true || port.isReleased(candidate)
    const packetIdentifier = packetIdentifierFor(sequence, isTaken)
    if (packetIdentifier === undefined) return this.#end(consumer, delivery, 'requeued')
    if (plan.qos === 2 && this.#holds({ delivery, plan, packetIdentifier })) return
    if (!this.#write(delivery, plan, packetIdentifier)) return this.#end(consumer, delivery, 'discarded')
    this.#outstanding ??= new Map()
    this.#outstanding.set(packetIdentifier, { delivery, qos: plan.qos })
  }

  /** Whether a delivery of QoS 2 has to wait for the disk; then it is outstanding as if it had gone out. */
  #holds(found: Omit<Held, 'mark'>): boolean {
    const { head, output, session } = this.#port
    const { mark, durable } = head.broker
    if (mark <= durable || !session.durable) return false
    this.#held ??= []
    this.#held.push({ ...found, mark })
    this.#outstanding ??= new Map()
    this.#outstanding.set(found.packetIdentifier, { delivery: found.delivery, qos: 2 })
    output.schedule()
    return true
  }

  /** Settled after the turn's dispatch; where nobody acknowledges, the queue has done so. */
  #end(consumer: SessionConsumer, delivery: Delivery, outcome: Outcome): void {
    if (consumer.settled) return
    this.#ended ??= []
    this.#ended.push({ delivery, outcome })
    this.#port.output.schedule()
  }

  /** Undefined where no subscription wants it any more, or none of a message of its own. */
  #plan(consumer: SessionConsumer, { message }: Delivery): Plan | undefined {
    const { session, head } = this.#port
    const { topic } = head.forms.topic(message)
    const published = publishQosOf(message)
    const filter = retainedFor(message)
    if (filter !== undefined) {
      const subscription = session.subscriptions.get(filter, undefined)
      const identifiers = subscription?.identifier === undefined ? undefined : [subscription.identifier]
      return { qos: lower(published, subscription?.qos ?? 1), retain: true, identifiers }
    }
    const all = session.subscriptions.matching(topic, consumer.tag)
    if (all.length === 0) {
      // A wildcard at the start of a filter does not mean topics of the server's own.
      return topic.startsWith('$')
        ? undefined
        : { qos: lower(published, consumer.settled ? 0 : 1), retain: false, identifiers: undefined }
    }
    const own = session.subscriptions.hasNoLocal && publisherOf(message) === session.clientIdentifier
    const found = own ? all.filter(({ noLocal }) => !noLocal) : all
    return found.length === 0 ? undefined : planFor(found, published, isPublishedRetained(message))
  }

  /** False for a packet that is larger than the client takes. */
  #write(delivery: Delivery, plan: Plan, packetIdentifier: number): boolean {
    const { head, output, aliases, packetBytesMax } = this.#port
    const { packets } = output
    const { message } = delivery
    const { topic, bytes } = head.forms.topic(message)
    const start = message.offset + message.propertiesSize
    const make = (alias: number | undefined, name: Buffer) => ({
      topic: name,
      qos: plan.qos,
      retain: plan.retain,
      duplicate: plan.qos > 0 && delivery.redelivered,
      packetIdentifier,
      properties: packets.level === 5 ? head.forms.properties(delivery, ownProperties(plan, alias)) : noBytes,
      payload: message.content,
      payloadStart: start,
      payloadEnd: start + message.bodySize,
    })
    const alias = packets.level === 5 ? aliases.outgoing(topic) : undefined
    const outgoing = make(alias?.alias, alias?.isKnown === true ? noBytes : bytes)
    if (packets.publishSize(outgoing) > packetBytesMax) {
      aliases.forget(alias)
      return false
    }
    packets.publish(outgoing)
    output.schedule()
    if (plan.qos === 0) this.deliveredNoAck++
    else this.delivered++
    if (delivery.redelivered) this.redelivered++
    return true
  }
}

const noBytes = Buffer.alloc(0)

function planFor(found: readonly Subscription[], published: Qos, retained: boolean): Plan {
  let qos: Qos = 0
  let keepsRetain = false
  let identifiers: number[] | undefined
  for (const subscription of found) {
    if (subscription.qos > qos) qos = subscription.qos
    if (subscription.retainAsPublished) keepsRetain = true
    if (subscription.identifier === undefined) continue
    identifiers ??= []
    identifiers.push(subscription.identifier)
  }
  return { qos: lower(published, qos), retain: keepsRetain && retained, identifiers }
}

function ownProperties({ identifiers }: Plan, alias: number | undefined): Properties | undefined {
  if (identifiers === undefined && alias === undefined) return undefined
  return {
    ...(identifiers === undefined ? {} : { subscriptionIdentifier: identifiers }),
    ...(alias === undefined ? {} : { topicAlias: alias }),
  }
}

function lower(one: Qos, other: Qos): Qos {
  return one < other ? one : other
}
