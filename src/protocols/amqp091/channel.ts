import type { Access, Published } from '../../broker/access.ts'
import type { Delivery } from '../../broker/delivery.ts'
import { Fault } from '../../broker/fault.ts'
import type { Message } from '../../broker/message.ts'
import { DecodeError } from '../../std/decode-error.ts'
import { frameTypes, replyCodes } from '../../wire/amqp091/codes.ts'
import { ackKey, decodeAck, publishKey } from '../../wire/amqp091/hot-methods.ts'
import {
  type BasicConsume,
  type BasicGet,
  type BasicQos,
  decodeMethod,
  type Method,
  methodIds,
} from '../../wire/amqp091/methods.gen.ts'
import { type MethodIds, noMethod, type Reply, undecodable } from './codes.ts'
import { Confirms } from './confirms.ts'
import { Deliveries } from './deliveries.ts'
import { Operations, type OperationsPort } from './operations.ts'
import type { ChannelPort, ConnectionPort, PublishPort } from './ports.ts'
import { Publisher } from './publisher.ts'
import type { Subscription, SubscriptionPort } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'
import { onExchangeMethod, onQueueMethod, queueName } from './topology.ts'
import { Transaction } from './transaction.ts'

const closeKey = (20 << 16) | 40
const closeOkKey = (20 << 16) | 41

/**
 * One channel, from its open-ok on. It is `closing` after an error until the client has confirmed
 * that; then, or when its connection ends, it is `closed`.
 */
export class Channel implements ChannelPort, OperationsPort, PublishPort, SubscriptionPort {
  readonly number: number
  readonly access: Access
  lastQueue = ''
  readonly #connection: ConnectionPort
  #state: 'open' | 'closing' | 'closed' = 'open'
  /** While closing: the client has sent a channel.close of its own. */
  #closedByClient = false
  /** Class and method of what is being handled, for errors. */
  #ids: MethodIds = noMethod
  #publisher: Publisher | undefined
  #confirms: Confirms | undefined
  #transaction: Transaction | undefined
  readonly #operations = new Operations(this)
  readonly #deliveries = new Deliveries(() => this.#subscriptions.wakeStarved())
  readonly #subscriptions: Subscriptions

  constructor(number: number, connection: ConnectionPort) {
    this.number = number
    this.access = connection.access
    this.#connection = connection
    this.#subscriptions = new Subscriptions(connection.head, connection.access, this)
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state
  }

  /** Something of it is being carried out. */
  get busy(): boolean {
    return this.#operations.busy
  }

  /** Both sides have closed it, only our error was not confirmed: the number may be used again. */
  get reusable(): boolean {
    return this.#state === 'closing' && this.#closedByClient
  }

