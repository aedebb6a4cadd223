import type { Access } from '../../broker/access.ts'
import { Undecided } from '../../broker/authenticator.ts'
import type { Delivery, Outcome } from '../../broker/delivery.ts'
import type { TappedClient } from '../../broker/taps.ts'
import { encodeFrame, headerOf, type StompFrame, type StompVersion } from '../../wire/stomp/frame.ts'
import type { DeclaredQueues } from './declared-queues.ts'
import { type Destination, readDestination } from './destination.ts'
import type { Head } from './head.ts'
import { messageHeaders } from './outgoing-form.ts'
import type { Output } from './output.ts'
import {
  booleanOf,
  consumerArgumentsOf,
  isDurable,
  queueArgumentsOf,
  queueDeclarationOf,
  subscriptionQueueName,
} from './queue-headers.ts'
import { processingError, Refusal } from './refusal.ts'
import { type AckMode, Subscription, type SubscriptionPort } from './subscription.ts'

const TEMP_QUEUE = '/temp-queue/'

/** What the subscriptions need of their connection. */
export interface SubscriptionsPort {
  readonly head: Head
  readonly access: Access
  readonly declared: DeclaredQueues
  readonly output: Output
  readonly version: StompVersion
  /** The `session` of CONNECTED. */
  readonly session: string
  onBug(error: unknown): void
}

/** What one client gets: its subscriptions by tag, the deliveries to them, their acknowledgements. */
export class Subscriptions implements SubscriptionPort {
  delivered = 0
  deliveredNoAck = 0
  redelivered = 0
  readonly #port: SubscriptionsPort
  readonly #byTag = new Map<string, Subscription>()
  /** Queues behind durable subscriptions of this connection. */
  readonly #durableQueues = new Set<string>()
  /** Of subscriptions that have ended. */
  #acknowledged = 0
  #lastTag = 0
  #closed = false

  constructor(port: SubscriptionsPort) {
    this.#port = port
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#byTag.values()
  }

  get size(): number {
    return this.#byTag.size
  }

