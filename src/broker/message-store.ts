import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { Ring } from '../std/ring.ts'
import type { Log, LogRecord, Position } from '../store/log.ts'
import { CommitMarks, type SideLog } from './commit-marks.ts'
import { Losses } from './damage.ts'
import { Extents } from './extents.ts'
import type { Message } from './message.ts'
import type { QueueLog } from './queue-log.ts'
import type { Residence } from './queues/ready-list.ts'
import type { Place } from './queues/spilled-index.ts'
import { Holders, RecordType, shareOf, writeDelivered, writeMarks, writePublish, writeSettle } from './record.ts'
import { StragglerMover } from './straggler-mover.ts'
import type { Turn } from './turn.ts'

export interface MessageStoreOptions {
  readonly log: Log
  readonly turn: Turn
  readonly clock: Clock
  readonly logger: Logger
  /** Bytes of content kept in memory; beyond it, queues keep next to nothing there. */
  readonly contentBytesMax: number
  /** Length of the stretches in which space is accounted for and given back. */
  readonly extentBytes: number
  /** What the log may take beyond twice what is live. */
  readonly reserveBytes: number
  /**
   * Sequences by which the note of what a queue handed out runs ahead. Handing out waits for the disk only
   * where a queue starts to be consumed, or is consumed faster than half of this per write.
   */
  readonly notesAhead: number
  /** What a queue keeps in memory while memory is short. */
  readonly residence: Residence
  /** Resolves when changes of definitions made so far are durable; undefined when they are. */
  readonly definitionsPending: () => Promise<void> | undefined
}

/** A message in one queue, and its place in the log once it has one. */
export interface Held extends Place {
  readonly message: Message
  readonly sequence: number
  position: Position
  share: number
}

/** A queue whose messages the store keeps. */
export interface StoredQueue {
  readonly log: QueueLog
  /** Calls `visit` with every message that lies before a position in the log, until it answers false. */
  visitBefore(before: Position, visit: (sequence: number, position: Position) => boolean): void
  /** Notes new places of messages, by sequence; of those that are on their way out it lets go. */
  relocate(places: ReadonlyMap<number, Place>): void
  /** Memory is short: lets go of what it can. */
  shed(): void
  /** More may be handed out. */
  wake(): void
}

/** Milliseconds between two rounds of asking all queues to let go of memory. */
const SHED_INTERVAL = 250

/**
 * Keeps messages in the message log. A message is written once, with all the queues that hold it;
 * settlements are appended; the log's oldest stretch is given up when nothing in it lives, after
 * moving the stragglers when the log has grown out of proportion.
 */
export class MessageStore {
  /** What queues had on disk and lost. */
  readonly losses = new Losses()
  readonly #options: MessageStoreOptions
  readonly #log: Log
  readonly #extents: Extents
  readonly #queues = new Map<number, StoredQueue>()
  readonly #mover: StragglerMover
  /** Queues that took the message being published, until `write`. */
  readonly #holders = new Holders()
  readonly #deliveries: (Held | undefined)[] = []
  /** Wall time of this turn's first publish, for all of its publishes; 0 before it. */
  #wallTime = 0
  #changed: QueueLog[] = []
  #scheduled = false
  /** Notes of what queues may hand out that are not durable yet, oldest first. */
  readonly #notes = new Ring<{ readonly queue: QueueLog; readonly noted: number; readonly end: Position }>()
  readonly #marks = new CommitMarks()
  /** Where the message log ended at the last commit. */
  #committed: Position
  readonly #sides = new Set<SideLog>()
  /** Those that took messages since the last commit. */
  #taking: SideLog[] = []
  #contentBytes = 0
  #shedAt = 0
  #durable = 0
  #waiting: ((durable: number) => void)[] = []
  /** What is done when a mark is on disk, in the order of marks. */
  readonly #afterwards = new Ring<{ readonly mark: number; readonly done: () => void }>()

