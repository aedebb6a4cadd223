import type { Clock } from '../../std/clock.ts'
import type { Logger } from '../../std/logger.ts'
import type { LogRecord, Position } from '../../store/log.ts'
import type { Address } from '../address.ts'
import type { Delivery } from '../delivery.ts'
import type { Message } from '../message.ts'
import type { MessageStore } from '../message-store.ts'
import type { QueueLog } from '../queue-log.ts'
import { hasBody, messageOf } from '../record.ts'
import { describe } from '../resource.ts'
import type { Ready } from './ready.ts'
import type { ReadyList, Residence } from './ready-list.ts'
import { emptyEntry, type Left, type Place, type SpilledEntry } from './spilled-index.ts'

/** What of each list stays in memory, when it has more than twice as much. The store says what while memory is short. */
const RESIDENCE: Residence = { count: 8192, bytes: 8 * 1024 * 1024 }
/** Read back at a time, for consumers and for a single message. */
const READ_AHEAD: Residence = { count: 4096, bytes: 4 * 1024 * 1024 }
const READ_ONE: Residence = { count: 16, bytes: 64 * 1024 }

/** What paging needs of the queue it is done for. Asked as one object, as every queue has one of these. */
export interface PagingPort {
  readonly queue: { readonly name: string; readonly vhost: string }
  readonly log: QueueLog
  readonly ready: Ready
  /** The queue was deleted. */
  readonly isGone: boolean
  /** Whether a message survives a restart. */
  keeps(message: Message): boolean
  /** Makes the delivery of an entry; the message was published `age` milliseconds ago. */
  reread(message: Message, entry: SpilledEntry, age: number): Delivery
  /** Time to live of a message, in milliseconds. */
  timeToLive(message: Message): number
  /** An entry turned out to be damaged on disk: the queue is done with it. */
  leaveDisk(entry: SpilledEntry): void
  /** Messages were read back. */
  wake(): void
}

/** What paging needs of the house. */
export interface PagingContext {
  readonly clock: Clock
  readonly store: MessageStore
  readonly logger: Logger
}

/** Moves a queue's messages out of memory when they are not needed soon, and back before they are. */
export class Paging {
  readonly #port: PagingPort
  readonly #context: PagingContext
  #reading: Promise<void> | undefined
  /** Entries that left their list and are being read. */
  #fetching: Map<number, SpilledEntry> | undefined
  #lastAddress: Address | undefined
  /** The entry being looked at. */
  #first: SpilledEntry | undefined

  constructor(port: PagingPort, context: PagingContext) {
    this.#port = port
    this.#context = context
  }

  get isReading(): boolean {
    return this.#reading !== undefined
  }

  /** A head is not in memory, so what is next cannot be told yet. */
  get isHeadMissing(): boolean {
    if (this.isReading) return true
    for (const list of this.#port.ready.lists()) if (list.spilled > 0 && list.atHand === 0) return true
    return false
  }

  /** Lets what is not needed soon leave memory; true when something did. */
  spill(): boolean {
    let isAny = false
    for (const list of this.#port.ready.lists()) if (this.#spill(list)) isAny = true
    return isAny
  }

  /** Reads the next messages back before they are needed. Every list keeps at least its head, for its expiry. */
  readAhead(isConsumed: boolean): void {
    if (this.isReading) return
    const { ready } = this.#port
    const { store } = this.#context
    const next = ready.next()
    // What would leave again at once is not read.
    const batch = store.hasRoom(READ_AHEAD.bytes) ? READ_AHEAD : store.residence
    if (next !== undefined && next.spilled > 0 && isConsumed && next.atHand <= batch.count / 2) {
      void this.#read(next, batch)
      return
    }
    for (const list of ready.lists()) {
      if (list.spilled === 0 || list.atHand > 0) continue
      void this.#read(list, READ_ONE)
      return
    }
  }

  /** Resolves when the head of a list was read. */
  readOne(list: ReadyList): Promise<void> {
    return this.#read(list, READ_ONE)
  }

  /** The same for many, without waiting. */
  readMany(list: ReadyList): void {
    void this.#read(list, READ_AHEAD)
  }

  /** Entries that left their list are being read. */
  get isFetching(): boolean {
    return this.#fetching !== undefined && this.#fetching.size > 0
  }

  /** They too must be known when the log is tidied up. */
  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void {
    for (const { sequence, position } of this.#fetching?.values() ?? []) {
      if (position !== 0 && position < before && !visit(sequence, position)) return
    }
  }

  relocate(places: ReadonlyMap<number, Place>, left: Left): void {
    for (const [sequence, entry] of this.#fetching ?? []) {
      const place = places.get(sequence)
      if (place === undefined || entry.position === 0) continue
      left({ position: entry.position, share: entry.share }, sequence)
      entry.position = place.position
      entry.share = place.share
    }
  }

  /**
   * Reads entries that have left their list already, not too many at once: `visit` gets their
   * deliveries, `done` is called behind the last. If the queue is gone meanwhile, it is done with them.
   */
  fetch(entries: readonly SpilledEntry[], visit: (delivery: Delivery) => void, done: () => void): void {
    this.#fetching ??= new Map()
    for (const entry of entries) this.#fetching.set(entry.sequence, entry)
    this.#fetch(entries, visit, done)
  }

  #fetch(entries: readonly SpilledEntry[], visit: (delivery: Delivery) => void, done: () => void): void {
    const port = this.#port
    const batch = firstOf(entries, READ_AHEAD)
    if (batch.length === 0) {
      done()
      return port.wake()
    }
    const positions = batch.map((entry) => entry.position)
    this.#context.store.read(positions).then(
      (records) => {
        const moved: SpilledEntry[] = []
        for (const [index, entry] of batch.entries()) {
          const record = records[index]
          if (!hasBody(record) && entry.position !== positions[index] && !port.isGone) {
            moved.push(entry)
            continue
          }
          this.#fetching?.delete(entry.sequence)
          if (port.isGone) port.leaveDisk(entry)
          else if (hasBody(record)) visit(this.#reread(entry, record))
          else this.#lose(entry)
        }
        this.#fetch([...moved, ...entries.slice(batch.length)], visit, done)
      },
      () => {},
    )
  }

  #spill(list: ReadyList): boolean {
    const { store } = this.#context
    const port = this.#port
    const isShort = store.isOverfull
    const keep = isShort ? store.residence : RESIDENCE
    if (list.residents <= 2 * keep.count && list.residentBytes <= 2 * keep.bytes) return false
    const { residents } = list
    list.spill(
      keep,
      (delivery) => {
        if (delivery.position === 0 && !isShort) return undefined
        if (delivery.position === 0) store.page(delivery, port.log.id, this.publishedAt(delivery))
        return entryOf(delivery, port.keeps(delivery.message))
      },
      (delivery) => store.drop(delivery.message),
    )
    return list.residents < residents
  }

