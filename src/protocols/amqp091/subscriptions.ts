import type { Access } from '../../broker/access.ts'
import { REPLY_TO } from '../../broker/address.ts'
import { Fault } from '../../broker/fault.ts'
import type { Queue } from '../../broker/queue.ts'
import type { BasicConsume } from '../../wire/amqp091/methods.gen.ts'
import type { EventChannel } from '../client-events.ts'
import type { Head } from './head.ts'
import { Subscription, type SubscriptionPort } from './subscription.ts'

/** The consumers of one channel, by tag. */
export class Subscriptions {
  /** For consumers to come (basic.qos); 0 for any number. */
  prefetch = 0
  readonly #head: Head
  readonly #access: Access
  readonly #channel: EventChannel
  readonly #port: SubscriptionPort
  readonly #byTag = new Map<string, Subscription>()
  /** Who was delivered to last; the others come first when the channel may have more. */
  served: Subscription | undefined
  #replies: Subscription | undefined

  constructor(head: Head, channel: EventChannel & { readonly access: Access }, port: SubscriptionPort) {
    this.#head = head
    this.#channel = channel
    this.#access = channel.access
    this.#port = port
  }

  get size(): number {
    return this.#byTag.size
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#byTag.values()
  }

  /** Name of the queue that direct replies to this channel come to. */
  get replyQueue(): string | undefined {
    return this.#replies?.queue?.name
  }

  /** Subscribes to `queue`, the name in the method made complete. */
  consume(method: BasicConsume, queue: string): Subscription {
    if (this.#byTag.has(method.consumerTag)) {
      throw new Fault('not-allowed', `attempt to reuse consumer tag '${method.consumerTag}'`)
    }
    const max = this.#head.settings.consumersPerChannelMax
    if (max !== undefined && this.#byTag.size >= max) {
      throw new Fault('not-allowed', `reached maximum (${max}) of consumers per channel`)
    }
    if (queue === REPLY_TO) this.#checkReplies(method.noAck)
    const subscription = new Subscription(
      {
        tag: method.consumerTag === '' ? this.#newTag() : method.consumerTag,
        noAck: method.noAck,
        exclusive: method.exclusive,
        arguments: method.arguments,
        prefetch: this.prefetch,
      },
      this.#port,
    )
    subscription.queue = this.#subscribe(subscription, queue)
    this.#byTag.set(subscription.tag, subscription)
    this.#head.events.consumerCreated(subscription, this.#channel)
    return subscription
  }

  /** Ends a subscription; what it holds unsettled stays with the channel. */
  cancel(tag: string): void {
    const subscription = this.#byTag.get(tag)
    if (subscription === undefined) return
    this.forget(subscription)
    subscription.queue?.remove(subscription)
  }

  /** Hands out what came to the queue of a subscription before now: it is for this subscription too. */
  catchUp(tag: string): void {
    this.#byTag.get(tag)?.queue?.dispatch()
  }

  /** Lets go of a subscription whose queue has done so. */
  forget(subscription: Subscription): void {
    if (this.#byTag.delete(subscription.tag)) this.#head.events.consumerDeleted(subscription, this.#channel)
    if (this.#replies === subscription) this.#replies = undefined
  }

  /** Cancels those whose queues the client may not read any more. What they hold unsettled stays with the channel. */
  async revoke(): Promise<void> {
    for (const subscription of [...this.#byTag.values()]) {
      const { queue, tag } = subscription
      if (queue === undefined || subscription === this.#replies) continue
      if ((await this.#access.mayConsume(queue.name)) || this.#byTag.get(tag) !== subscription) continue
      queue.remove(subscription)
      subscription.cancelled('access-revoked')
    }
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const tag of [...this.#byTag.keys()]) this.cancel(tag)
  }

  /** Wakes the queues of those that were found not ready, in turns: who was served last comes last. */
  wakeStarved(): void {
    if (this.#byTag.size < 2) {
      for (const subscription of this.#byTag.values()) if (subscription.starved) subscription.wake()
      return
    }
    const all = [...this.#byTag.values()]
    const start = this.served === undefined ? 0 : all.indexOf(this.served) + 1
    for (let step = 0; step < all.length; step++) {
      const subscription = all[(start + step) % all.length]!
      if (subscription.starved) subscription.wake()
    }
  }

  #subscribe(subscription: Subscription, queue: string): Queue {
    if (queue !== REPLY_TO) return this.#access.consume(queue, subscription)
    const replies = this.#access.consumeReplies(subscription)
    this.#replies = subscription
    return replies
  }

  #checkReplies(noAck: boolean): void {
    if (this.#replies !== undefined) throw new Fault('precondition-failed', 'reply consumer already set')
    if (!noAck) throw new Fault('precondition-failed', 'reply consumer cannot acknowledge')
  }

  #newTag(): string {
    return `amq.ctag-${this.#head.broker.random.bytes(16).toString('base64url')}`
  }
}
