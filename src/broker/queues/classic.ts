import type { Table } from '../../std/table.ts'
import type { Position } from '../../store/log.ts'
import type { CancelReason, Consumer } from '../consumer.ts'
import { Delivery, type Outcome } from '../delivery.ts'
import type { EffectivePolicy } from '../effective-policy.ts'
import { Fault } from '../fault.ts'
import type { Message } from '../message.ts'
import type { StoredQueue } from '../message-store.ts'
import { priorityOf } from '../properties.ts'
import type { Enqueued, Owner, Queue } from '../queue.ts'
import type { QueueArguments } from '../queue-arguments.ts'
import type { QueueLog } from '../queue-log.ts'
import { withPolicy } from '../queue-policy.ts'
import type { RecoveredQueue } from '../recovered-queue.ts'
import { describe } from '../resource.ts'
import { ConsumerList } from './consumer-list.ts'
import type { DeadLetterReason, QueueContext } from './context.ts'
import { DeliveryList } from './delivery-list.ts'
import { ExpiryTimer } from './expiry-timer.ts'
import { IdleTimer } from './idle-timer.ts'
import { Paging } from './paging.ts'
import { PriorityReady, type Ready, SingleReady } from './ready.ts'
import { type ReadyList, relocate } from './ready-list.ts'
import { emptyEntry, type Place, type SpilledEntry } from './spilled-index.ts'

export interface ClassicQueueOptions {
  readonly name: string
  readonly vhost: string
  readonly number: number
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  readonly arguments: Table
  /** `arguments`, parsed and checked. */
  readonly declared: QueueArguments
  readonly policy: EffectivePolicy
  readonly log: QueueLog
  /** What the message log has of it, at start. */
  readonly recovered: RecoveredQueue | undefined
}

/** The classic queue: first in, first out, with everything its arguments can ask for. */
export class ClassicQueue implements Queue, StoredQueue {
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
  readonly log: QueueLog
  readonly #ready: Ready
  readonly #paging: Paging
  readonly #idle: IdleTimer
  readonly #expiry: ExpiryTimer
  readonly #consumers: ConsumerList
  #exclusiveConsumer: Consumer | undefined
  #sequence: number
  /** Messages up to it may have been handed out before the last start. */
  readonly #redeliveredThrough: number
  readonly #unsettled = new DeliveryList()
  #woken = false
  #deleted = false

