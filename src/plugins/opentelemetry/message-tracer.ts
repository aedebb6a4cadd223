import type { Delivery, Outcome } from '../../broker/delivery.ts'
import type { Message } from '../../broker/message.ts'
import type { Queue } from '../../broker/queue.ts'
import type { Tap, TappedClient, TappedPublish } from '../../broker/taps.ts'
import type { Clock } from '../../std/clock.ts'
import type { Random } from '../../std/random.ts'
import { type Attributes, type Span, type SpanEvent, SpanKind } from './span.ts'
import { contextOf, type TraceContext } from './trace-context.ts'

export interface MessageTracerOptions {
  readonly vhost: string
  readonly clock: Clock
  readonly random: Random
  /** Of messages that come without a trace, the share that begins one; 0 for none. */
  readonly ratio: number
  readonly onSpan: (span: Span) => void
}

/** A publish that was recorded, for those its message goes out to. */
interface Published {
  readonly traceId: string
  readonly spanId: string
  readonly state: string
  readonly time: number
}

/** A delivery that is not settled yet. */
interface Started {
  readonly published: Pick<Published, 'traceId' | 'spanId' | 'state'>
  readonly spanId: string
  readonly time: number
  readonly attributes: Attributes
}

/**
 * Spans of the messages of one virtual host, where whoever sent them records their trace: `publish` from its coming to
 * its place in the queues, `wait` in a queue until it is handed out, `deliver` from there until it is settled.
 * Messages are not changed: whoever receives one finds the context of who sent it.
 */
export class MessageTracer implements Tap {
  readonly #options: MessageTracerOptions
  /** Of messages that are in memory since; what comes back from disk is told by its headers. */
  readonly #published = new WeakMap<Message, Published>()
  readonly #started = new WeakMap<Delivery, Started>()

  constructor(options: MessageTracerOptions) {
    this.#options = options
  }

  onPublish({ message, keys, queues, client }: TappedPublish): void {
    const context = this.#contextOf(message)
    if (context === undefined) return
    const { vhost, onSpan } = this.#options
    const time = this.#now()
    const spanId = this.#id(8)
    const { exchange } = message.address
    const published = { traceId: context.traceId, spanId, state: context.state, time }
    this.#published.set(message, published)
    const events: SpanEvent[] = queues.map((queue) => {
      return { name: 'enqueue', time, attributes: { 'messaging.destination.name': queue } }
    })
    onSpan({
      ...{ traceId: context.traceId, spanId, parentId: context.spanId || undefined, state: context.state },
      ...{ name: `publish ${exchange || 'amq.default'}`, kind: SpanKind.server, start: time, end: this.#now() },
      attributes: {
        ...common(vhost, message),
        'messaging.operation.name': 'publish',
        'messaging.destination.name': exchange || 'amq.default',
        'messaging.rabbitmq.destination.routing_key': keys[0],
        'lapine.queues': queues,
        ...clientAttributes(client),
      },
      events: [{ name: 'route', time, attributes: { 'lapine.routing_keys': keys } }, ...events],
      ...(queues.length === 0 ? { error: 'it is routed to no queue' } : {}),
    })
  }

  onDeliver(delivery: Delivery, client: TappedClient | undefined): void {
    const { message, queue } = delivery
    const seen = this.#published.get(message)
    const published = seen ?? this.#sent(message)
    if (published === undefined) return
    const time = this.#now()
    const attributes = {
      ...common(this.#options.vhost, message),
      'messaging.destination.name': queue.name,
      'messaging.rabbitmq.message.redelivered': delivery.redelivered,
      'messaging.rabbitmq.message.delivery_tag': delivery.sequence,
      ...clientAttributes(client),
    }
    if (seen !== undefined) this.#waited(queue, seen, time, attributes)
    const started = { published, spanId: this.#id(8), time, attributes }
    // What needs no acknowledgement is done.
    if (delivery.consumer?.settled === true) this.#settled(started, queue, 'accepted')
    else this.#started.set(delivery, started)
  }

  onSettle(delivery: Delivery, outcome: Outcome): void {
    const started = this.#started.get(delivery)
    if (started === undefined) return
    this.#started.delete(delivery)
    this.#settled(started, delivery.queue, outcome)
  }

  #waited(queue: Queue, published: Published, time: number, attributes: Attributes): void {
    const { traceId, spanId, state } = published
    this.#options.onSpan({
      ...{ traceId, spanId: this.#id(8), parentId: spanId, state, name: `wait ${queue.name}`, kind: SpanKind.internal },
      ...{ start: published.time, end: time, attributes, events: [] },
    })
  }

  #settled({ published, spanId, time, attributes }: Started, queue: Queue, outcome: Outcome): void {
    const end = this.#now()
    this.#options.onSpan({
      ...{ traceId: published.traceId, spanId, parentId: published.spanId, state: published.state },
      ...{ name: `deliver ${queue.name}`, kind: SpanKind.client, start: time, end },
      attributes: { ...attributes, 'messaging.operation.name': 'deliver', 'lapine.outcome': outcome },
      events: [{ name: 'settle', time: end, attributes: { 'lapine.outcome': outcome } }],
      ...(outcome === 'accepted' ? {} : { error: outcome }),
    })
  }

  /** What its headers say, where that is recorded; the beginning of a trace, for some of those that say nothing. */
  #contextOf(message: Message): TraceContext | undefined {
    const context = contextOf(message)
    if (context !== undefined) return context.sampled ? context : undefined
    const { ratio, random } = this.#options
    if (ratio === 0 || random.bytes(4).readUInt32BE() >= ratio * 2 ** 32) return undefined
    return { traceId: this.#id(16), spanId: '', sampled: true, state: '' }
  }

  /** A message that was published before anybody looked, or comes back from disk. */
  #sent(message: Message): Started['published'] | undefined {
    const context = contextOf(message)
    return context?.sampled ? context : undefined
  }

  #id(bytes: number): string {
    return this.#options.random.bytes(bytes).toString('hex')
  }

  /** Milliseconds since the epoch, and parts of them. */
  #now(): number {
    return this.#options.clock.now()
  }
}

function common(vhost: string, { properties, bodySize }: Message): Attributes {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.rabbitmq.vhost': vhost,
    'messaging.message.id': properties.messageId,
    'messaging.message.conversation_id': properties.correlationId,
    'messaging.message.body.size': bodySize,
  }
}

function clientAttributes(client: TappedClient | undefined): Attributes {
  return client === undefined ? {} : { 'lapine.connection': client.connection, 'enduser.id': client.user }
}
