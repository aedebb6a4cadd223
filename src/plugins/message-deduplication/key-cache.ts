import type { ExchangeContext } from '../../broker/exchange-context.ts'
import type { Held, StoredQueue } from '../../broker/message-store.ts'
import { QueueLog } from '../../broker/queue-log.ts'
import type { Place } from '../../broker/queues/spilled-index.ts'
import type { TurnTask } from '../../broker/turn.ts'
import { KeyColumns } from './key-columns.ts'
import { keyRecord, readNote } from './key-record.ts'

/** A Map takes no more than 2^24, and nobody should need as many. */
const SIZE_MAX = 10_000_000

/** Keys looked at for their expiry with each that is added, so that what has expired does not stay for ever. */
const LOOKS = 2

/**
 * The keys one exchange has seen, at most so many: the oldest gives way to a new one. A durable cache also
 * writes each key into the message log, behind the messages of its turn: a crash may let a duplicate
 * through, but never has a key whose message is not there.
 */
export class KeyCache implements StoredQueue, TurnTask {
  readonly log: QueueLog
  readonly size: number
  readonly #context: ExchangeContext
  readonly #durable: boolean
  /** Slots by key, oldest first. */
  readonly #slots = new Map<string, number>()
  readonly #columns = new KeyColumns()
  /** These stand in `#slots`: where the oldest is, and where expired keys are looked for. */
  #oldest = this.#slots.keys()
  #looked = this.#slots.keys()
  #sequence: number
  /** Added in this turn. */
  #fresh: string[] = []

  constructor(options: { readonly size: number; readonly durable: boolean }, context: ExchangeContext) {
    const { durable, number, recovered, store } = context
    this.size = Math.min(options.size, SIZE_MAX)
    this.#context = context
    this.#durable = options.durable && durable && number !== 0
    this.#sequence = recovered?.sequence ?? 0
    this.log = new QueueLog(store, { id: number, durable: this.#durable, deliveredThrough: 0, notePosition: 0 })
    recovered?.drain(({ sequence, position, share }) => {
      const { key, expiresAt } = readNote(String(recovered.notes?.take(sequence) ?? ' '))
      store.restore({ position, share })
      this.remove(key)
      const slot = this.#columns.take(sequence, expiresAt)
      this.#columns.setPlace(slot, { position, share })
      this.#slots.set(key, slot)
    })
    if (this.#durable) store.register(this)
  }

  /** Keys in it, those included that have expired and were not met since. */
  get length(): number {
    return this.#slots.size
  }

  /** Adds a key that holds for `milliseconds`; false when it is there already. */
  add(key: string, milliseconds: number): boolean {
    const now = this.#context.clock.now()
    const known = this.#slots.get(key)
    if (known !== undefined && this.#columns.expiresAt(known) > now) return false
    if (known !== undefined) this.remove(key)
    else this.#dropExpired(now)
    while (this.#slots.size >= this.size) this.#dropOldest()
    this.#slots.set(key, this.#columns.take(++this.#sequence, now + milliseconds))
    if (!this.#durable) return true
    if (this.#fresh.push(key) === 1) this.#context.turn.addDispatch(this)
    return true
  }

  remove(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#slots.delete(key)
    const { position, share } = this.#columns.place(slot)
    if (position !== 0) {
      this.#context.store.release(position, share)
      this.log.settled(this.#columns.sequence(slot))
    }
    this.#columns.give(slot)
  }

  /** The end of the turn: the messages these keys came with have been written. */
  run(): void {
    const { store } = this.#context
    for (const key of this.#fresh.splice(0)) {
      const slot = this.#slots.get(key)
      if (slot === undefined || this.#columns.place(slot).position !== 0) continue
      const message = keyRecord(key, this.#columns.expiresAt(slot))
      const held: Held = { message, sequence: this.#columns.sequence(slot), position: 0, share: 0 }
      store.hold(held, this.log.id)
      store.write(message)
      this.#columns.setPlace(slot, held)
    }
  }

  close(): void {
    const { store } = this.#context
    if (this.#durable) store.unregister(this)
    for (const slot of this.#slots.values()) {
      const { position, share } = this.#columns.place(slot)
      store.release(position, share)
    }
    this.#slots.clear()
    this.#columns.clear()
    this.#fresh = []
  }

  visitBefore(before: number, visit: (sequence: number, position: number) => boolean): void {
    this.#columns.visitBefore(before, visit)
  }

  relocate(places: ReadonlyMap<number, Place>): void {
    this.#columns.relocate(places, ({ position, share }) => this.#context.store.release(position, share))
  }

  /** All of it has to be at hand for every message. */
  shed(): void {}

  wake(): void {}

  #dropOldest(): void {
    const next = this.#oldest.next()
    if (next.done === true) this.#oldest = this.#slots.keys()
    else this.remove(next.value)
  }

  #dropExpired(now: number): void {
    for (let look = 0; look < LOOKS; look++) {
      const next = this.#looked.next()
      if (next.done === true) {
        this.#looked = this.#slots.keys()
        return
      }
      const slot = this.#slots.get(next.value)!
      if (this.#columns.expiresAt(slot) <= now) this.remove(next.value)
    }
  }
}