  constructor(options: ClassicQueueOptions, context: QueueContext) {
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
    this.log = options.log
    this.#sequence = options.recovered?.sequence ?? 0
    this.#context = context
    this.#ready = options.declared.maxPriority === undefined ? new SingleReady() : new PriorityReady()
    this.#consumers = new ConsumerList(options.declared.singleActiveConsumer === true)
    this.#paging = new Paging({
      queue: this,
      ready: this.#ready,
      clock: context.clock,
      store: context.store,
      logger: context.logger,
      deliveryOf: (message, sequence, age) => this.#reread(message, sequence, age),
      timeToLive: (message) => this.#timeToLive(message),
      lost: (entry) => this.#leaveDisk(entry),
      onRead: () => this.wake(),
      isGone: () => this.#deleted,
    })
    this.#expiry = new ExpiryTimer(context.clock, () => this.wake())
    this.#idle = new IdleTimer({
      clock: context.clock,
      milliseconds: this.#rules.expiresMilliseconds,
      isBusy: () => this.#consumers.length > 0,
      onExpired: () => context.unused(this),
    })
    const { recovered } = options
    this.#redeliveredThrough = recovered?.deliveredThrough ?? 0
    recovered?.drain((entry, priority) => {
      this.#ready.list(Math.min(priority, options.declared.maxPriority ?? 0)).restore(entry)
      context.store.restore(entry)
    })
    context.store.register(this)
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
    return this.#unsettled.length
  }

  get consumerCount(): number {
    return this.#consumers.length
  }

  get consumerTimeoutMilliseconds(): number | undefined {
    return this.#rules.consumerTimeoutMilliseconds
  }

  enqueue(message: Message): Enqueued {
    if (this.#isFull(message)) {
      // What a consumer takes at once does not count against the limit.
      this.dispatch()
      if (this.#refusesWhenFull() && this.#isFull(message) && !this.#isHeldUp()) {
        return this.#refuse(message)
      }
    }
    const delivery = this.#delivery(message, ++this.#sequence, 0)
    this.#context.store.keep(message)
    this.#ready.push(delivery)
    // What expires at once is offered to consumers first.
    if (delivery.expiresAt !== Number.POSITIVE_INFINITY && delivery.expiresAt <= this.#context.clock.monotonic()) {
      this.#offer(delivery)
    }
    this.wake()
    const isKept = this.durable && message.persistent && delivery.state !== 'settled'
    if (!isKept) return 'transient'
    this.#context.store.hold(delivery, this.log.id)
    return 'stored'
  }

  add(consumer: Consumer): void {
    const inUse = this.#exclusiveConsumer !== undefined || (consumer.exclusive && this.#consumers.length > 0)
    if (inUse || (consumer.exclusive && this.#rules.singleActiveConsumer === true)) {
      throw new Fault('access-refused', `${describe('queue', this.name, this.vhost)} in exclusive use`)
    }
    if (consumer.exclusive) this.#exclusiveConsumer = consumer
    this.#consumers.add(consumer)
    this.log.reach(this.#sequence)
    this.wake()
  }

  remove(consumer: Consumer): void {
    if (!this.#consumers.remove(consumer)) return
    if (this.#exclusiveConsumer === consumer) this.#exclusiveConsumer = undefined
    this.used()
    if (this.#consumers.length > 0) this.wake()
    else if (this.autoDelete) this.#context.unused(this)
  }

  async get(): Promise<Delivery | undefined> {
    this.used()
    this.dispatch()
    for (let list = this.#ready.next(); list !== undefined; list = this.#ready.next()) {
      if (list.atHand === 0) await this.#paging.readOne(list)
      this.#expire(this.#context.clock.monotonic())
      const head = this.#ready.peek()
      if (head !== undefined && !this.#mayHandOut(head)) await this.#context.store.flush()
      const delivery = this.#ready.shift()
      if (delivery === undefined) {
        // Expired, dropped, lost or moved meanwhile: another look, in another turn.
        await new Promise<void>((next) => this.#context.clock.defer(next))
        continue
      }
      this.#note(delivery)
      this.#handOut(delivery)
      // The next head may have to expire, or to be read from disk.
      this.wake()
      return delivery
    }
    return undefined
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
    this.#drop()
    const next = this.#ready.nextExpiry()
    if (next !== Number.POSITIVE_INFINITY) {
      this.#expire(this.#context.clock.monotonic())
      this.#expiry.watch(this.#ready.nextExpiry())
    }
    this.#paging.spill()
    this.#paging.readAhead(this.#consumers.length > 0)
  }

  dispatch(): void {
    if (this.#ready.nextExpiry() !== Number.POSITIVE_INFINITY) this.#expire(this.#context.clock.monotonic())
    this.#offer()
  }

  /** Hands out what it can. What has expired is not, except `newest`, which was published just now. */
  #offer(newest?: Delivery): void {
    if (this.#consumers.length === 0) return
    for (let head = this.#ready.peek(); head !== undefined; head = this.#ready.peek()) {
      if (head !== newest && this.#hasExpired(head)) {
        this.#ready.shift()
        this.#die(head, 'expired')
        continue
      }
      if (!this.#mayHandOut(head)) return
      const consumer = this.#consumers.next()
      if (consumer === undefined) return
      this.#ready.shift()
      this.#handOver(head, consumer)
    }
  }

  settle(delivery: Delivery, outcome: Outcome): void {
    if (delivery.state !== 'unsettled')
      throw new Error(`delivery ${delivery.sequence} of ${this.name} was settled twice`)
    this.#unsettled.remove(delivery)
    delivery.consumer = undefined
    if (this.#deleted) return this.#leave(delivery)
    switch (outcome) {
      case 'accepted':
        return this.#leave(delivery)
      case 'requeued':
        delivery.state = 'ready'
        delivery.redelivered = true
        this.#ready.putBack(delivery)
        return this.wake()
      case 'discarded':
        return this.#die(delivery, 'rejected')
      default:
        outcome satisfies never
    }
  }

  purge(): number {
    const count = this.#ready.length
    for (let list = this.#ready.next(); list !== undefined; list = this.#ready.next()) {
      for (let head = list.shift(); head !== undefined; head = list.shift()) this.#leave(head)
      this.#dropSpilled(list, list.spilled)
    }
    return count
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
    this.#idle.cancel()
    this.#expiry.cancel()
    for (const consumer of [...this.#consumers]) {
      this.#consumers.remove(consumer)
      consumer.cancelled(reason)
    }
    const count = this.purge()
    this.#context.store.unregister(this)
    return count
  }

  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void {
    for (const { sequence, position } of this.#unsettled) {
      if (position !== 0 && position < before && !visit(sequence, position)) return
    }
    for (const list of this.#ready.lists()) list.visitBefore(before, visit)
  }

  relocate(places: ReadonlyMap<number, Place>): void {
    const left = (old: Place): void => this.#context.store.release(old.position, old.share)
    relocate(this.#unsettled, places, left)
    for (const list of this.#ready.lists()) list.relocate(places, left)
  }

  shed(): void {
    this.#paging.spill()
  }

  /** A dead-lettered message has reached where it goes, durably ordered before this: now it leaves. */
  deadLettered(delivery: Delivery): void {
    this.#leave(delivery)
  }

  #delivery(message: Message, sequence: number, age: number): Delivery {
    const { maxPriority } = this.#rules
    const ttl = this.#timeToLive(message)
    const expiresAt = ttl === Number.POSITIVE_INFINITY ? ttl : this.#context.clock.monotonic() + ttl - age
    const priority =
      maxPriority === undefined ? 0 : Math.min(priorityOf(message.content, message.offset) ?? 0, maxPriority)
    return new Delivery(this, message, sequence, expiresAt, priority)
  }

  #timeToLive(message: Message): number {
    return Math.min(message.timeToLive, this.#rules.messageTtlMilliseconds ?? Number.POSITIVE_INFINITY)
  }

  /** A head is not in memory, or not noted on disk, so what would be delivered or expire cannot be told yet. */
  #isHeldUp(): boolean {
    if (this.#paging.isHeadMissing) return true
    const head = this.#ready.peek()
    return head !== undefined && !this.#isNoted(head) && this.#consumers.hasReady()
  }

  #hasExpired({ expiresAt }: Delivery): boolean {
    return expiresAt !== Number.POSITIVE_INFINITY && expiresAt <= this.#context.clock.monotonic()
  }

  /** A durable message is not handed out before the disk knows that it may have been. */
  #mayHandOut(delivery: Delivery): boolean {
    if (this.#isNoted(delivery)) return true
    this.log.reach(delivery.sequence)
    return false
  }

  #isNoted({ sequence, message }: Delivery): boolean {
    return sequence <= this.log.deliverableThrough || !message.persistent
  }

  #handOut(delivery: Delivery): void {
    delivery.state = 'unsettled'
    delivery.deliveredAt = this.#context.clock.monotonic()
    this.#unsettled.add(delivery)
  }

  #note({ sequence, message }: Delivery): void {
    if (this.durable && message.persistent) this.log.delivered(sequence)
  }

  #handOver(delivery: Delivery, consumer: Consumer): void {
    delivery.consumer = consumer
    this.#note(delivery)
    if (consumer.settled) this.#leave(delivery)
    else this.#handOut(delivery)
    consumer.deliver(delivery)
  }

  /** The queue is done with a message. */
  #leave(delivery: Delivery): void {
    delivery.state = 'settled'
    const { store } = this.#context
    const { message } = delivery
    store.drop(message)
    store.release(delivery.position, delivery.share)
    this.#record(delivery.sequence, message.persistent)
  }

  /** The queue is done with a message that is on disk only. */
  #leaveDisk(entry: SpilledEntry): void {
    this.#context.store.release(entry.position, entry.share)
    this.#record(entry.sequence, entry.durable)
  }

  #record(sequence: number, persistent: boolean): void {
    // What was refused never had a place here.
    if (this.#deleted || sequence === 0) return
    if (this.durable && persistent) this.log.settled(sequence)
    else this.log.left(sequence)
  }

  /** Throws a message out: to the dead-letter exchange if there is one. */
  #die(delivery: Delivery, reason: DeadLetterReason): void {
    delivery.state = 'settled'
    if (this.#rules.deadLetterExchange === undefined) this.#leave(delivery)
    else this.#context.deadLetters.add(this, delivery, reason)
  }

  #isFull(message: Message): boolean {
    const { maxLength, maxLengthBytes } = this.#rules
    if (maxLength !== undefined && this.#ready.length + 1 > maxLength) return true
    return maxLengthBytes !== undefined && this.#ready.bytes + message.bodySize > maxLengthBytes
  }

  #refusesWhenFull(): boolean {
    return this.#rules.overflow === 'reject-publish' || this.#rules.overflow === 'reject-publish-dlx'
  }

  #refuse(message: Message): Enqueued {
    if (this.#rules.overflow === 'reject-publish-dlx' && this.#rules.deadLetterExchange !== undefined) {
      this.#context.store.keep(message)
      this.#context.deadLetters.add(this, this.#delivery(message, 0, 0), 'maxlen')
    }
    return 'refused'
  }

  /** Drops heads until the limits hold; those of the highest priority first, as RabbitMQ does. */
  #drop(): void {
    const { maxLength = Number.POSITIVE_INFINITY, maxLengthBytes = Number.POSITIVE_INFINITY } = this.#rules
    const isOver = () =>
      this.#ready.length > maxLength || (this.#ready.length > 0 && this.#ready.bytes > maxLengthBytes)
    if (this.#refusesWhenFull() || !isOver() || this.#isHeldUp()) return
    while (isOver()) {
      const list = this.#ready.next()!
      const delivery = list.shift()
      if (delivery !== undefined) this.#die(delivery, 'maxlen')
      else if (this.#rules.deadLetterExchange === undefined) this.#dropSpilled(list, 1)
      else {
        // What is dead-lettered must be read first; then this goes on.
        return this.#paging.readMany(list)
      }
    }
  }

  #dropSpilled(list: ReadyList, count: number): void {
    const entry = emptyEntry()
    for (let dropped = 0; dropped < count && list.peekSpilled(entry); dropped++) {
      list.dropSpilled()
      this.#leaveDisk(entry)
    }
  }

  #expire(now: number): void {
    for (let head = this.#ready.shiftExpired(now); head !== undefined; head = this.#ready.shiftExpired(now)) {
      this.#die(head, 'expired')
    }
  }

  /** A message that was read back from disk. */
  #reread(message: Message, sequence: number, age: number): Delivery {
    const delivery = this.#delivery(message, sequence, age)
    delivery.redelivered = sequence <= this.#redeliveredThrough
    return delivery
  }
}
