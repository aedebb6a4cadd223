import type { Table } from '../../../std/table.ts'
import type { BrowseBounds, BrowsedMessage } from '../../browsed-message.ts'
import type { CancelReason, Consumer } from '../../consumer.ts'
import { QueueCounters } from '../../counters.ts'
import { Delivery, type Outcome } from '../../delivery.ts'
import type { EffectivePolicy } from '../../effective-policy.ts'
import { Fault } from '../../fault.ts'
import type { Message } from '../../message.ts'
import type { Enqueued, Queue } from '../../queue.ts'
import { noFigures, type QueueFigures } from '../../queue-figures.ts'
import type { QueueOptions } from '../../queue-type.ts'
import { describe } from '../../resource.ts'
import type { QueueContext } from '../context.ts'
import { Cursor } from './cursor.ts'
import { type StreamStart, streamFilter, streamRules, streamStart } from './stream-arguments.ts'
import { type OpenedStream, StreamLog } from './stream-log.ts'
import { messagesFrom } from './stream-reading.ts'

/** Ranges that were lost and told of; more are only counted by the store. */
const LOSSES_TOLD = 1000

/** Where a stream's log is kept. */
export interface StreamHome {
  /** Resolves with the stream's log and what is in it. */
  readonly opened: Promise<OpenedStream>
  /** Removes the log for good. */
  remove(): void
  readonly indexAfterBytes: number
}

/**
 * A stream: messages are appended and stay until retention gives up the oldest of them. Each consumer reads from
 * where it likes, and gets a message when that is on disk: an offset never stands for another message later.
 */
export class StreamQueue implements Queue {
  readonly name: string
  readonly vhost: string
  readonly number: number
  readonly type = 'stream'
  readonly durable = true
  readonly autoDelete = false
  readonly owner = undefined
  readonly arguments: Table
  readonly counters = new QueueCounters()
  readonly consumerTimeoutMilliseconds = undefined
  /** Resolves when its log was opened; what is published before that waits. */
  readonly opening: Promise<void>
  readonly #context: QueueContext
  readonly #home: StreamHome
  readonly #log: StreamLog
  #policy: EffectivePolicy
  /** What policies said when it was made. */
  readonly #firstPolicy: EffectivePolicy
  /** Undefined for those that came before the log was there. */
  readonly #cursors = new Map<Consumer, Cursor | undefined>()
  readonly #losses = new Set<number>()
  #isOpen = false
  #unsettled = 0
  #woken = false
  #deleted = false

