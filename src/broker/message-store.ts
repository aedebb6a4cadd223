import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Log, Position } from '../store/log.ts'
import type { Delivery } from './delivery.ts'
import { Extents } from './extents.ts'
import type { Message } from './message.ts'
import type { QueueLog } from './queue-log.ts'
import { type Holder, readPublish, writeDelivered, writePublish, writeSettle } from './record.ts'
import type { Turn } from './turn.ts'

export interface MessageStoreOptions {
  readonly log: Log
  readonly turn: Turn
  readonly clock: Clock
  readonly logger: Logger
  /** Bytes of stored content kept in memory; beyond it, contents live on disk only. */
  readonly contentBytesMax: number
  /** Length of the stretches in which space is accounted for and given back. */
  readonly extentBytes: number
  /** What the log may take beyond twice what is live. */
  readonly reserveBytes: number
  /** Resolves when changes of definitions made so far are durable; undefined when they are. */
  readonly definitionsPending: () => Promise<void> | undefined
}

/** Stragglers moved before other work gets its turn. */
const MOVED_PER_TURN = 256

/**
 * Keeps the messages of durable queues in the message log. A message is written once, with all the
 * queues that hold it; settlements are appended; the log's oldest stretch is given up when nothing
 * in it lives, after moving the stragglers when the log has grown out of proportion.
 */
export class MessageStore {
  readonly #options: MessageStoreOptions
  readonly #log: Log
  readonly #extents: Extents
  /** Queues that took the message being published, until `write`. */
  #holders: Holder[] = []
  #deliveries: Delivery[] = []
  #changed: QueueLog[] = []
  #scheduled = false
  /** Stored contents that came in over the memory bound, to be dropped after this turn's dispatch. */
  #excess: Message[] = []
  #contentBytes = 0
  #durable: Position
  #waiting: ((durable: Position) => void)[] = []
  #moving = false
  /** Nothing before the moved messages' old places may go until their new records are durable. */
  #movedUntil: Position = 0

  constructor(options: MessageStoreOptions) {
    this.#options = options
    this.#log = options.log
    this.#extents = new Extents(options.extentBytes)
    this.#durable = this.#log.durable
    this.#log.onDurable = (durable) => this.#onDurable(durable)
  }

  /** Mark behind all that was stored so far. */
  get mark(): Position {
    return this.#log.end
  }

  /** All before this mark is on disk for good, and so is the topology it needs. */
  get durable(): Position {
    return this.#durable
  }

  /** Bytes of stored content held in memory. */
  get contentBytes(): number {
    return this.#contentBytes
  }

  get liveBytes(): number {
    return this.#extents.liveBytes
  }

  onceDurable(listener: (durable: Position) => void): void {
    this.#waiting.push(listener)
  }

  /** Resolves when everything stored or settled so far is durable. */
  async flush(): Promise<void> {
    this.run()
    await this.#log.flush()
    await this.#options.definitionsPending()
  }

  /** A durable queue took the message that is being published. */
  hold(delivery: Delivery, queue: number): void {
    this.#holders.push({ queue, sequence: delivery.sequence })
    this.#deliveries.push(delivery)
  }

