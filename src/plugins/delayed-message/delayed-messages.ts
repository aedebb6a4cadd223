import type { Address } from '../../broker/address.ts'
import type { ExchangeContext } from '../../broker/exchange-context.ts'
import type { Message } from '../../broker/message.ts'
import type { Held, StoredQueue } from '../../broker/message-store.ts'
import type { Enqueued, Sink } from '../../broker/queue.ts'
import { QueueLog } from '../../broker/queue-log.ts'
import type { Place } from '../../broker/queues/spilled-index.ts'
import { messageOf } from '../../broker/record.ts'
import { describe } from '../../broker/resource.ts'
import type { TurnTask } from '../../broker/turn.ts'
import type { Timer } from '../../std/clock.ts'
import { delayIn, withoutDelay } from './delay.ts'
import type { DueEntry } from './due-bucket.ts'
import { DueIndex, emptyDueEntry } from './due-index.ts'

/** Messages read back at a time, and bytes of records. */
const BATCH = { count: 256, bytes: 1024 * 1024 }

/** Entries moved in one turn to find what is due. */
const MOVES_PER_TURN = 50_000

/** Due times are wall times, and that clock may be put forward: it is looked at this often, in milliseconds. */
const LOOK_INTERVAL = 60_000

/**
 * The messages one exchange keeps back. They are in the message log from the moment they are taken, and
 * only there: memory holds where each lies and when it is due. What is due is read back, sent on, and then
 * let go of, so that in the log the copies come first. What is kept by a durable exchange survives, whatever
 * its delivery mode.
 */
export class DelayedMessages implements Sink, StoredQueue, TurnTask {
  readonly name: string
  readonly log: QueueLog
  readonly #context: ExchangeContext
  readonly #index: DueIndex
  #sequence: number
  /** Taken in this turn: their places are not known yet. */
  #fresh: (Held & DueEntry)[] = []
  /** Due and being read, in order. */
  #leaving: DueEntry[] = []
  #lastAddress: Address | undefined
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #woken = false
  /** Nothing is sent on before all that it may be sent to is in place. */
  #open = false
  #closed = false

  constructor(context: ExchangeContext) {
    const { clock, durable, name, number, recovered, store } = context
    this.name = name
    this.#context = context
    // What was due while the broker was down comes in its order too.
    this.#index = new DueIndex(recovered === undefined ? clock.now() : 0)
    this.#sequence = recovered?.sequence ?? 0
    this.log = new QueueLog(store, { id: number, durable, deliveredThrough: 0, notePosition: 0 })
    recovered?.drain(({ sequence, position, share }) => {
      const due = Number(recovered.notes?.take(sequence) ?? 0)
      this.#index.push({ due, sequence, position, share })
      store.restore({ position, share })
    })
    store.register(this)
  }

  /** Messages kept back now. */
  get length(): number {
    return this.#index.length + this.#fresh.length + this.#leaving.length
  }

  open(): void {
    this.#open = true
    this.wake()
  }