  /** A frame of this channel, payload at [start, end). */
  onFrame(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#operations.busy) return this.#operations.hold(type, buffer, start, end)
    try {
      if (this.#state === 'open') this.#handle(type, buffer, start, end)
      else this.#onFrameWhileClosing(type, buffer, start, end)
    } catch (error) {
      if (error instanceof DecodeError && error.kind === 'malformed-utf8') this.#ids = noMethod
      this.#fail(undecodable(error, buffer, start, end))
    }
  }

  #handle(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#publisher?.expectsContent) {
      this.#ids = methodIds['basic.publish']
      return this.#publisher.onContent(type, buffer, start, end)
    }
    if (type !== frameTypes.method) {
      this.#ids = noMethod
      throw new Fault('unexpected-frame', 'expected method frame, got non method frame instead')
    }
    const key = buffer.readUInt32BE(start)
    if (key === publishKey) {
      this.#ids = methodIds['basic.publish']
      this.#publisher ??= new Publisher(this.#connection.head, this.access, this)
      return this.#publisher.onPublish(buffer, start, end)
    }
    if (key === ackKey) {
      this.#ids = methodIds['basic.ack']
      const ack = this.#connection.head.ackFields
      decodeAck(buffer, start, end, ack)
      return this.#deliveries.settle(ack.deliveryTag, ack.multiple, 'accepted')
    }
    this.#ids = { classId: key >>> 16, methodId: key & 0xffff }
    this.#onMethod(decodeMethod(buffer, start, end))
  }

  #onMethod(method: Method): void {
    switch (method.name) {
      case 'exchange.declare':
      case 'exchange.delete':
      case 'exchange.bind':
      case 'exchange.unbind':
        return onExchangeMethod(this, method)
      case 'queue.declare':
      case 'queue.delete':
      case 'queue.purge':
      case 'queue.bind':
      case 'queue.unbind':
        return onQueueMethod(this, method)
      case 'basic.nack':
        return this.#deliveries.settle(method.deliveryTag, method.multiple, method.requeue ? 'requeued' : 'discarded')
      case 'basic.reject':
        return this.#deliveries.settle(method.deliveryTag, false, method.requeue ? 'requeued' : 'discarded')
      case 'basic.recover':
      case 'basic.recover-async':
        return this.#onRecover(method)
      case 'basic.qos':
        return this.#onQos(method)
      case 'basic.consume':
        return this.#onConsume(method)
      case 'basic.cancel':
        this.#subscriptions.cancel(method.consumerTag)
        if (!method.noWait) this.reply({ name: 'basic.cancel-ok', consumerTag: method.consumerTag })
        return
      case 'basic.get':
        return this.#onGet(method)
      default:
        return this.#onModeMethod(method)
    }
  }

  #onModeMethod(method: Method): void {
    switch (method.name) {
      case 'confirm.select':
        if (this.#transaction !== undefined) throw cannotSwitch('tx', 'confirm')
        this.#confirms ??= new Confirms(this.number)
        if (!method.noWait) this.reply({ name: 'confirm.select-ok' })
        return
      case 'tx.select':
        if (this.#confirms !== undefined) throw cannotSwitch('confirm', 'tx')
        this.#transaction ??= new Transaction()
        this.#deliveries.settlements ??= []
        return this.reply({ name: 'tx.select-ok' })
      case 'tx.commit':
        return this.#onCommit()
      case 'tx.rollback':
        this.#openTransaction().rollBack()
        this.#deliveries.rollBack()
        return this.reply({ name: 'tx.rollback-ok' })
      case 'channel.open':
        throw new Fault('channel-error', "second 'channel.open' seen")
      case 'channel.flow':
        if (!method.active) throw new Fault('not-implemented', 'active=false')
        return this.reply({ name: 'channel.flow-ok', active: true })
      case 'channel.close':
        this.close()
        this.reply({ name: 'channel.close-ok' })
        return this.#connection.onChannelClosed(this.number)
      case 'access.request':
        return this.reply({ name: 'access.request-ok', ticket: 1 })
      default:
        throw new Fault('command-invalid', 'unimplemented method')
    }
  }

  // The consuming side.

  #onQos(method: BasicQos): void {
    const { prefetchSize, prefetchCount, global } = method
    if (prefetchSize !== 0) throw new Fault('not-implemented', `prefetch_size!=0 (${prefetchSize})`)
    if (global) {
      this.#deliveries.prefetch = prefetchCount
      this.#subscriptions.wakeStarved()
    } else this.#subscriptions.prefetch = prefetchCount
    this.reply({ name: 'basic.qos-ok' })
  }

  #onConsume(method: BasicConsume): void {
    const subscription = this.#subscriptions.consume(method, queueName(this, method.queue))
    this.#noteTimeout(subscription.timeoutMilliseconds ?? subscription.queue?.consumerTimeoutMilliseconds)
    if (!method.noWait) this.reply({ name: 'basic.consume-ok', consumerTag: subscription.tag })
  }

  mayDeliver(): boolean {
    return this.#connection.mayDeliver()
  }

  hasCredit(): boolean {
    return this.#deliveries.hasCredit()
  }

  onDelivery(subscription: Subscription, delivery: Delivery): void {
    try {
      const tag = subscription.settled ? this.#deliveries.pass() : this.#deliveries.handOut(delivery)
      const { frames } = this.#connection
      const { message } = delivery
      frames.deliver(this.number, subscription.wireTag, tag, delivery.redelivered, message.address.bytes)
      this.#writeContent(message)
    } catch (error) {
      this.#connection.onBug(error)
    }
  }

  onCancelled(subscription: Subscription): void {
    try {
      this.#subscriptions.forget(subscription)
      if (!this.#connection.takesCancel || this.#state !== 'open') return
      this.reply({ name: 'basic.cancel', consumerTag: subscription.tag, noWait: true })
    } catch (error) {
      this.#connection.onBug(error)
    }
  }

  /** Deliveries may be written again. */
  wakeStarved(): void {
    this.#subscriptions.wakeStarved()
  }

  #onGet(method: BasicGet): void {
    const { noAck } = method
    this.carryOut(this.#getOrPutBack(queueName(this, method.queue)), (delivery) => {
      if (delivery === undefined) return this.reply({ name: 'basic.get-empty' })
      const { message, queue } = delivery
      const tag = noAck ? this.#deliveries.pass() : this.#deliveries.handOut(delivery)
      this.#noteTimeout(queue.consumerTimeoutMilliseconds)
      this.#connection.frames.getOk(this.number, tag, delivery.redelivered, message.address.bytes, queue.depth)
      this.#writeContent(message)
      if (noAck) queue.settle(delivery, 'accepted')
    })
  }

  /** What comes when the channel is no longer there goes back where it was. */
  async #getOrPutBack(queue: string): Promise<Delivery | undefined> {
    const delivery = await this.access.get(queue)
    if (delivery === undefined || this.#state === 'open') return delivery
    delivery.queue.settle(delivery, 'requeued')
    return undefined
  }

  #onRecover(method: { name: 'basic.recover' | 'basic.recover-async'; requeue: boolean }): void {
    if (!method.requeue) throw new Fault('not-implemented', 'requeue=false')
    this.#deliveries.recover()
    if (method.name === 'basic.recover') this.reply({ name: 'basic.recover-ok' })
  }

  #noteTimeout(milliseconds: number | undefined): void {
    if (milliseconds === undefined) return
    this.#deliveries.queueTimeouts = true
    this.#connection.head.noteQueueTimeout(milliseconds)
  }

  /** Closes the channel if a delivery has been out for too long. */
  checkAcknowledgements(now: number, timeout: number | undefined): void {
    if (this.#state !== 'open') return
    const exceeded = this.#deliveries.overdue(now, timeout)
    if (exceeded === undefined) return
    this.#ids = noMethod
    this.#fail(
      new Fault(
        'precondition-failed',
        `delivery acknowledgement on channel ${this.number} timed out. Timeout value used: ${exceeded} ms. ` +
          'This timeout value can be configured, see consumers doc guide to learn more',
      ),
    )
  }

  // The publishing side.

  get replyQueue(): string | undefined {
    return this.#subscriptions.replyQueue
  }

  onMessage(message: Message, mandatory: boolean): void {
    if (this.#transaction === undefined) {
      const answer = this.#publish(message, mandatory)
      const confirms = this.#confirms
      if (confirms !== undefined) {
        confirms.add(answer, this.#connection.head.broker.mark)
        if (!confirms.scheduled) this.#connection.scheduleConfirms(confirms)
      }
    } else this.#transaction.add(message, mandatory)
    this.#connection.onPublished()
  }

  #publish(message: Message, mandatory: boolean): Published {
    const answer = this.access.publish(message)
    if (mandatory && answer === 'unroutable') {
      const { exchange, routingKey } = message.address
      this.reply({
        name: 'basic.return',
        replyCode: replyCodes.NO_ROUTE,
        replyText: 'NO_ROUTE',
        exchange,
        routingKey,
      })
      this.#writeContent(message)
    }
    return answer
  }

  #onCommit(): void {
    this.#openTransaction().commit((message, mandatory) => this.#publish(message, mandatory))
    this.#deliveries.commit()
    this.carryOut(this.#connection.head.broker.flush(), () => this.reply({ name: 'tx.commit-ok' }))
  }

  #openTransaction(): Transaction {
    if (this.#transaction === undefined) throw new Fault('precondition-failed', 'channel is not transactional')
    return this.#transaction
  }

  // Replies, operations under way, the end.

  reply(method: Method): void {
    this.#connection.frames.method(this.number, method)
    this.#connection.scheduleFlush()
  }

  #writeContent(message: Message): void {
    const { frames, frameMax } = this.#connection
    const { content, offset, propertiesSize, bodySize } = message
    if (content === undefined) throw new Error('a message without its content in memory was to be delivered')
    frames.content(this.number, content, offset, propertiesSize, bodySize, frameMax)
    this.#connection.scheduleFlush()
  }

  carryOut<T>(operation: Promise<T>, rest: (value: T) => void): void {
    const ids = this.#ids
    const failed = (error: unknown): void => {
      this.#ids = ids
      if (this.#state === 'open') this.#fail(error)
    }
    const done = (value: T): void => {
      this.#ids = ids
      try {
        if (this.#state === 'open') rest(value)
      } catch (error) {
        this.#fail(error)
      }
    }
    this.#operations.start(operation, done, failed)
  }

  onHeld(bytes: number): void {
    this.#connection.onHeld(bytes)
  }

  onIdle(): void {
    this.#connection.onIdle()
  }

  #fail(error: unknown): void {
    this.#connection.onChannelError(this.number, error, this.#ids)
  }

  /** Tells the client of an error that ends this channel, and waits for it to say that it knows. */
  fail(reply: Reply, ids: MethodIds): void {
    this.close()
    this.#state = 'closing'
    this.reply({ name: 'channel.close', replyCode: reply.code, replyText: reply.text, ...ids })
  }

  stopConsuming(): void {
    this.#subscriptions.close()
  }

  /** Ends consuming, puts back what is unsettled, forgets confirms that are not due. */
  close(): void {
    if (this.#state !== 'open') {
      this.#state = 'closed'
      return
    }
    this.#state = 'closed'
    this.#publisher = undefined
    if (this.#confirms !== undefined) {
      this.#confirms.flush(this.#connection.frames, this.#connection.head.broker.durable)
      this.#confirms.closed = true
    }
    this.#subscriptions.close()
    this.#deliveries.requeueAll()
  }

  #onFrameWhileClosing(type: number, buffer: Buffer, start: number, _end: number): void {
    if (this.#state === 'closed' || type !== frameTypes.method) return
    const key = buffer.readUInt32BE(start)
    if (key === closeOkKey) {
      this.#state = 'closed'
      this.#connection.onChannelClosed(this.number)
    } else if (key === closeKey) {
      this.#closedByClient = true
      this.reply({ name: 'channel.close-ok' })
    }
  }
}

function cannotSwitch(from: string, to: string): Fault {
  return new Fault('precondition-failed', `cannot switch from ${from} to ${to} mode`)
}
