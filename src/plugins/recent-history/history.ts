import type { ExchangeContext } from '../../broker/exchange-context.ts'
import type { Message } from '../../broker/message.ts'
import type { Held, StoredQueue } from '../../broker/message-store.ts'
import type { Enqueued, Sink } from '../../broker/queue.ts'
import { QueueLog } from '../../broker/queue-log.ts'
import type { Place } from '../../broker/queues/spilled-index.ts'
import { messageOf } from '../../broker/record.ts'
import { Ring } from '../../std/ring.ts'

/** Found in the log at start, and not read yet. */
interface Unread {
  readonly sequence: number
  position: number
  share: number
}

/**
 * The last messages of one exchange, in memory; in the message log too where they are persistent and the
 * exchange is durable.
 */
export class History implements Sink, StoredQueue {
  readonly name: string
  readonly silent = true
  readonly log: QueueLog
  readonly #context: ExchangeContext
  readonly #length: number
  readonly #durable: boolean
  readonly #messages = new Ring<Held>()
  #unread: Unread[] = []
  #sequence: number

  constructor(length: number, context: ExchangeContext) {
    const { durable, name, number, recovered, store } = context
    this.name = name
    this.#context = context
    this.#length = length
    this.#durable = durable && number !== 0
    this.#sequence = recovered?.sequence ?? 0
    this.log = new QueueLog(store, { id: number, durable: this.#durable, deliveredThrough: 0, notePosition: 0 })
    recovered?.drain(({ sequence, position, share }) => {
      this.#unread.push({ sequence, position, share })
      store.restore({ position, share })
    })
    if (this.#durable) store.register(this)
  }

  /** Oldest first. */
  *[Symbol.iterator](): Iterator<Message> {
    for (const { message } of this.#messages) yield message
  }

  /** Reads back what the log has. */
  async open(): Promise<void> {
    while (this.#unread.length > 0) {
      const positions = this.#unread.map(({ position }) => position)
      const records = await this.#context.store.read(positions)
      for (const [index, position] of positions.entries()) {
        const entry = this.#unread[0]!
        const record = records[index]
        // It was moved in the log while it was being read: once more.
        if (record?.body === undefined && entry.position !== position) break
        this.#unread.shift()
        if (record?.body === undefined) this.#leave(entry)
        else this.#add({ ...entry, message: messageOf(record).message })
      }
    }
  }

  enqueue(message: Message): Enqueued {
    const held: Held = { message, sequence: ++this.#sequence, position: 0, share: 0 }
    this.#add(held)
    if (this.#durable && message.persistent) this.#context.store.hold(held, this.log.id)
    return 'kept'
  }

  close(): void {
    const { store } = this.#context
    if (this.#durable) store.unregister(this)
    for (const { message, position, share } of this.#messages) {
      store.drop(message)
      store.release(position, share)
    }
    this.#messages.clear()
  }

  visitBefore(before: number, visit: (sequence: number, position: number) => boolean): void {
    for (const { sequence, position } of [...this.#unread, ...this.#messages]) {
      if (position !== 0 && position < before && !visit(sequence, position)) return
    }
  }

  relocate(places: ReadonlyMap<number, Place>): void {
    for (const entry of [...this.#unread, ...this.#messages]) {
      const place = places.get(entry.sequence)
      if (place === undefined || entry.position === 0) continue
      this.#context.store.release(entry.position, entry.share)
      entry.position = place.position
      entry.share = place.share
    }
  }

  /** A history is short, and must be at hand when somebody binds. */
  shed(): void {}

  wake(): void {}

  #add(held: Held): void {
    const { store } = this.#context
    if (this.#messages.length === this.#length) {
      const oldest = this.#messages.shift()!
      store.drop(oldest.message)
      this.#leave(oldest)
    }
    store.keep(held.message)
    this.#messages.push(held)
  }

  #leave({ sequence, position, share }: Unread): void {
    if (position === 0) return
    this.#context.store.release(position, share)
    this.log.settled(sequence)
  }
}