  enqueue(message: Message): Enqueued {
    const { clock, durable, number, store } = this.#context
    const due = clock.now() + delayIn(message.content, message.offset)
    const held = { message, sequence: ++this.#sequence, due, position: 0, share: 0 }
    this.#fresh.push(held)
    this.wake()
    if (!durable) return 'transient'
    store.hold(held, number)
    return 'stored'
  }

  wake(): void {
    if (this.#woken || this.#closed) return
    this.#woken = true
    this.#context.turn.addDispatch(this)
  }

  /** The end of the turn. */
  run(): void {
    this.#woken = false
    if (this.#closed) return
    this.#absorb()
    if (!this.#open || this.#leaving.length > 0) return
    const now = this.#context.clock.now()
    if (this.#index.next > now) return this.#watch(this.#index.next - now)
    if (!this.#index.prepare(now, MOVES_PER_TURN)) return this.#context.clock.defer(() => this.wake())
    this.#take(now)
    this.#read()
  }

  /** The exchange is deleted, and what it kept with it. */
  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    const { store } = this.#context
    store.unregister(this)
    const release = ({ position, share }: Place): void => store.release(position, share)
    for (const entry of [...this.#leaving, ...this.#fresh]) release(entry)
    this.#index.drain(release)
    this.#leaving = []
    this.#fresh = []
  }

  visitBefore(before: number, visit: (sequence: number, position: number) => boolean): void {
    for (const { sequence, position } of [...this.#leaving, ...this.#fresh]) {
      if (position !== 0 && position < before && !visit(sequence, position)) return
    }
    this.#index.visitBefore(before, visit)
  }

  relocate(places: ReadonlyMap<number, Place>): void {
    const left = (old: Place): void => this.#context.store.release(old.position, old.share)
    for (const entry of [...this.#leaving, ...this.#fresh]) {
      const place = places.get(entry.sequence)
      if (place === undefined || entry.position === 0) continue
      left(entry)
      entry.position = place.position
      entry.share = place.share
    }
    this.#index.relocate(places, left)
  }

  /** Nothing but the index is in memory. */
  shed(): void {}

  /** By now the messages of this turn have been written, or are put on disk here because they need not survive. */
  #absorb(): void {
    const { clock, durable, number, store } = this.#context
    for (const held of this.#fresh) {
      if (!durable) store.page(held, number, clock.now())
      this.#index.push(held)
    }
    this.#fresh.length = 0
  }

  #watch(milliseconds: number): void {
    if (milliseconds === Number.POSITIVE_INFINITY) return
    const { clock } = this.#context
    const wait = Math.min(milliseconds, LOOK_INTERVAL)
    const at = clock.monotonic() + wait
    if (this.#timerAt <= at) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = clock.after(wait, () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.wake()
    })
  }

  #take(now: number): void {
    let bytes = 0
    while (this.#leaving.length < BATCH.count && bytes < BATCH.bytes) {
      const entry = emptyDueEntry()
      if (!this.#index.shift(now, entry)) break
      this.#leaving.push(entry)
      bytes += entry.share
    }
  }

  /** Reads what is leaving, and sends it on. A disk that fails is the store's to report. */
  #read(): void {
    const positions = this.#leaving.map(({ position }) => position)
    this.#context.store.read(positions).then(
      (records) => {
        if (this.#closed) return
        const count = this.#leaving.length
        for (let index = 0; index < count; index++) {
          const entry = this.#leaving[0]!
          const record = records[index]
          // It was moved in the log while it was being read: once more.
          if (record?.body === undefined && entry.position !== positions[index]) break
          this.#leaving.shift()
          if (record?.body === undefined) this.#lose(entry)
          else this.#send(entry, record)
          if (this.#closed) return
        }
        if (this.#leaving.length > 0) this.#read()
        else this.wake()
      },
      () => undefined,
    )
  }

  #send(entry: DueEntry, record: Parameters<typeof messageOf>[0]): void {
    const { message } = messageOf(record, this.#lastAddress)
    this.#lastAddress = message.address
    this.#context.publish(withoutDelay(message))
    // A crash may send it twice, but never lose it.
    this.#context.store.afterStored(() => this.#leave(entry))
  }

  #lose(entry: DueEntry): void {
    const { logger, name, vhost, store } = this.#context
    store.losses.add({ kind: 'message', vhost, exchange: name, from: entry.sequence, to: entry.sequence + 1 })
    logger.error(
      `delayed message ${entry.sequence} of ${describe('exchange', name, vhost)} is damaged on disk and lost ` +
        `(record ${entry.position} of the message log)`,
    )
    this.#leave(entry)
  }

  #leave({ sequence, position, share }: DueEntry): void {
    this.#context.store.release(position, share)
    if (this.#context.durable) this.log.settled(sequence)
    else this.log.left(sequence)
  }
}
