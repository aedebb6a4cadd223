import type { Timer } from '../../std/clock.ts'
import type { Table } from '../../std/table.ts'
import type { CancelReason, Consumer } from '../consumer.ts'
import { Delivery, type Outcome } from '../delivery.ts'
import { Fault } from '../fault.ts'
import type { Message } from '../message.ts'
import { priorityOf } from '../properties.ts'
import type { Enqueued, Owner, Queue } from '../queue.ts'
import type { QueueArguments } from '../queue-arguments.ts'
import type { QueueLog } from '../queue-log.ts'
import { describe } from '../resource.ts'
import { ConsumerList } from './consumer-list.ts'
import type { DeadLetterReason, QueueContext } from './context.ts'
import { PriorityReady, type Ready, SingleReady } from './ready.ts'

export interface ClassicQueueOptions {
  readonly name: string
  readonly vhost: string
  readonly number: number
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  readonly arguments: Table
  /** `arguments`, parsed and checked. */
  readonly rules: QueueArguments
  /** Present when persistent messages are kept in the message log. */
  readonly log: QueueLog | undefined
  /** Sequence of the last message it ever took. */
  readonly sequence: number
}

/** Contents read back from disk at a time. */
const READ_AHEAD_MESSAGES = 256
const READ_AHEAD_BYTES = 1024 * 1024

/** The classic queue: first in, first out, with everything its arguments can ask for. */
export class ClassicQueue implements Queue {
  readonly name: string
  readonly vhost: string
  readonly number: number
  readonly type = 'classic'
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly owner: Owner | undefined
  readonly arguments: Table
  readonly rules: QueueArguments
  readonly #context: QueueContext
  readonly #log: QueueLog | undefined
  readonly #ready: Ready
  readonly #consumers: ConsumerList
  #exclusiveConsumer: Consumer | undefined
  #sequence: number
  #unsettled = 0
  #woken = false
  #loading = false
  #deleted = false
  #expiry: { readonly at: number; readonly timer: Timer } | undefined
  #idle: Timer | undefined
  #usedAt: number

  constructor(options: ClassicQueueOptions, context: QueueContext) {
    this.name = options.name
    this.vhost = options.vhost
    this.number = options.number
    this.durable = options.durable
    this.autoDelete = options.autoDelete
    this.owner = options.owner
    this.arguments = options.arguments
    this.rules = options.rules
    this.#log = options.log
    this.#sequence = options.sequence
    this.#context = context
    this.#ready = options.rules.maxPriority === undefined ? new SingleReady() : new PriorityReady()
    this.#consumers = new ConsumerList(options.rules.singleActiveConsumer === true)
    this.#usedAt = context.clock.monotonic()
    this.#watchIdleness()
  }

  get depth(): number {
    return this.#ready.length
  }

  get unsettled(): number {
    return this.#unsettled
  }

  get consumerCount(): number {
    return this.#consumers.length
  }

  get consumerTimeoutMilliseconds(): number | undefined {
    return this.rules.consumerTimeoutMilliseconds
  }

