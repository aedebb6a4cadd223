import type { Logger } from '../../std/logger.ts'
import type { LogRecord } from '../../store/log.ts'
import type { Delivery } from '../delivery.ts'
import type { MessageStore } from '../message-store.ts'
import { describe } from '../resource.ts'
import type { ReadyList, Residence } from './ready-list.ts'
import { emptyEntry, type SpilledEntry } from './spilled-index.ts'

export interface ReaderOptions {
  readonly store: MessageStore
  readonly logger: Logger
  readonly queue: { readonly name: string; readonly vhost: string }
  /** Makes the delivery of an entry that was read. */
  deliveryOf(entry: SpilledEntry, record: LogRecord): Delivery
  /** An entry turned out to be damaged on disk. */
  lost(entry: SpilledEntry): void
  /** The queue was deleted meanwhile. */
  isGone(): boolean
}

/** Reads a queue's next messages back from disk, one batch at a time. */
export class Reader {
  readonly #options: ReaderOptions
  #reading: Promise<void> | undefined

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  get isReading(): boolean {
    return this.#reading !== undefined
  }

  /** Resolves when a batch was read: this one, or the one under way. */
  read(list: ReadyList, batch: Residence): Promise<void> {
    this.#reading ??= this.#read(list, batch).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  #read(list: ReadyList, batch: Residence): Promise<void> {
    const wanted = list.nextSpilled(batch.count, batch.bytes)
    return this.#options.store.read(wanted.map((entry) => entry.position)).then((records) => {
      if (this.#options.isGone()) return
      for (const [index, entry] of wanted.entries()) {
        if (!this.#restore(list, entry, records[index])) return
      }
    })
  }

  /** False when the rest must be read again, because the entry was moved in the log meanwhile. */
  #restore(list: ReadyList, wanted: SpilledEntry, record: LogRecord | undefined): boolean {
    const first = emptyEntry()
    // Entries before the first one left were dropped while they were being read.
    if (!list.peekSpilled(first) || first.sequence > wanted.sequence) return true
    if (record?.body !== undefined) list.unspill(this.#options.deliveryOf(first, record))
    else if (first.position === wanted.position) this.#lose(list, first)
    else return false
    return true
  }

  #lose(list: ReadyList, entry: SpilledEntry): void {
    const { queue, logger } = this.#options
    list.dropSpilled()
    this.#options.lost(entry)
    logger.error(
      `message ${entry.sequence} of ${describe('queue', queue.name, queue.vhost)} is damaged on disk and lost ` +
        `(record ${entry.position} of the message log)`,
    )
  }
}
