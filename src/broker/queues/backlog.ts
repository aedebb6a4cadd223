import type { Position } from '../../store/log.ts'
import type { BrowseBounds, BrowsedMessage } from '../browsed-message.ts'
import { Delivery } from '../delivery.ts'
import { withDeliveryCounts } from '../delivery-counts.ts'
import type { Message } from '../message.ts'
import type { MessageStore, StoredQueue } from '../message-store.ts'
import { priorityOf } from '../properties.ts'
import type { QueueFigures } from '../queue-figures.ts'
import type { QueueLog } from '../queue-log.ts'
import type { RecoveredQueue } from '../recovered-queue.ts'
import { browse } from './browsing.ts'
import type { DeadLetterReason, DeadLetterSource, QueueContext } from './context.ts'
import { DeliveryList } from './delivery-list.ts'
import type { Aside, QueueNature } from './nature.ts'
import { Paging, type PagingPort } from './paging.ts'
import type { PresentKeys } from './present-keys.ts'
import type { Ready } from './ready.ts'
import { type ReadyList, relocate } from './ready-list.ts'
import { emptyEntry, type Place, type SpilledEntry } from './spilled-index.ts'

export interface BacklogOptions {
  readonly queue: DeadLetterSource
  readonly log: QueueLog
  readonly ready: Ready
  readonly nature: QueueNature
  /** Messages up to this sequence existed before the start. */
  readonly sequence: number
  /** Messages up to it may have been handed out before the last start. */
  readonly redeliveredThrough: number
  /** Known by their keys, where a message is not taken twice while the queue has it. */
  readonly keys?: PresentKeys | undefined
}

/** Of most queues. */
const noAsides: readonly Partial<Aside>[] = []

/**
 * The messages of one queue, those that wait and those handed out, and what the message store is
 * told of them. Whatever a queue does with a message ends in `leave` or `leaveDisk`, once.
 */
export class Backlog implements PagingPort, StoredQueue {
  readonly log: QueueLog
  readonly ready: Ready
  readonly unsettled = new DeliveryList()
  readonly queue: DeadLetterSource
  readonly #context: QueueContext
  readonly #store: MessageStore
  readonly #paging: Paging
  readonly #durable: boolean
  readonly #nature: QueueNature
  readonly #keepsAll: boolean
  readonly #ranks: boolean
  #asides: readonly Partial<Aside>[] = noAsides
  readonly #redeliveredThrough: number
  readonly #keys: PresentKeys | undefined
  /** Messages that survive a restart, and bytes of their bodies. */
  #persistent = 0
  #bytesPersistent = 0
  #sequence: number
  #deleted = false

  constructor(options: BacklogOptions, context: QueueContext) {
    const { queue, log, ready } = options
    this.log = log
    this.ready = ready
    this.queue = queue
    this.#context = context
    this.#store = context.store
    this.#durable = queue.durable
    this.#nature = options.nature
    this.#ranks = options.nature.ranks(queue.rules)
    this.#keepsAll = options.nature.keeps === 'all messages'
    this.#keys = options.keys
    this.#sequence = options.sequence
    // The note runs ahead: what it says of messages to come is nothing.
    this.#redeliveredThrough = Math.min(options.redeliveredThrough, options.sequence)
    this.#paging = new Paging(this, context)
  }

  /** Highest sequence given so far. */
  get sequence(): number {
    return this.#sequence
  }

  /** The queue is deleted. */
  get isGone(): boolean {
    return this.#deleted
  }

  /** A head is not in memory, so what is next cannot be told yet. */
  get isHeadMissing(): boolean {
    return this.#paging.isHeadMissing
  }

  /** Other places where messages of the queue are. */
  addAside(aside: Partial<Aside>): void {
    if (aside.visitBefore === undefined && aside.relocate === undefined) return
    this.#asides = [...this.#asides, aside]
  }

