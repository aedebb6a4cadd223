import type { Table } from '../../std/table.ts'
import type { BrowseBounds, BrowsedMessage } from '../browsed-message.ts'
import type { CancelReason, Consumer } from '../consumer.ts'
import { QueueCounters } from '../counters.ts'
import type { Delivery, Outcome } from '../delivery.ts'
import type { EffectivePolicy } from '../effective-policy.ts'
import { Fault } from '../fault.ts'
import type { Message } from '../message.ts'
import type { Enqueued, Owner } from '../queue.ts'
import { parseQueueArguments, type QueueArguments } from '../queue-arguments.ts'
import type { QueueFigures } from '../queue-figures.ts'
import { QueueLog } from '../queue-log.ts'
import type { QueueOptions } from '../queue-type.ts'
import { describe } from '../resource.ts'
import { Backlog } from './backlog.ts'
import { ConsumerList } from './consumer-list.ts'
import type { DeadLetterSource, QueueContext } from './context.ts'
import { Dispatcher } from './dispatcher.ts'
import { Disposal } from './disposal.ts'
import { ExpiryTimer } from './expiry-timer.ts'
import { IdleTimer } from './idle-timer.ts'
import { refusesWhenFull } from './length-limit.ts'
import type { Deaths, QueueNature, Returns } from './nature.ts'
import { PresentKeys } from './present-keys.ts'
import type { Ready } from './ready.ts'

/** What a type makes a queue of. */
interface OrderedQueueParts extends QueueOptions {
  /** A message is not taken twice while the queue has it. */
  readonly deduplicates?: boolean
}

interface OrderedQueueOptions extends OrderedQueueParts {
  readonly nature: QueueNature
  /** `arguments`, parsed and checked. */
  readonly declared: QueueArguments
  readonly log: QueueLog
}

/** Makes a queue of a type, with what the message log has of it. */
export function openOrderedQueue(nature: QueueNature, options: OrderedQueueParts, context: QueueContext): OrderedQueue {
  const { number, durable, recovered } = options
  const { deliveredThrough, notePosition } = recovered ?? { deliveredThrough: 0, notePosition: 0 }
  const log = new QueueLog(context.store, { id: number, durable, deliveredThrough, notePosition })
  const description = describe('queue', options.name, options.vhost)
  const declared = parseQueueArguments(nature.type, options.arguments, description)
  return new OrderedQueue({ ...options, nature, declared, log }, context)
}