  /** Delivered and not settled. */
  get outstanding(): number {
    let count = 0
    for (const subscription of this.#byTag.values()) count += subscription.outstanding
    return count
  }

  get acknowledged(): number {
    let count = this.#acknowledged
    for (const subscription of this.#byTag.values()) count += subscription.acknowledged
    return count
  }

  get client(): TappedClient {
    const { owner, user } = this.#port.access
    return { connection: owner.name, user: user.name, channel: 1 }
  }

  /** SUBSCRIBE. */
  async subscribe(frame: StompFrame): Promise<void> {
    const durable = isDurable(frame)
    const destination = destinationOf(frame)
    if (destination.kind === 'temp-queue') throw notFor(frame)
    const { tag, id } = consumerTag(frame)
    const subscription = new Subscription(
      { tag, id, ackMode: ackModeOf(frame), prefetch: prefetchOf(frame), arguments: consumerArgumentsOf(frame) },
      this,
    )
    if (this.#byTag.has(tag)) {
      const detail = `A subscription identified by '${tag}' already exists.`
      throw new Refusal('Duplicated subscription identifier', detail)
    }
    const queue = await this.#open(destination, frame, durable)
    if (!this.#closed) await this.#consume(subscription, queue, destination)
  }

  /** UNSUBSCRIBE. What is outstanding goes back; with it goes the queue of a durable subscription, if that is asked for. */
  async unsubscribe(frame: StompFrame): Promise<void> {
    const durable = isDurable(frame)
    const { tag, description } = consumerTag(frame)
    const subscription = this.#byTag.get(tag)
    if (subscription === undefined) {
      const detail = `UNSUBSCRIBE must refer to an existing subscription.\nSubscription to "${description}" not found.\n`
      throw new Refusal('No subscription found', detail)
    }
    this.#forget(subscription)
    subscription.close()
    const { queue } = subscription
    // The queue of `/queue` is nobody's own.
    if (durable && queue !== undefined && this.#durableQueues.delete(queue.name)) {
      await this.#port.access.deleteQueue(queue.name, { ifUnused: false, ifEmpty: false })
    }
  }

  /** A queue for the replies to this client, which come as from a subscription whose id is `/temp-queue/NAME`. */
  async openReplies(name: string): Promise<string> {
    const { access } = this.#port
    const declaration = { name: '', durable: false, exclusive: true, autoDelete: true, arguments: [] }
    const queue = await access.declareQueue(declaration)
    const id = TEMP_QUEUE + name
    const subscription = new Subscription({ tag: `T_${id}`, id, ackMode: 'auto', prefetch: 0, arguments: [] }, this)
    if (!this.#closed) await this.#begin(subscription, queue.name)
    return queue.name
  }

  /** What an ACK or NACK is about; answers how to carry it out. Throws a Refusal. */
  settlement(frame: StompFrame): () => void {
    const { version, head } = this.#port
    const header = version === '1.2' ? 'id' : 'message-id'
    const { command } = frame
    const messageId = headerOf(frame, header)
    if (messageId === undefined) {
      throw new Refusal('Missing header', `"${command}" must include the "${header}" header\n`)
    }
    const found = /^(.+)@@.+@@(\d{1,15})$/s.exec(messageId)
    if (found === null) {
      throw new Refusal('Invalid header', `"${command}" must include a valid "${header}" header\n`)
    }
    const tag = found[1]!
    const requeues = booleanOf(frame, 'requeue') ?? head.settings.nackRequeues
    const outcome: Outcome = command === 'ACK' ? 'accepted' : requeues ? 'requeued' : 'discarded'
    if (!this.#byTag.has(tag)) throw subscriptionNotFound(tag)
    return () => {
      const subscription = this.#byTag.get(tag)
      if (subscription === undefined) throw subscriptionNotFound(tag)
      subscription.settle(Number(found[2]), outcome)
    }
  }

  mayDeliver(): boolean {
    return !this.#closed && !this.#port.output.congested
  }

  onDelivery(subscription: Subscription, delivery: Delivery): void {
    try {
      this.#deliver(subscription, delivery)
    } catch (error) {
      this.#port.onBug(error)
    }
  }

  /** The queue is gone, or may not be read any more: told without ending the connection, as RabbitMQ does. */
  onCancelled(subscription: Subscription): void {
    if (!this.#byTag.has(subscription.tag)) return
    this.#forget(subscription)
    const { output, version } = this.#port
    const name = subscription.id ?? subscription.tag.slice(2)
    const description = subscription.id === undefined ? `destination='${name}'` : `id='${name}'`
    const text = 'The server has canceled a subscription.\nNo more messages will be delivered for'
    output.add(
      encodeFrame(
        {
          command: 'ERROR',
          headers: [
            ['message', 'Server cancelled subscription'],
            ['content-type', 'text/plain'],
            ['version', '1.0,1.1,1.2'],
            ['subscription', name],
          ],
          body: Buffer.from(`${text} "${description}".\n`),
        },
        version,
      ),
    )
  }

  /** More may be delivered. */
  wake(): void {
    for (const subscription of this.#byTag.values()) subscription.wake()
  }

  /** Cancels those whose queues the client may not read any more. */
  async revoke(): Promise<void> {
    for (const subscription of [...this.#byTag.values()]) {
      const { queue } = subscription
      if (queue === undefined || (await this.#port.access.mayConsume(queue.name))) continue
      if (this.#byTag.get(subscription.tag) !== subscription) continue
      this.onCancelled(subscription)
      subscription.close()
    }
  }

  close(): void {
    this.#closed = true
    for (const subscription of this.#byTag.values()) subscription.close()
  }

  #deliver(subscription: Subscription, delivery: Delivery): void {
    const { output, version, session, head } = this.#port
    const tag = ++this.#lastTag
    const { settled } = subscription
    const { message } = delivery
    const headers = messageHeaders(delivery, {
      subscription: subscription.id,
      messageId: `${subscription.tag}@@${session}@@${tag}`,
      acknowledged: version === '1.2' && !settled,
      topicExchange: head.settings.topicExchange,
    })
    output.add(encodeFrame({ command: 'MESSAGE', headers, body: message.body }, version))
    if (settled) this.deliveredNoAck++
    else {
      this.delivered++
      subscription.keep(tag, delivery)
    }
    if (delivery.redelivered) this.redelivered++
  }

  /** The queue behind a destination, declared where it is one that comes by itself. */
  async #open(destination: Destination, frame: StompFrame, durable: boolean): Promise<string> {
    const { access, declared } = this.#port
    const { kind, name } = destination
    if (kind === 'amqqueue' || kind === 'reply-queue' || kind === 'temp-queue') return name
    if (kind === 'queue') {
      if (!declared.has(name)) await declared.declare(queueDeclarationOf(name, frame))
      return name
    }
    if (kind === 'exchange') await decided(() => access.checkExchange(name))
    const named = headerOf(frame, 'x-queue-name')
    const queue = named ?? this.#queueName(destination, durable ? headerOf(frame, 'id') : undefined)
    await access.declareQueue({
      name: queue,
      durable,
      autoDelete: booleanOf(frame, 'auto-delete') ?? true,
      // One with a name of its own may be shared.
      exclusive: booleanOf(frame, 'exclusive') ?? (!durable && named === undefined),
      arguments: queueArgumentsOf(frame),
    })
    if (durable) this.#durableQueues.add(queue)
    return queue
  }

  #queueName(destination: Destination, id: string | undefined): string {
    if (id !== undefined) {
      return subscriptionQueueName('key' in destination ? destination.key : destination.name, id)
    }
    return `stomp-subscription-${this.#port.head.broker.random.bytes(16).toString('base64url')}`
  }

  async #consume(subscription: Subscription, queue: string, destination: Destination): Promise<void> {
    const { access, head } = this.#port
    await this.#begin(subscription, queue)
    if (destination.kind !== 'topic' && destination.kind !== 'exchange') return
    const { name } = destination
    const [source, routingKey] = 'key' in destination ? [name, destination.key] : [head.settings.topicExchange, name]
    await access.bindQueue({ source, destination: queue, routingKey, arguments: [] })
  }

  async #begin(subscription: Subscription, queue: string): Promise<void> {
    this.#byTag.set(subscription.tag, subscription)
    try {
      subscription.queue = await decided(() => this.#port.access.consume(queue, subscription))
      // The client has gone while a backend was asked.
      if (this.#closed) subscription.close()
    } catch (error) {
      this.#byTag.delete(subscription.tag)
      throw error
    }
  }

  #forget(subscription: Subscription): void {
    this.#byTag.delete(subscription.tag)
    this.#acknowledged += subscription.acknowledged
  }
}

/** Repeats an operation until every backend that has to be asked was. */
async function decided<T>(operation: () => T): Promise<T> {
  for (;;) {
    try {
      return operation()
    } catch (error) {
      if (!(error instanceof Undecided)) throw error
      await error.decision
    }
  }
}

/** The `destination` of SUBSCRIBE and SEND. */
export function destinationOf(frame: StompFrame): Destination {
  const text = headerOf(frame, 'destination')
  if (text !== undefined) return readDestination(text)
  throw new Refusal('Missing destination', `"${frame.command}" must include a 'destination' header\n`)
}

/** The refusal of a destination that is one, but for other frames. */
export function notFor(frame: StompFrame): Refusal {
  const detail = `'${headerOf(frame, 'destination')}' is not a valid destination for '${frame.command}'\n`
  return new Refusal('Invalid destination', detail)
}

function subscriptionNotFound(tag: string): Refusal {
  return new Refusal('Subscription not found', `There is no current subscription with tag '${tag}'.`)
}

function consumerTag(frame: StompFrame): { tag: string; id: string | undefined; description: string } {
  const { command } = frame
  const id = headerOf(frame, 'id')
  if (id !== undefined) {
    if (id.startsWith(TEMP_QUEUE)) {
      throw new Refusal('Invalid id', `${command} 'id' may not start with ${TEMP_QUEUE}\n`)
    }
    return { tag: `T_${id}`, id, description: `id='${id}'` }
  }
  const destination = headerOf(frame, 'destination')
  if (destination === undefined) {
    const detail = `${command} must include a 'destination' or 'id' header`
    throw new Refusal('Missing destination or id', detail)
  }
  return { tag: `Q_${destination}`, id: undefined, description: `destination='${destination}'` }
}

function ackModeOf(frame: StompFrame): AckMode {
  const mode = headerOf(frame, 'ack') ?? 'auto'
  if (mode === 'auto' || mode === 'client' || mode === 'client-individual') return mode
  throw processingError()
}

function prefetchOf(frame: StompFrame): number {
  const text = headerOf(frame, 'prefetch-count')
  if (text === undefined) return 0
  const prefetch = Number(text)
  if (!/^\d+$/.test(text) || prefetch > 0xffff) throw processingError()
  return prefetch
}