  /** Takes over what the log had of the queue; `died` gets what was only kept for its dead letter. */
  recover(recovered: RecoveredQueue, died: (entry: SpilledEntry, reason: DeadLetterReason) => void): void {
    const { clock } = this.#context
    const wallToMonotonic = clock.monotonic() - clock.now()
    recovered.drain((entry, priority) => {
      entry.expiresAt += wallToMonotonic
      this.#store.restore(entry)
      this.#persistent++
      this.#bytesPersistent += entry.bodySize
      const key = recovered.notes?.take(entry.sequence)
      if (typeof key === 'string' && key !== '') this.#keys?.restore(key, entry.sequence)
      const remembered = recovered.markOf(entry.sequence)
      if (remembered !== undefined) this.log.marks.restore(entry.sequence, remembered.mark, remembered.position)
      const death = remembered?.mark.death
      if (death !== undefined) died(entry, death)
      else this.ready.list(this.#nature.priority(priority, this.queue.rules)).restore(entry)
    })
  }

  /** Whether a message survives a restart here. */
  keeps(message: Message): boolean {
    return this.#durable && (this.#keepsAll || message.persistent)
  }

  /** Takes a message in, behind all others of its priority. */
  add(message: Message): Delivery {
    const delivery = this.#delivery(message, ++this.#sequence, this.#expiry(message, 0))
    this.#store.keep(message)
    this.#keys?.add(message, delivery.sequence)
    if (this.keeps(message)) {
      this.#persistent++
      this.#bytesPersistent += message.bodySize
    }
    this.ready.push(delivery)
    return delivery
  }

  /** A message that never enters the queue, as if it left it. */
  refused(message: Message): Delivery {
    this.#store.keep(message)
    return this.#delivery(message, 0, this.#expiry(message, 0))
  }

  /** The queue has a message of the same deduplication key. */
  hasTwinOf(message: Message): boolean {
    return this.#keys?.has(message) === true
  }

  /** The message is on its way out: one of the same key may come in. */
  leaving({ sequence }: Delivery): void {
    this.#keys?.remove(sequence)
  }

  hasExpired({ expiresAt }: Delivery): boolean {
    return expiresAt !== Number.POSITIVE_INFINITY && expiresAt <= this.#context.clock.monotonic()
  }

  /** The disk knows that it may have been handed out, or need not know. */
  isNoted({ sequence, message }: Delivery): boolean {
    return sequence <= this.log.deliverableThrough || !this.keeps(message)
  }

  /** A message that survives is not handed out before the disk knows that it may have been. */
  mayHandOut(delivery: Delivery): boolean {
    if (this.isNoted(delivery)) return true
    this.log.reach(delivery.sequence)
    return false
  }

  /** Notes that a message is on its way to somebody. */
  note({ sequence, message }: Delivery): void {
    if (this.keeps(message)) this.log.delivered(sequence)
  }

  /** Keeps a delivery until it is settled. */
  handOut(delivery: Delivery): void {
    delivery.state = 'unsettled'
    delivery.deliveredAt = this.#context.clock.monotonic()
    this.unsettled.add(delivery)
  }

  /** The delivery is settled; what becomes of the message is the caller's to say. */
  takeBack(delivery: Delivery): void {
    if (delivery.state !== 'unsettled') {
      throw new Error(`delivery ${delivery.sequence} of ${this.queue.name} was settled twice`)
    }
    this.unsettled.remove(delivery)
    delivery.consumer = undefined
  }

  /** The queue is done with a message. */
  leave(delivery: Delivery): void {
    delivery.state = 'settled'
    const { message } = delivery
    this.#store.drop(message)
    this.#store.release(delivery.position, delivery.share)
    this.#record(delivery.sequence, message.bodySize, this.keeps(message))
  }

  /** The queue is done with a message that is on disk only. */
  leaveDisk(entry: SpilledEntry): void {
    this.#store.release(entry.position, entry.share)
    this.#record(entry.sequence, entry.bodySize, entry.durable)
  }

  /** The message goes on with other headers. */
  exchange(delivery: Delivery, message: Message): void {
    this.#store.drop(delivery.message)
    this.#store.keep(message)
    delivery.message = message
  }

  /** A message that was handed out goes behind all others, as if it had been published again. */
  renew(delivery: Delivery): void {
    const { message, expiresAt, priority } = delivery
    const renewed = new Delivery(this.queue, message, ++this.#sequence, expiresAt, priority)
    renewed.redelivered = true
    const mark = this.log.marks.get(delivery.sequence)
    if (mark !== undefined) this.log.mark(renewed.sequence, mark)
    this.#store.keep(message)
    this.ready.push(renewed)
    if (this.keeps(message)) {
      this.#persistent++
      this.#bytesPersistent += message.bodySize
      this.#store.renew(renewed, this.log.id, this.#paging.publishedAt(delivery))
    }
    this.leave(delivery)
  }

  /** A message that survives leaves memory, to be fetched again. */
  lay(delivery: Delivery): SpilledEntry {
    const { sequence, position, share, message } = delivery
    this.#store.drop(message)
    // It is out of the queue and does not expire any more.
    const expiresAt = Number.POSITIVE_INFINITY
    return { sequence, position, share, bodySize: message.bodySize, durable: this.keeps(message), expiresAt }
  }

  /** Drops the oldest messages of a list that are on disk only. */
  dropSpilled(list: ReadyList, count: number): void {
    const entry = emptyEntry()
    for (let dropped = 0; dropped < count && list.peekSpilled(entry); dropped++) {
      list.dropSpilled()
      this.leaveDisk(entry)
    }
  }

  /** What its messages take. */
  figures(): Omit<QueueFigures, 'activeConsumer' | 'exclusiveConsumer'> {
    const { ready, unsettled } = this
    let readyInMemory = 0
    let bytesReadyInMemory = 0
    for (const list of ready.lists()) {
      readyInMemory += list.residents
      bytesReadyInMemory += list.residentBytes
    }
    const timestamp = ready.peek()?.message.properties.timestamp
    return {
      bytesReady: ready.bytes,
      bytesUnsettled: unsettled.bytes,
      readyInMemory,
      bytesReadyInMemory,
      persistent: this.#persistent,
      bytesPersistent: this.#bytesPersistent,
      headTimestamp: timestamp === undefined ? undefined : Number(timestamp),
    }
  }

  /** Looks at what waits, from a position on, and leaves everything as it is. */
  browse(from: number, bounds: BrowseBounds): Promise<readonly BrowsedMessage[]> {
    const scene = {
      ready: this.ready,
      store: this.#store,
      clock: this.#context.clock,
      told: (message: Message, sequence: number) => this.#told(message, sequence),
    }
    return browse(scene, from, bounds)
  }

  /**
   * Takes messages out of where they wait, by their sequences, as if they were handed out; what is not here is passed over.
   * The disk need not know: nobody but the broker sees them before they are settled.
   */
  async pick(sequences: ReadonlySet<number>): Promise<Delivery[]> {
    while (this.isFetching) await new Promise<void>((next) => this.#context.clock.defer(next))
    const picked: Delivery[] = []
    const entries: SpilledEntry[] = []
    const take = (delivery: Delivery): void => {
      this.handOut(delivery)
      picked.push(delivery)
    }
    for (const list of this.ready.lists()) list.pick(sequences, take, (entry) => entries.push(entry))
    if (entries.length > 0) await new Promise<void>((done) => this.fetch(entries, take, done))
    return picked
  }

  /** Drops everything that waits; answers how many. */
  purge(): number {
    const count = this.ready.length
    for (let list = this.ready.next(); list !== undefined; list = this.ready.next()) {
      for (let head = list.shift(); head !== undefined; head = list.shift()) this.leave(head)
      this.dropSpilled(list, list.spilled)
    }
    return count
  }

  /** The queue is deleted: nothing is told of its messages any more. */
  close(): void {
    this.#deleted = true
  }

  /** Lets what is not needed soon leave memory, and reads what is. */
  page(isConsumed: boolean): void {
    const isFull = this.#paging.spill()
    this.#paging.readAhead(isConsumed && !isFull)
  }

  /** Resolves when the head of a list was read. */
  readOne(list: ReadyList): Promise<void> {
    return this.#paging.readOne(list)
  }

  /** Reads many of a list, without waiting. */
  readMany(list: ReadyList): void {
    this.#paging.readMany(list)
  }

  get isFetching(): boolean {
    return this.#paging.isFetching
  }

  /** Reads entries that were taken out of their list, while nothing else is being fetched. */
  fetch(entries: readonly SpilledEntry[], visit: (delivery: Delivery) => void, done: () => void = () => {}): void {
    this.#paging.fetch(entries, visit, done)
  }

  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void {
    for (const { sequence, position } of this.unsettled) {
      if (position !== 0 && position < before && !visit(sequence, position)) return
    }
    for (const list of this.ready.lists()) list.visitBefore(before, visit)
    this.#paging.visitBefore(before, visit)
    for (const aside of this.#asides) aside.visitBefore?.(before, visit)
  }

  relocate(places: ReadonlyMap<number, Place>): void {
    const untold = new Map(places)
    const left = (old: Place, sequence: number): void => {
      this.#store.release(old.position, old.share)
      untold.delete(sequence)
    }
    relocate(this.unsettled, places, left)
    for (const list of this.ready.lists()) list.relocate(places, left)
    this.#paging.relocate(places, left)
    for (const aside of this.#asides) aside.relocate?.(places, left)
    // They wait for their dead letters and will leave from where they are.
    for (const { position, share } of untold.values()) this.#store.release(position, share)
  }

  shed(): void {
    this.#paging.spill()
  }

  wake(): void {
    this.queue.wake()
  }

  #delivery(message: Message, sequence: number, expiresAt: number): Delivery {
    const priority = this.#ranks
      ? this.#nature.priority(priorityOf(message.content, message.offset), this.queue.rules)
      : 0
    return new Delivery(this.queue, message, sequence, expiresAt, priority)
  }

  /** When a message published `age` milliseconds ago expires, as a monotonic time. */
  #expiry(message: Message, age: number): number {
    const ttl = this.timeToLive(message)
    return ttl === Number.POSITIVE_INFINITY ? ttl : this.#context.clock.monotonic() + ttl - age
  }

  timeToLive(message: Message): number {
    return Math.min(message.timeToLive, this.queue.rules.messageTtlMilliseconds ?? Number.POSITIVE_INFINITY)
  }

  /** A message that was read back from disk. */
  reread(message: Message, { sequence, expiresAt }: SpilledEntry, age: number): Delivery {
    this.queue.counters.diskReads++
    const delivery = this.#delivery(message, sequence, Math.min(expiresAt, this.#expiry(message, age)))
    const told = this.#told(message, sequence)
    delivery.redelivered = told.redelivered
    delivery.message = told.message
    return delivery
  }

  /** A message from disk with what is remembered of it. */
  #told(message: Message, sequence: number): { readonly message: Message; readonly redelivered: boolean } {
    const mark = this.log.marks.size > 0 ? this.log.marks.get(sequence) : undefined
    if (mark === undefined || mark.acquired === 0) return { message, redelivered: sequence <= this.#redeliveredThrough }
    return { message: withDeliveryCounts(message, mark), redelivered: true }
  }

  #record(sequence: number, bodySize: number, isKept: boolean): void {
    this.#keys?.remove(sequence)
    // What was refused never had a place here.
    if (this.#deleted || sequence === 0) return
    if (!isKept) return this.log.left(sequence)
    this.#persistent--
    this.#bytesPersistent -= bodySize
    this.log.settled(sequence)
  }
}
