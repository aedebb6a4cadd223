import type { Delivery, Outcome } from '../../broker/delivery.ts'
import { Fault } from '../../broker/fault.ts'
import type { TappedClient } from '../../broker/taps.ts'
import type { BasicConsume, BasicGet, BasicQos } from '../../wire/amqp091/methods.gen.ts'
import { Deliveries } from './deliveries.ts'
import type { ConnectionPort, SidePort } from './ports.ts'
import type { Subscription, SubscriptionPort } from './subscription.ts'
import { Subscriptions } from './subscriptions.ts'
import { queueName } from './topology.ts'

/** What a channel receives: consumers, gets, deliveries and their settling. */
export class ConsumerSide implements SubscriptionPort {
  readonly deliveries = new Deliveries(() => this.subscriptions.wakeStarved())
  readonly #channel: SidePort
  readonly #connection: ConnectionPort
  readonly subscriptions: Subscriptions
  /** Deliveries to consumers that acknowledge, and to those that do not. */
  delivered = 0
  deliveredNoAck = 0
  /** Answers to basic.get likewise, and how often there was nothing. */
  got = 0
  gotNoAck = 0
  gotNothing = 0
  /** Of all that went out, what had been delivered before. */
  redelivered = 0

  constructor(channel: SidePort) {
    this.#channel = channel
    this.#connection = channel.connection
    this.subscriptions = new Subscriptions(channel.connection.head, channel, this)
  }

  /** Name of the queue that answers to this channel's requests come to. */
  get replyQueue(): string | undefined {
    return this.subscriptions.replyQueue
  }

  /** Who delivers here are told it is. */
  get client(): TappedClient {
    const { number: channel, access } = this.#channel
    return { connection: this.#connection.name, user: access.user.name, channel }
  }

  settle(tag: number, multiple: boolean, outcome: Outcome): void {
    this.deliveries.settle(tag, multiple, outcome)
  }

  onQos(method: BasicQos): void {
    const { prefetchSize, prefetchCount, global } = method
    if (prefetchSize !== 0) throw new Fault('not-implemented', `prefetch_size!=0 (${prefetchSize})`)
    if (global) {
      this.deliveries.prefetch = prefetchCount
      this.subscriptions.wakeStarved()
    } else this.subscriptions.prefetch = prefetchCount
    this.#channel.reply({ name: 'basic.qos-ok' })
  }

  onConsume(method: BasicConsume): void {
    const subscription = this.subscriptions.consume(method, queueName(this.#channel, method.queue))
    this.#noteTimeout(subscription.timeoutMilliseconds ?? subscription.queue?.consumerTimeoutMilliseconds)
    if (!method.noWait) this.#channel.reply({ name: 'basic.consume-ok', consumerTag: subscription.tag })
  }

  onCancel(consumerTag: string, noWait: boolean): void {
    this.subscriptions.catchUp(consumerTag)
    this.subscriptions.cancel(consumerTag)
    if (!noWait) this.#channel.reply({ name: 'basic.cancel-ok', consumerTag })
  }

  onGet(method: BasicGet): void {
    const { noAck } = method
    this.#channel.carryOut(this.#getOrPutBack(queueName(this.#channel, method.queue), noAck), (delivery) => {
      if (delivery === undefined) {
        this.gotNothing++
        return this.#channel.reply({ name: 'basic.get-empty' })
      }
      if (noAck) this.gotNoAck++
      else this.got++
      if (delivery.redelivered) this.redelivered++
      const { message, queue } = delivery
      const tag = noAck ? this.deliveries.pass() : this.deliveries.handOut(delivery)
      this.#noteTimeout(queue.consumerTimeoutMilliseconds)
      const { frames } = this.#connection.output
      frames.getOk(this.#channel.number, tag, delivery.redelivered, message.address.bytes, queue.depth)
      this.#channel.writeContent(message)
    })
  }

  onRecover(method: { name: 'basic.recover' | 'basic.recover-async'; requeue: boolean }): void {
    if (!method.requeue) throw new Fault('not-implemented', 'requeue=false')
    this.deliveries.recover()
    if (method.name === 'basic.recover') this.#channel.reply({ name: 'basic.recover-ok' })
  }

  mayDeliver(): boolean {
    return this.#connection.output.mayDeliver()
  }

  get limitsDeliveries(): boolean {
    return this.deliveries.prefetch > 0
  }

  hasCredit(): boolean {
    return this.deliveries.hasCredit()
  }

  onDelivery(subscription: Subscription, delivery: Delivery): void {
    try {
      this.subscriptions.served = subscription
      const tag = subscription.settled ? this.deliveries.pass() : this.deliveries.handOut(delivery)
      if (subscription.settled) this.deliveredNoAck++
      else this.delivered++
      if (delivery.redelivered) this.redelivered++
      const { frames } = this.#connection.output
      const { message } = delivery
      frames.deliver(this.#channel.number, subscription.wireTag, tag, delivery.redelivered, message.address.bytes)
      this.#channel.writeContent(message)
    } catch (error) {
      this.#connection.life.onBug(error)
    }
  }

  onCancelled(subscription: Subscription): void {
    try {
      this.subscriptions.forget(subscription)
      if (!this.#connection.takesCancel || this.#channel.state !== 'open') return
      this.#channel.notice({ name: 'basic.cancel', consumerTag: subscription.tag, noWait: true })
    } catch (error) {
      this.#connection.life.onBug(error)
    }
  }

  /** Deliveries may be written again. */
  wakeStarved(): void {
    this.subscriptions.wakeStarved()
  }

  /** Throws a Fault if a delivery has been out for too long. `timeout` is for queues without one of their own. */
  checkAcknowledgements(now: number, timeout: number | undefined): void {
    const exceeded = this.deliveries.overdue(now, timeout)
    if (exceeded === undefined) return
    // That nobody answered in time says nothing against the messages.
    this.stopConsuming()
    this.deliveries.requeueAll('requeued')
    throw new Fault(
      'precondition-failed',
      `delivery acknowledgement on channel ${this.#channel.number} timed out. Timeout value used: ${exceeded} ms. ` +
        'This timeout value can be configured, see consumers doc guide to learn more',
    )
  }

  /** Cancels the consumers whose queues the client may not read any more. */
  revoke(): Promise<void> {
    return this.subscriptions.revoke()
  }

  stopConsuming(): void {
    this.subscriptions.close()
  }

  /** Ends consuming and puts back what is unsettled. */
  close(): void {
    this.subscriptions.close()
    this.deliveries.requeueAll('failed')
  }

  /** What comes when the channel is no longer there goes back where it was, unless nobody was to acknowledge it. */
  async #getOrPutBack(queue: string, noAck: boolean): Promise<Delivery | undefined> {
    // Many gets may be at hand, and each may be answered with a large message.
    const room = this.#connection.output.room()
    if (room !== undefined) await room
    const delivery = await this.#channel.access.get(queue, noAck, this.#channel.number)
    if (delivery === undefined || this.#channel.state === 'open') return delivery
    if (!noAck) delivery.queue.settle(delivery, 'requeued')
    return undefined
  }

  #noteTimeout(milliseconds: number | undefined): void {
    if (milliseconds === undefined) return
    this.deliveries.queueTimeouts = true
    this.#connection.head.noteQueueTimeout(milliseconds)
  }
}