  /** Writes the message, once for all queues that hold it. */
  write(message: Message): void {
    if (this.#holders.length === 0) return
    message.storedAt = this.#options.clock.now()
    writePublish(this.#log, message, this.#holders)
    message.references = this.#deliveries.length
    message.holders = this.#deliveries.length === 1 ? this.#deliveries[0] : this.#deliveries
    this.#holders = []
    this.#deliveries = []
    this.#extents.add(message)
    this.#contentBytes += message.size
    if (this.#contentBytes > this.#options.contentBytesMax) this.#excess.push(message)
    this.#schedule()
  }

  /** Takes a message found in the log at start; its content stays on disk. */
  restore(message: Message, deliveries: Delivery[]): void {
    message.references = deliveries.length
    message.holders = deliveries.length === 1 ? deliveries[0] : deliveries
    this.#extents.add(message)
  }

  /** A queue is done with a stored message. */
  release(message: Message): void {
    if (--message.references > 0 || message.position === 0) return
    message.holders = undefined
    this.#extents.remove(message)
    if (message.content !== undefined) this.#contentBytes -= message.size
  }

  changed(queue: QueueLog): void {
    this.#changed.push(queue)
    this.#schedule()
  }

  /** Brings a stored message's content back into memory; false when it is damaged. */
  async load(message: Message): Promise<boolean> {
    if (message.position === 0) return message.content !== undefined
    const record = await this.#log.read(message.position)
    if (message.content !== undefined) return true
    if (record?.body === undefined) {
      this.#abandon(message)
      return false
    }
    const { properties } = readPublish(record.header)
    message.content = Buffer.concat([properties, record.body])
    message.offset = 0
    if (message.references > 0) this.#contentBytes += message.size
    return true
  }

  /** The record of a message is damaged: the log need not keep it; queues drop it when they come to it. */
  #abandon(message: Message): void {
    if (message.position === 0) return
    this.#options.logger.error(`a stored message is damaged and lost: record ${message.position} of the message log`)
    if (message.references > 0) this.#extents.remove(message)
    message.position = 0
  }

  /** Drops the content of a stored message from memory. */
  #unload(message: Message): void {
    if (message.content === undefined || message.references === 0) return
    message.content = undefined
    this.#contentBytes -= message.size
  }

  /** The end of the turn: writes what queues settled and starts the commit. */
  run(): void {
    this.#scheduled = false
    for (const queue of this.#changed.splice(0)) {
      const { settled, deliveredThrough } = queue.take()
      if (settled.length > 0) writeSettle(this.#log, queue.id, settled)
      if (deliveredThrough !== undefined) writeDelivered(this.#log, queue.id, deliveredThrough)
    }
    for (const message of this.#excess.splice(0)) this.#unload(message)
    this.#log.commit()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#options.turn.addCommit(this)
  }

  #onDurable(durable: Position): void {
    const pending = this.#options.definitionsPending()
    if (pending === undefined) this.#announce(durable)
    // A storage fault is reported by the store itself; nothing becomes durable after it.
    else pending.then(() => this.#announce(durable)).catch(() => undefined)
  }

  #announce(durable: Position): void {
    if (durable > this.#durable) this.#durable = durable
    for (const listener of this.#waiting.splice(0)) listener(this.#durable)
    this.#giveBack()
  }

  /** Gives up the log's dead beginning; starts moving stragglers when the log is out of proportion. */
  #giveBack(): void {
    if (this.#durable < this.#movedUntil) return
    const trimmable = this.#extents.trimmable(this.#durable)
    if (trimmable > this.#log.start) this.#log.trim(trimmable)
    const held = this.#log.end - trimmable
    if (!this.#moving && held > 2 * this.#extents.liveBytes + this.#options.reserveBytes) void this.#moveStragglers()
  }

  /** Writes the living of the oldest stretch again at the tail, so that the stretch can go. */
  async #moveStragglers(): Promise<void> {
    this.#moving = true
    try {
      const extent = this.#extents.first
      for (let moved = 1; extent?.oldest !== undefined; moved++) {
        const message = extent.oldest
        if (message.content === undefined && !(await this.load(message))) continue
        if (message.references > 0) this.#move(message)
        if (moved % MOVED_PER_TURN === 0) await new Promise<void>((next) => this.#options.clock.defer(next))
      }
      this.#movedUntil = this.#log.end
      this.#log.commit()
    } catch (error) {
      this.#options.logger.error(`moving stored messages failed: ${(error as Error).message}`)
    } finally {
      this.#moving = false
    }
  }

  #move(message: Message): void {
    const holders: Holder[] = []
    for (const delivery of Array.isArray(message.holders) ? message.holders : [message.holders!]) {
      if (delivery.state !== 'settled') holders.push({ queue: delivery.queue.number, sequence: delivery.sequence })
    }
    this.#extents.remove(message)
    writePublish(this.#log, message, holders)
    this.#extents.add(message)
    if (this.#contentBytes > this.#options.contentBytesMax) this.#excess.push(message)
    this.#schedule()
  }
}
