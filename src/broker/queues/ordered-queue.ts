import type { Table } from '../../std/table.ts'
import type { BrowseBounds, BrowsedMessage } from '../browsed-message.ts'
import type { CancelReason, Consumer } from '../consumer.ts'
import type { Delivery, Outcome } from '../delivery.ts'
import type { EffectivePolicy } from '../effective-policy.ts'
import type { Message } from '../message.ts'
import type { Enqueued, Owner } from '../queue.ts'
import type { QueueArguments } from '../queue-arguments.ts'
import type { QueueLog } from '../queue-log.ts'
import { withPolicy } from '../queue-policy.ts'
import type { QueueOptions } from '../queue-type.ts'
import { Backlog } from './backlog.ts'
import { ConsumerList } from './consumer-list.ts'
import type { DeadLetterSource, QueueContext } from './context.ts'
import { Dispatcher } from './dispatcher.ts'
import { Disposal } from './disposal.ts'
import { ExpiryTimer } from './expiry-timer.ts'
import { IdleTimer } from './idle-timer.ts'
import { refusesWhenFull, wouldOverflow } from './length-limit.ts'
import { PresentKeys } from './present-keys.ts'
import { PriorityReady, type Ready, SingleReady } from './ready.ts'

export interface OrderedQueueOptions extends QueueOptions {
  /** `arguments`, parsed and checked. */
  readonly declared: QueueArguments
  readonly log: QueueLog
  /** A message is not taken twice while the queue has it. */
  readonly deduplicates?: boolean
}

/** A queue that hands out each message once, first in, first out: the classic queue. */
export class OrderedQueue implements DeadLetterSource {
  readonly name: string
  readonly vhost: string
  readonly number: number
  readonly type = 'classic'
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  readonly arguments: Table
  readonly #declared: QueueArguments
  #policy: EffectivePolicy
  #rules: QueueArguments
  readonly #context: QueueContext
  readonly #ready: Ready
  readonly #backlog: Backlog
  readonly #disposal: Disposal
  readonly #dispatcher: Dispatcher
  readonly #consumers: ConsumerList
  readonly #idle: IdleTimer
  readonly #expiry: ExpiryTimer
  #woken = false
  #deleted = false