  constructor(options: MessageStoreOptions) {
    this.#options = options
    this.#log = options.log
    this.#extents = new Extents(options.extentBytes)
    this.#committed = this.#log.end
    this.#log.onDurable = () => this.advance()
    this.#mover = new StragglerMover({
      ...options,
      extents: this.#extents,
      queues: this.#queues,
      flush: () => this.run(),
    })
  }

  /** Mark of all that was stored so far: of the commit that it is part of, or will be. */
  get mark(): number {
    return this.#isOpen() ? this.#marks.last + 1 : this.#marks.last
  }

  /** All up to this mark is on disk for good, and so is the topology it needs. */
  get durable(): number {
    return this.#durable
  }

  /** Something was stored since the last commit. */
  #isOpen(): boolean {
    return this.#log.end > this.#committed || this.#taking.length > 0
  }

  /** Bytes of content in memory, each message counted once. */
  get contentBytes(): number {
    return this.#contentBytes
  }

  /** Bytes of records that are still needed. */
  get liveBytes(): number {
    return this.#extents.liveBytes
  }

  /** More content is in memory than may be. */
  get isOverfull(): boolean {
    return this.#contentBytes > this.#options.contentBytesMax
  }

  /** Sequences by which the note of what a queue handed out runs ahead. */
  get notesAhead(): number {
    return this.#options.notesAhead
  }

  /** So many bytes of content more may be in memory. */
  hasRoom(bytes: number): boolean {
    return this.#contentBytes + bytes <= this.#options.contentBytesMax
  }

  /** What a queue keeps in memory while memory is short. */
  get residence(): Residence {
    return this.#options.residence
  }

  register(queue: StoredQueue): void {
    this.#queues.set(queue.log.id, queue)
  }

  unregister(queue: StoredQueue): void {
    this.#queues.delete(queue.log.id)
  }

  onceDurable(listener: (durable: number) => void): void {
    this.#waiting.push(listener)
  }

  /** Does something when all that was stored so far is on disk: at once if it is. */
  afterStored(done: () => void): void {
    const { mark } = this
    if (mark <= this.#durable) done()
    else this.#afterwards.push({ mark, done })
  }

  /** A queue has a log of its own. */
  attach(side: SideLog): void {
    this.#sides.add(side)
  }

  /** A log went with its queue, so that all it took counts as stored. */
  detach(side: SideLog): void {
    this.#sides.delete(side)
    this.advance()
  }

  /** A log took the first message since its last commit. */
  taking(side: SideLog): void {
    this.#taking.push(side)
    this.#schedule()
  }

  /** More is on disk in some log. */
  advance(): void {
    const position = this.#log.durable
    const mark = this.#marks.reached(position)
    const pending = this.#options.definitionsPending()
    if (pending === undefined) this.#announce(position, mark)
    // A storage fault is reported by the store itself; nothing becomes durable after it.
    else pending.then(() => this.#announce(position, mark)).catch(() => undefined)
  }

  /** Resolves when everything stored or settled so far is durable, and what waited for that. */
  async flush(): Promise<void> {
    const isAwaited = this.#afterwards.length > 0
    await this.#flush()
    if (isAwaited) await this.#flush()
  }

  async #flush(): Promise<void> {
    this.run()
    const sides = [...this.#sides].filter((side) => side.stored < side.taken)
    await Promise.all([this.#log.flush(), ...sides.map((side) => side.flush())])
    await this.#options.definitionsPending()
  }

  /** The end of the process: notes exactly what was handed out, and waits until all is durable. */
  async close(): Promise<void> {
    // The turn ends first: what died in it is still to be published.
    await new Promise<void>((next) => this.#options.clock.defer(next))
    for (const queue of this.#queues.values()) queue.log.close()
    await this.flush()
  }

  /** A queue keeps the message in memory. */
  keep(message: Message): void {
    if (message.residents++ === 0) this.#contentBytes += message.size
  }

  /** A queue keeps it there no longer. */
  drop(message: Message): void {
    if (--message.residents === 0) this.#contentBytes -= message.size
  }

  /** So many bytes of content more are in memory outside of messages, or with a negative number fewer. */
  occupy(bytes: number): void {
    this.#contentBytes += bytes
  }

  /** A durable queue took the message that is being published. */
  hold(delivery: Held, queue: number): void {
    this.#deliveries[this.#holders.length] = delivery
    this.#holders.add(queue, delivery.sequence)
  }

  /** Writes the message, once for all queues that hold it. */
  write(message: Message): void {
    if (this.#holders.length === 0) return
    if (this.#wallTime === 0) this.#wallTime = this.#options.clock.now()
    this.#write(RecordType.publish, message, this.#wallTime)
  }

  /** Writes a message again under a new sequence of the one queue that holds it. `wallTime`: when it was published. */
  renew(delivery: Held, queue: number, wallTime: number): void {
    this.hold(delivery, queue)
    this.#write(RecordType.publish, delivery.message, wallTime)
  }

  /** Puts a message on disk that need not survive, so that it can leave memory. `wallTime`: when it was published. */
  page(delivery: Held, queue: number, wallTime: number): void {
    this.hold(delivery, queue)
    this.#write(RecordType.page, delivery.message, wallTime)
  }

  /** Takes note of a message found in the log at start. */
  restore(place: Place): void {
    this.#extents.add(place.position, place.share)
  }

  /** A queue is done with a message that lies in the log. */
  release(position: Position, share: number): void {
    if (position !== 0) this.#extents.remove(position, share)
  }

  /** Reads records back; undefined for what is damaged or gone. */
  read(positions: readonly Position[]): Promise<(LogRecord | undefined)[]> {
    return this.#log.readMany(positions)
  }

  changed(queue: QueueLog): void {
    this.#changed.push(queue)
    this.#schedule()
  }

  /** The end of the turn: writes what queues settled and starts the commit. */
  run(): void {
    this.#scheduled = false
    this.#wallTime = 0
    if (this.#changed.length > 0) {
      for (const queue of this.#changed.splice(0)) {
        const { settled, marked, noted } = queue.take()
        if (marked.length > 0) queue.marks.onWritten(marked, writeMarks(this.#log, queue.id, marked))
        if (settled.length > 0) writeSettle(this.#log, queue.id, settled)
        if (noted === undefined) continue
        queue.onNoteWritten(writeDelivered(this.#log, queue.id, noted))
        this.#notes.push({ queue, noted, end: this.#log.end })
      }
    }
    if (this.isOverfull) this.#shed()
    this.#log.commit()
    if (!this.#isOpen()) return
    const sides = this.#taking
    this.#taking = []
    this.#committed = this.#log.end
    this.#marks.add(this.#committed, sides)
    for (const side of sides) side.commit()
    // A log that went meanwhile tells of nothing any more.
    if (sides.some((side) => side.stored >= side.taken)) this.advance()
  }

  #write(type: number, message: Message, wallTime: number): void {
    const holders = this.#holders
    const { length } = holders
    const publish = { message, wallTime, holders }
    const position = writePublish(this.#log, type, publish)
    const share = shareOf(publish)
    for (let index = 0; index < length; index++) {
      const delivery = this.#deliveries[index]!
      delivery.position = position
      delivery.share = share
      this.#deliveries[index] = undefined
    }
    this.#extents.add(position, share, length)
    holders.clear()
    this.#schedule()
  }

  #shed(): void {
    const now = this.#options.clock.monotonic()
    if (now < this.#shedAt) return
    this.#shedAt = now + SHED_INTERVAL
    for (const queue of this.#queues.values()) queue.shed()
    for (const side of this.#sides) side.shed()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#options.turn.addCommit(this)
  }

  #announce(position: Position, mark: number): void {
    if (mark > this.#durable) this.#durable = mark
    for (let note = this.#notes.peek(); note !== undefined && note.end <= position; note = this.#notes.peek()) {
      this.#notes.shift()
      note.queue.onNoted(note.noted)
      this.#queues.get(note.queue.id)?.wake()
    }
    for (let next = this.#afterwards.peek(); next !== undefined && next.mark <= this.#durable; ) {
      this.#afterwards.shift()
      next.done()
      next = this.#afterwards.peek()
    }
    for (const listener of this.#waiting.splice(0)) listener(this.#durable)
    this.#mover.giveBack(position)
  }
}