  /** Wall time of the publish, by what is left of its time to live. */
  publishedAt({ expiresAt, message }: Delivery): number {
    const { clock } = this.#context
    if (expiresAt === Number.POSITIVE_INFINITY) return clock.now()
    return clock.now() - (this.#port.timeToLive(message) - (expiresAt - clock.monotonic()))
  }

  /** Resolves when a batch was read: this one, or the one under way. A disk that fails is the store's to report. */
  #read(list: ReadyList, batch: Residence): Promise<void> {
    const { store } = this.#context
    const port = this.#port
    if (this.#reading !== undefined) return this.#reading
    const wanted = list.nextSpilled(batch.count, batch.bytes)
    this.#reading = store.read(wanted.map((entry) => entry.position)).then(
      (records) => {
        this.#reading = undefined
        if (port.isGone) return
        for (let index = 0; index < wanted.length; index++) {
          if (!this.#restore(list, wanted[index]!, records[index])) break
        }
        port.wake()
      },
      () => {
        this.#reading = undefined
      },
    )
    return this.#reading
  }

  /** False when the rest must be read again, because the entry was moved in the log meanwhile. */
  #restore(list: ReadyList, wanted: SpilledEntry, record: LogRecord | undefined): boolean {
    this.#first ??= emptyEntry()
    const first = this.#first
    // Entries before the first one left were dropped while they were being read.
    if (!list.peekSpilled(first) || first.sequence > wanted.sequence) return true
    if (hasBody(record)) list.unspill(this.#reread(first, record))
    else if (first.position === wanted.position) {
      list.dropSpilled()
      this.#lose({ ...first })
    } else return false
    return true
  }

  #reread(entry: SpilledEntry, record: LogRecord): Delivery {
    const { clock, store } = this.#context
    const { wallTime, message } = messageOf(record, this.#lastAddress)
    this.#lastAddress = message.address
    const age = Math.max(0, clock.now() - wallTime)
    const delivery = this.#port.reread(message, entry, age)
    delivery.position = entry.position
    delivery.share = entry.share
    store.keep(message)
    return delivery
  }

  #lose(entry: SpilledEntry): void {
    const { queue } = this.#port
    const { logger, store } = this.#context
    const { sequence } = entry
    this.#port.leaveDisk(entry)
    store.losses.add({ kind: 'message', vhost: queue.vhost, queue: queue.name, from: sequence, to: sequence + 1 })
    logger.error(
      `message ${sequence} of ${describe('queue', queue.name, queue.vhost)} is damaged on disk and lost ` +
        `(record ${entry.position} of the message log)`,
    )
  }
}

/** As many of the first ones as fit, but always one. */
function firstOf(entries: readonly SpilledEntry[], { count, bytes }: Residence): readonly SpilledEntry[] {
  let size = 0
  const end = entries.findIndex((entry, index) => {
    size += entry.bodySize
    return index === count || (index > 0 && size > bytes)
  })
  return end < 0 ? entries : entries.slice(0, end)
}

/** Where on disk a delivery is. */
function entryOf(delivery: Delivery, durable: boolean): SpilledEntry {
  const { sequence, position, share, message, expiresAt } = delivery
  return { sequence, position, share, bodySize: message.bodySize, durable, expiresAt }
}