  constructor(options: OrderedQueueOptions, context: QueueContext) {
    this.name = options.name
    this.vhost = options.vhost
    this.number = options.number
    this.durable = options.durable
    this.autoDelete = options.autoDelete
    this.owner = options.owner
    this.arguments = options.arguments
    this.#declared = options.declared
    this.#policy = options.policy
    this.#rules = withPolicy(options.declared, options.policy)
    this.#context = context
    this.#ready = options.declared.maxPriority === undefined ? new SingleReady() : new PriorityReady()
    this.#consumers = new ConsumerList(options.declared.singleActiveConsumer)
    this.#expiry = new ExpiryTimer(context.clock, () => this.wake())
    this.#idle = new IdleTimer({
      clock: context.clock,
      milliseconds: this.#rules.expiresMilliseconds,
      isBusy: () => this.#consumers.length > 0,
      onExpired: () => context.unused(this),
    })
    const { log, recovered } = options
    this.#backlog = new Backlog(
      {
        queue: this,
        log,
        ready: this.#ready,
        keeps: 'persistent messages',
        sequence: recovered?.sequence ?? 0,
        redeliveredThrough: recovered?.deliveredThrough ?? 0,
        keys: options.deduplicates === true ? new PresentKeys() : undefined,
      },
      context,
    )
    this.#disposal = new Disposal(this, this.#backlog, context.deadLetters)
    this.#dispatcher = new Dispatcher({
      clock: context.clock,
      store: context.store,
      backlog: this.#backlog,
      disposal: this.#disposal,
      consumers: this.#consumers,
    })
    if (recovered !== undefined) this.#backlog.recover(recovered)
    context.store.register(this.#backlog)
    if (this.#ready.length > 0) this.wake()
  }

  /** Arguments and policies together. */
  get rules(): QueueArguments {
    return this.#rules
  }

  get policy(): EffectivePolicy {
    return this.#policy
  }

  get depth(): number {
    return this.#ready.length
  }

  get unsettled(): number {
    return this.#backlog.unsettled.length
  }

  get consumerCount(): number {
    return this.#consumers.length
  }

  get consumerTimeoutMilliseconds(): number | undefined {
    return this.#rules.consumerTimeoutMilliseconds
  }

  enqueue(message: Message): Enqueued {
    const backlog = this.#backlog
    // The publisher waits for what the first one waits for.
    if (backlog.hasTwinOf(message)) return backlog.keeps(message) ? 'stored' : 'transient'
    if (wouldOverflow(this.#ready, this.#rules, message)) {
      // What a consumer takes at once does not count against the limit.
      this.dispatch()
      if (
        refusesWhenFull(this.#rules) &&
        wouldOverflow(this.#ready, this.#rules, message) &&
        !this.#dispatcher.isHeldUp
      ) {
        return this.#disposal.refuse(message)
      }
    }
    const delivery = backlog.add(message)
    // What expires at once is offered to consumers first.
    if (backlog.hasExpired(delivery)) this.#dispatcher.offer(delivery)
    this.wake()
    if (!backlog.keeps(message) || delivery.state === 'settled') return 'transient'
    this.#context.store.hold(delivery, this.number)
    return 'stored'
  }

  add(consumer: Consumer): void {
    this.#consumers.admit(consumer, this)
    this.#backlog.log.reach(this.#backlog.sequence)
    this.wake()
  }

  remove(consumer: Consumer): void {
    if (!this.#consumers.remove(consumer)) return
    this.used()
    if (this.#consumers.length > 0) this.wake()
    else if (this.autoDelete) this.#context.unused(this)
  }

  async get(): Promise<Delivery | undefined> {
    this.used()
    this.dispatch()
    const delivery = await this.#dispatcher.get()
    // The next head may have to expire, or to be read from disk.
    if (delivery !== undefined) this.wake()
    return delivery
  }

  browse(from: number, bounds: BrowseBounds): Promise<readonly BrowsedMessage[]> {
    return this.#backlog.browse(from, bounds)
  }

  handedOut(): Iterable<Delivery> {
    return this.#backlog.unsettled
  }

  wake(): void {
    if (this.#woken) return
    this.#woken = true
    this.#context.turn.addDispatch(this)
  }

  run(): void {
    this.#woken = false
    if (this.#deleted) return
    this.dispatch()
    if (this.#ready.length === 0) return
    if (this.#disposal.isOverfull && !this.#dispatcher.isHeldUp) this.#disposal.drop()
    const next = this.#ready.nextExpiry()
    if (next !== Number.POSITIVE_INFINITY) {
      this.#disposal.expire(this.#context.clock.monotonic())
      this.#expiry.watch(this.#ready.nextExpiry())
    }
    this.#backlog.page(this.#consumers.length > 0)
  }

  dispatch(): void {
    if (this.#ready.nextExpiry() !== Number.POSITIVE_INFINITY) this.#disposal.expire(this.#context.clock.monotonic())
    this.#dispatcher.offer()
  }

  settle(delivery: Delivery, outcome: Outcome): void {
    this.#backlog.takeBack(delivery)
    if (this.#deleted) return this.#backlog.leave(delivery)
    switch (outcome) {
      case 'accepted':
        return this.#backlog.leave(delivery)
      case 'requeued':
        delivery.state = 'ready'
        delivery.redelivered = true
        this.#ready.putBack(delivery)
        return this.wake()
      case 'discarded':
        return this.#disposal.die(delivery, 'rejected')
      default:
        outcome satisfies never
    }
  }

  purge(): number {
    return this.#backlog.purge()
  }

  /** What is in the queue keeps the time to live it came with; limits hold at once. */
  applyPolicy(policy: EffectivePolicy): void {
    this.#policy = policy
    this.#rules = withPolicy(this.#declared, policy)
    this.#idle.setMilliseconds(this.#rules.expiresMilliseconds)
    this.wake()
  }

  /** Somebody declared or polled it: its time to live without use starts anew. */
  used(): void {
    this.#idle.used()
  }

  /** The end: consumers are told why, messages dropped. Answers how many were ready. */
  delete(reason: CancelReason): number {
    this.#deleted = true
    this.#backlog.close()
    this.#idle.cancel()
    this.#expiry.cancel()
    for (const consumer of [...this.#consumers]) {
      this.#consumers.remove(consumer)
      consumer.cancelled(reason)
    }
    const count = this.purge()
    this.#context.store.unregister(this.#backlog)
    return count
  }

  /** A dead-lettered message has reached where it goes, durably ordered before this: now it leaves. */
  deadLettered(delivery: Delivery): void {
    this.#backlog.leave(delivery)
  }
}