  enqueue(message: Message): Enqueued {
    if (this.#isFull(message)) {
      // What a consumer takes at once does not count against the limit.
      this.dispatch()
      if (this.rules.overflow !== 'drop-head' && this.#isFull(message)) return this.#refuse(message)
    }
    const delivery = this.#delivery(message, ++this.#sequence, 0)
    this.#ready.push(delivery)
    // What expires at once is offered to consumers first.
    if (delivery.expiresAt !== Number.POSITIVE_INFINITY && delivery.expiresAt <= this.#context.clock.monotonic()) {
      this.#offer()
    }
    this.wake()
    if (this.#log === undefined || !message.persistent) return 'transient'
    this.#context.store.hold(delivery, this.#log.id)
    return 'stored'
  }

  /** Takes back a message found in the log at start; they come in the order of their sequences. */
  restore(message: Message, sequence: number, redelivered: boolean): Delivery {
    const age = Math.max(0, this.#context.clock.now() - message.storedAt)
    const delivery = this.#delivery(message, sequence, age)
    delivery.redelivered = redelivered
    this.#ready.push(delivery)
    this.#sequence = Math.max(this.#sequence, sequence)
    this.wake()
    return delivery
  }

  add(consumer: Consumer): void {
    const inUse = this.#exclusiveConsumer !== undefined || (consumer.exclusive && this.#consumers.length > 0)
    if (inUse || (consumer.exclusive && this.rules.singleActiveConsumer === true)) {
      throw new Fault('access-refused', `${describe('queue', this.name, this.vhost)} in exclusive use`)
    }
    if (consumer.exclusive) this.#exclusiveConsumer = consumer
    this.#consumers.add(consumer)
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
    this.#expire(this.#context.clock.monotonic())
    const delivery = this.#ready.shift()
    if (delivery === undefined) return undefined
    this.#handOut(delivery)
    if (delivery.message.content !== undefined || (await this.#context.store.load(delivery.message))) return delivery
    this.#unsettled--
    this.#leave(delivery)
    return this.get()
  }

  wake(): void {
    if (this.#woken) return
    this.#woken = true
    this.#context.turn.addDispatch(this)
  }

  run(): void {
    this.#woken = false
    this.dispatch()
    if (this.#ready.length === 0) return
    this.#drop()
    const next = this.#ready.nextExpiry()
    if (next === Number.POSITIVE_INFINITY) return
    this.#expire(this.#context.clock.monotonic())
    this.#watchExpiry()
  }

  dispatch(): void {
    if (this.#ready.nextExpiry() !== Number.POSITIVE_INFINITY) this.#expire(this.#context.clock.monotonic())
    this.#offer()
  }

  #offer(): void {
    if (this.#loading || this.#consumers.length === 0) return
    for (let head = this.#ready.peek(); head !== undefined; head = this.#ready.peek()) {
      const consumer = this.#consumers.next()
      if (consumer === undefined) return
      if (head.message.content === undefined) {
        if (head.message.position !== 0) return this.#load()
        this.#ready.shift()
        this.#leave(head)
        continue
      }
      this.#ready.shift()
      this.#handOver(head, consumer)
    }
  }

  settle(delivery: Delivery, outcome: Outcome): void {
    if (delivery.state !== 'unsettled')
      throw new Error(`delivery ${delivery.sequence} of ${this.name} was settled twice`)
    this.#unsettled--
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
    let count = 0
    for (let head = this.#ready.shift(); head !== undefined; head = this.#ready.shift(), count++) this.#leave(head)
    return count
  }

  /** Somebody declared or polled it: its time to live without use starts anew. */
  used(): void {
    this.#usedAt = this.#context.clock.monotonic()
  }

  /** The end: consumers are told why, messages dropped. Answers how many were ready. */
  delete(reason: CancelReason): number {
    this.#deleted = true
    this.#idle?.cancel()
    this.#expiry?.timer.cancel()
    for (const consumer of [...this.#consumers]) {
      this.#consumers.remove(consumer)
      consumer.cancelled(reason)
    }
    return this.purge()
  }

  /** A dead-lettered message has reached where it goes, durably ordered before this: now it leaves. */
  deadLettered(delivery: Delivery): void {
    this.#leave(delivery)
  }

  #delivery(message: Message, sequence: number, age: number): Delivery {
    const { maxPriority, messageTtlMilliseconds } = this.rules
    const ttl = Math.min(message.timeToLive, messageTtlMilliseconds ?? Number.POSITIVE_INFINITY)
    const expiresAt = ttl === Number.POSITIVE_INFINITY ? ttl : this.#context.clock.monotonic() + ttl - age
    const priority =
      maxPriority === undefined ? 0 : Math.min(priorityOf(message.content!, message.offset) ?? 0, maxPriority)
    return new Delivery(this, message, sequence, expiresAt, priority)
  }

  #handOut(delivery: Delivery): void {
    delivery.state = 'unsettled'
    delivery.deliveredAt = this.#context.clock.monotonic()
    this.#unsettled++
    if (delivery.message.position !== 0) this.#log?.delivered(delivery.sequence)
  }

  #handOver(delivery: Delivery, consumer: Consumer): void {
    delivery.consumer = consumer
    if (consumer.settled) this.#leave(delivery)
    else this.#handOut(delivery)
    consumer.deliver(delivery)
  }

  /** The queue is done with a message. */
  #leave(delivery: Delivery): void {
    delivery.state = 'settled'
    const { message } = delivery
    if (message.references === 0 || this.#log === undefined) return
    if (!this.#deleted) this.#log.settled(delivery.sequence)
    this.#context.store.release(message)
  }

  /** Throws a message out: to the dead-letter exchange if there is one. */
  #die(delivery: Delivery, reason: DeadLetterReason): void {
    delivery.state = 'settled'
    if (this.rules.deadLetterExchange === undefined) this.#leave(delivery)
    else this.#context.deadLetters.add(this, delivery, reason)
  }

  #isFull(message: Message): boolean {
    const { maxLength, maxLengthBytes } = this.rules
    if (maxLength !== undefined && this.#ready.length + 1 > maxLength) return true
    return maxLengthBytes !== undefined && this.#ready.bytes + message.bodySize > maxLengthBytes
  }

  #refuse(message: Message): Enqueued {
    if (this.rules.overflow === 'reject-publish-dlx' && this.rules.deadLetterExchange !== undefined) {
      this.#context.deadLetters.add(this, this.#delivery(message, 0, 0), 'maxlen')
    }
    return 'refused'
  }

  /** Drops the oldest until the limits hold. */
  #drop(): void {
    const { maxLength, maxLengthBytes } = this.rules
    if (maxLength === undefined && maxLengthBytes === undefined) return
    while (
      (maxLength !== undefined && this.#ready.length > maxLength) ||
      (maxLengthBytes !== undefined && this.#ready.length > 0 && this.#ready.bytes > maxLengthBytes)
    ) {
      this.#die(this.#ready.shiftLeast()!, 'maxlen')
    }
  }

  #expire(now: number): void {
    for (let head = this.#ready.shiftExpired(now); head !== undefined; head = this.#ready.shiftExpired(now)) {
      this.#die(head, 'expired')
    }
  }

  #watchExpiry(): void {
    const at = this.#ready.nextExpiry()
    if (at === this.#expiry?.at) return
    this.#expiry?.timer.cancel()
    this.#expiry = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const timer = this.#context.clock.after(Math.max(0, at - this.#context.clock.monotonic()), () => {
      this.#expiry = undefined
      this.wake()
    })
    this.#expiry = { at, timer }
  }

  #watchIdleness(): void {
    const { expiresMilliseconds } = this.rules
    if (expiresMilliseconds === undefined) return
    const idleFor = this.#context.clock.monotonic() - this.#usedAt
    if (this.#consumers.length === 0 && idleFor >= expiresMilliseconds) return this.#context.unused(this)
    const wait = this.#consumers.length > 0 ? expiresMilliseconds : expiresMilliseconds - idleFor
    this.#idle = this.#context.clock.after(wait, () => this.#watchIdleness())
  }

  /** Reads the next contents back from disk, then goes on dispatching. */
  #load(): void {
    this.#loading = true
    const loads: Promise<boolean>[] = []
    let bytes = 0
    for (let index = 0; index < READ_AHEAD_MESSAGES && bytes < READ_AHEAD_BYTES; index++) {
      const message = this.#ready.at(index)?.message
      if (message === undefined) break
      bytes += message.size
      if (message.content === undefined) loads.push(this.#context.store.load(message))
    }
    void Promise.allSettled(loads).then(() => {
      this.#loading = false
      this.wake()
    })
  }
}