  constructor(options: QueueOptions, context: QueueContext, home: StreamHome) {
    this.name = options.name
    this.vhost = options.vhost
    this.number = options.number
    this.arguments = options.arguments
    this.#policy = options.policy
    this.#firstPolicy = options.policy
    this.#context = context
    this.#home = home
    const { clock, store } = context
    const rules = streamRules(options.arguments, options.policy)
    this.#log = new StreamLog({ ...home, clock, store, rules, onCommitted: () => this.wake() })
    this.opening = home.opened.then((opened) => this.#open(opened))
    // Whoever waits for it is told; nobody may be waiting.
    this.opening.catch(() => undefined)
  }

  get policy(): EffectivePolicy {
    return this.#policy
  }

  /** All messages it holds: being handed out changes nothing. */
  get depth(): number {
    return this.#log.count
  }

  get unsettled(): number {
    return this.#unsettled
  }

  get consumerCount(): number {
    return this.#cursors.size
  }

  get firstOffset(): number {
    return this.#log.firstOffset
  }

  /** Offset behind the last message that is on disk. */
  get committedOffset(): number {
    return this.#log.committed
  }

  get segmentCount(): number {
    return this.#log.segmentCount
  }

  enqueue(message: Message): Enqueued {
    this.counters.publish++
    this.counters.diskWrites++
    this.#log.append(message)
    return 'stored'
  }

  add(consumer: Consumer): void {
    const description = describe('queue', this.name, this.vhost)
    if (consumer.prefetch === 0) {
      throw new Fault('precondition-failed', `consumer prefetch count is not set for stream ${description}`)
    }
    if (consumer.settled) {
      throw new Fault('not-implemented', `automatic acknowledgement not supported by stream ${description}`)
    }
    if (consumer.sharesPrefetch) throw new Fault('not-implemented', `${description} does not support global qos`)
    this.#cursors.set(consumer, this.#isOpen ? this.#cursor(consumer) : undefined)
    this.#log.isFollowed = true
    this.wake()
  }

  remove(consumer: Consumer): void {
    const cursor = this.#cursors.get(consumer)
    if (!this.#cursors.delete(consumer)) return
    cursor?.close()
    if (this.#cursors.size > 0) return
    this.#log.isFollowed = false
    this.#log.tail.clear()
  }

  get(): Promise<never> {
    const description = describe('queue', this.name, this.vhost)
    return Promise.reject(new Fault('not-implemented', `basic.get not supported by stream queues ${description}`))
  }

  figures(): QueueFigures {
    const log = this.#log
    return {
      ...noFigures,
      bytesReady: log.bytes,
      persistent: log.count,
      bytesPersistent: log.bytes,
      stream: {
        segments: log.segmentCount,
        firstOffset: log.firstOffset,
        committedOffset: log.committed,
        firstTimestamp: log.firstTimestamp,
        lagMax: this.#lagMax(),
      },
    }
  }

  #lagMax(): number | undefined {
    let lag: number | undefined
    for (const cursor of this.#cursors.values()) {
      if (cursor !== undefined) lag = Math.max(lag ?? 0, this.#log.committed - cursor.next)
    }
    return lag
  }

  async browse(from: number, { count, bytes }: BrowseBounds): Promise<readonly BrowsedMessage[]> {
    await this.opening
    const found: BrowsedMessage[] = []
    let size = 0
    for await (const { offset, message } of messagesFrom(this.#log, from)) {
      size += message.bodySize
      if (found.length === count || (found.length > 0 && size > bytes)) break
      found.push({
        position: offset,
        sequence: offset,
        message,
        redelivered: false,
        expiresIn: Number.POSITIVE_INFINITY,
      })
    }
    return found
  }

  /** Messages stay where they are, whoever reads them. */
  handedOut(): Iterable<Delivery> {
    return []
  }

  wake(): void {
    if (this.#woken || this.#cursors.size === 0) return
    this.#woken = true
    this.#context.turn.addDispatch(this)
  }

  run(): void {
    this.#woken = false
    this.dispatch()
  }

  dispatch(): void {
    let behind = Number.POSITIVE_INFINITY
    for (const cursor of this.#cursors.values()) {
      if (cursor === undefined) continue
      this.#serve(cursor)
      behind = Math.min(behind, cursor.next)
    }
    this.#log.tail.dropBefore(behind)
  }

  /** Whatever becomes of a delivery, its consumer may have another; the message stays where it is. */
  settle(delivery: Delivery, outcome: Outcome): void {
    if (delivery.state !== 'unsettled') throw new Error(`offset ${delivery.sequence} of ${this.name} was settled twice`)
    delivery.state = 'settled'
    if (this.#context.taps.isOpen) this.#context.taps.onSettle(delivery, outcome)
    const tally = delivery.consumer?.tally
    delivery.consumer = undefined
    this.#unsettled -= 1
    if (outcome !== 'accepted') return
    this.counters.ack++
    if (tally !== undefined) tally.ack++
  }

  purge(): never {
    const description = describe('queue', this.name, this.vhost)
    throw new Fault('not-implemented', `queue.purge not supported by stream queues ${description}`)
  }

  applyPolicy(policy: EffectivePolicy): void {
    this.#policy = policy
    this.#log.rules = streamRules(this.arguments, policy)
    this.#log.enforceRetention()
  }

  used(): void {}

  /** Answers 0, as RabbitMQ does, whatever went with it. */
  delete(reason: CancelReason): number {
    this.#deleted = true
    for (const [consumer, cursor] of [...this.#cursors]) {
      this.#cursors.delete(consumer)
      cursor?.close()
      consumer.cancelled(reason)
    }
    this.#log.close()
    this.#home.remove()
    return 0
  }

  #open(opened: OpenedStream): void {
    if (this.#deleted) return
    this.#log.open(opened)
    this.#isOpen = true
    if (this.#policy !== this.#firstPolicy) this.#log.enforceRetention()
    for (const consumer of this.#cursors.keys()) this.#cursors.set(consumer, this.#cursor(consumer))
    this.wake()
  }

  #cursor(consumer: Consumer): Cursor {
    const log = this.#log
    const start = streamStart(consumer.arguments, this.#context.clock.now())
    const averageBytes = log.bytes / Math.max(1, log.committed - log.firstOffset)
    return new Cursor({
      consumer,
      log,
      filter: streamFilter(consumer.arguments),
      ...this.#begin(start),
      readBytes: 2 * consumer.prefetch * averageBytes,
      onRead: () => this.wake(),
      onLost: (from, to) => this.#onLost(from, to),
      onBytes: (change) => this.#context.store.occupy(change),
    })
  }

  #begin(start: StreamStart): { readonly next: number; readonly since: number } {
    const log = this.#log
    const since = Number.NEGATIVE_INFINITY
    switch (start.from) {
      case 'first':
        return { next: log.firstOffset, since }
      case 'last':
        return { next: log.lastChunkOffset, since }
      case 'next':
        return { next: log.nextOffset, since }
      case 'offset':
        return { next: Math.max(start.offset, log.firstOffset), since }
      case 'time':
        if (start.timestamp > log.lastTimestamp) return { next: log.nextOffset, since }
        return { next: log.offsetSince(start.timestamp), since: start.timestamp }
      default:
        return start satisfies never
    }
  }

  #serve(cursor: Cursor): void {
    const { consumer } = cursor
    while (consumer.ready()) {
      const message = cursor.peek()
      if (message === undefined) return
      const delivery = new Delivery(this, message, cursor.next, Number.POSITIVE_INFINITY, 0)
      cursor.next += 1
      delivery.state = 'unsettled'
      delivery.consumer = consumer
      delivery.deliveredAt = this.#context.clock.monotonic()
      this.#unsettled += 1
      this.counters.deliver++
      consumer.tally?.onDelivered(false, false)
      if (this.#context.taps.isOpen) this.#context.taps.onDeliver(delivery, consumer.client)
      consumer.deliver(delivery)
    }
  }

  #onLost(from: number, to: number): void {
    if (this.#losses.has(from) || this.#losses.size >= LOSSES_TOLD) return
    this.#losses.add(from)
    this.#context.store.losses.add({ kind: 'offset', vhost: this.vhost, queue: this.name, from, to })
    const description = describe('queue', this.name, this.vhost)
    this.#context.logger.error(`offsets ${from} to ${to - 1} of ${description} are damaged on disk and lost`)
  }
}