/** A queue that hands out each message once, first in, first out: classic and quorum queues. */
export class OrderedQueue implements DeadLetterSource {
  readonly name: string
  readonly vhost: string
  readonly number: number
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  #arguments: Table
  readonly counters = new QueueCounters()
  readonly #nature: QueueNature
  #declared: QueueArguments
  #policy: EffectivePolicy
  #rules: QueueArguments
  readonly #context: QueueContext
  readonly #ready: Ready
  readonly #backlog: Backlog
  readonly #returns: Returns
  readonly #deaths: Deaths
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
    this.#arguments = options.arguments
    const { nature, declared } = options
    this.type = nature.type
    this.#nature = nature
    this.#declared = declared
    this.#policy = options.policy
    this.#rules = nature.rules(declared, options.policy)
    this.#context = context
    this.#ready = nature.ready(declared)
    this.#consumers = new ConsumerList(declared.singleActiveConsumer ? nature.singleActive : 'off')
    this.#expiry = new ExpiryTimer(context.clock, this)
    this.#idle = new IdleTimer(context.clock, this, this.#rules.expiresMilliseconds)
    const { log, recovered } = options
    this.#backlog = new Backlog(
      {
        queue: this,
        log,
        ready: this.#ready,
        nature,
        sequence: recovered?.sequence ?? 0,
        redeliveredThrough: recovered?.deliveredThrough ?? 0,
        keys: options.deduplicates === true ? new PresentKeys() : undefined,
      },
      context,
    )
    const parts = { queue: this, backlog: this.#backlog, context }
    const { returns, deaths } = nature.organs(parts)
    this.#returns = returns
    this.#deaths = deaths
    this.#backlog.addAside(returns)
    this.#backlog.addAside(deaths)
    this.#disposal = new Disposal(parts, deaths)
    this.#dispatcher = new Dispatcher({
      clock: context.clock,
      store: context.store,
      taps: context.taps,
      backlog: this.#backlog,
      disposal: this.#disposal,
      consumers: this.#consumers,
      counters: this.counters,
    })
    this.#dispatcher.paused = options.paused === true
    if (recovered !== undefined) this.#backlog.recover(recovered, (entry, reason) => deaths.restore(entry, reason))
    context.store.register(this.#backlog)
    if (this.#ready.length > 0) this.wake()
  }

  /** Arguments and policies together. */
  get rules(): QueueArguments {
    return this.#rules
  }

  get arguments(): Table {
    return this.#arguments
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

  get deliveryLimit(): number | undefined {
    return this.#rules.deliveryLimit
  }

  enqueue(message: Message): Enqueued {
    this.counters.publish++
    const backlog = this.#backlog
    // The publisher waits for what the first one waits for.
    if (backlog.hasTwinOf(message)) return backlog.keeps(message) ? 'stored' : 'transient'
    if (this.#disposal.wouldOverflow(message)) {
      // What a consumer takes at once does not count against the limit.
      this.dispatch()
      if (refusesWhenFull(this.#rules) && this.#disposal.wouldOverflow(message) && !this.#dispatcher.isHeldUp) {
        return this.#disposal.refuse(message)
      }
    }
    const delivery = backlog.add(message)
    // What expires at once is offered to consumers first.
    if (backlog.hasExpired(delivery)) this.#dispatcher.offer(delivery)
    this.wake()
    if (!backlog.keeps(message) || delivery.state === 'settled') return 'transient'
    this.counters.diskWrites++
    this.#context.store.hold(delivery, this.number)
    return 'stored'
  }

  add(consumer: Consumer): void {
    // What came before is not for this one: others take it, or it is too much.
    if (this.#woken) this.dispatch()
    if (consumer.sharesPrefetch && !this.#nature.admitsSharedPrefetch) {
      throw new Fault('not-implemented', `${describe('queue', this.name, this.vhost)} does not support global qos`)
    }
    if (this.#nature.admitsExclusive) this.#consumers.admit(consumer, this)
    else this.#consumers.add(consumer)
    this.#backlog.log.reach(this.#backlog.sequence)
    this.wake()
  }

  remove(consumer: Consumer): void {
    if (!this.#consumers.remove(consumer)) return
    this.#idle.used()
    if (this.#consumers.length > 0) this.wake()
    else if (this.autoDelete) this.#context.unused(this)
  }

  async get(settled: boolean): Promise<Delivery | undefined> {
    if (this.#rules.singleActiveConsumer && !this.#nature.pollsWithSingleActive) throw this.#unpollable()
    this.#idle.used()
    this.dispatch()
    const delivery = await this.#dispatcher.get(settled)
    // The next head may have to expire, or to be read from disk.
    if (delivery !== undefined) this.wake()
    return delivery
  }

  figures(): QueueFigures {
    const { active, exclusive } = this.#consumers
    return { ...this.#backlog.figures(), activeConsumer: active, exclusiveConsumer: exclusive }
  }

  browse(from: number, bounds: BrowseBounds): Promise<readonly BrowsedMessage[]> {
    return this.#backlog.browse(from, bounds)
  }

  get lastSequence(): number {
    return this.#backlog.sequence
  }

  async pick(sequences: ReadonlySet<number>): Promise<readonly Delivery[]> {
    this.#idle.used()
    const picked = await this.#backlog.pick(sequences)
    this.wake()
    return picked
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
    if (this.#disposal.isOverfull && !this.#dispatcher.isHeldUp) this.#disposal.drop()
  }

  settle(delivery: Delivery, outcome: Outcome): void {
    const { consumer } = delivery
    if (this.#context.taps.isOpen) this.#context.taps.onSettle(delivery, outcome)
    this.#backlog.takeBack(delivery)
    if (outcome === 'accepted') {
      this.counters.ack++
      const tally = consumer?.tally
      if (tally !== undefined) tally.ack++
    }
    if (consumer !== undefined && this.#consumers.onSettled(consumer)) this.wake()
    if (this.#deleted) return this.#backlog.leave(delivery)
    switch (outcome) {
      case 'accepted':
        return this.#backlog.leave(delivery)
      case 'requeued':
      case 'failed':
        return this.#returns.takeBack(delivery, outcome === 'failed')
      case 'discarded':
        this.#returns.onDiscarded(delivery)
        return this.#deaths.die(delivery, 'rejected')
      default:
        outcome satisfies never
    }
  }

  purge(): number {
    this.#returns.purge()
    this.#deaths.purge()
    return this.#backlog.purge()
  }

  /** What is in the queue keeps the time to live it came with; limits hold at once. */
  applyPolicy(policy: EffectivePolicy): void {
    this.#policy = policy
    this.#rules = this.#nature.rules(this.#declared, policy)
    this.#idle.setMilliseconds(this.#rules.expiresMilliseconds)
    this.#deaths.applyRules()
    this.wake()
  }

  /** What the queue is built upon (priorities, one consumer at a time) stays as it was declared. */
  alter(arguments_: Table): void {
    const { maxPriority, singleActiveConsumer } = this.#declared
    const parsed = parseQueueArguments(this.#nature.type, arguments_, describe('queue', this.name, this.vhost))
    this.#declared = { ...parsed, maxPriority, singleActiveConsumer }
    this.#arguments = arguments_
    this.applyPolicy(this.#policy)
  }

  get paused(): boolean {
    return this.#dispatcher.paused
  }

  setPaused(paused: boolean): void {
    this.#dispatcher.paused = paused
    this.wake()
  }

  /** Nobody used it for its time. */
  onIdle(): void {
    this.#context.unused(this)
  }

  used(): void {
    if (this.#nature.usedByDeclaring) this.#idle.used()
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
    this.#returns.close()
    this.#deaths.close()
    this.#context.store.unregister(this.#backlog)
    return count
  }

  #unpollable(): Fault {
    const description = describe('queue', this.name, this.vhost)
    return new Fault(
      'resource-locked',
      `cannot obtain access to locked ${description}. basic.get operations are not supported by ${this.type} ` +
        'queues with single active consumer',
    )
  }

  /** A dead-lettered message has reached where it goes, durably ordered before this: now it leaves. */
  deadLettered(delivery: Delivery): void {
    this.#backlog.leave(delivery)
  }
}
