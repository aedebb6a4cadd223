import type { Delivery } from '../../src/broker/delivery.ts'
import { Fault } from '../../src/broker/fault.ts'
import type { Message } from '../../src/broker/message.ts'
import type { Chance } from '../fuzz/chance.ts'
import { bodyOf } from '../prove/content.ts'
import type { Client } from './client.ts'
import type { Complaints } from './complaints.ts'
import { Graveyard } from './graveyard.ts'
import type { Life } from './life.ts'
import type { Entry, QueueBook } from './queue-book.ts'
import type { SimulationPlan } from './simulation-plan.ts'
import { StreamBook } from './stream-book.ts'
import { type Known, TopologyBook } from './topology-book.ts'
import type { Trace } from './trace.ts'

/** All that outlives a process: what was promised, and to whom. */
export class World {
  readonly plan: SimulationPlan
  readonly chance: Chance
  readonly trace: Trace
  readonly complaints: Complaints
  readonly topology = new TopologyBook()
  readonly graveyard: Graveyard
  readonly stream: StreamBook
  /** Changes of definitions that were not answered yet, by whoever asked for them. */
  readonly unanswered = new Set<ReadonlyMap<string, Known>>()
  /** Things declared or deleted just now, which others leave alone. */
  readonly locked = new Set<string>()
  life!: Life
  confirmed = 0
  #published = 0
  #consumers = 0

  constructor(options: Pick<World, 'plan' | 'chance' | 'trace' | 'complaints'>) {
    this.plan = options.plan
    this.chance = options.chance
    this.trace = options.trace
    this.complaints = options.complaints
    this.graveyard = new Graveyard(options.complaints)
    this.stream = new StreamBook(options.complaints)
  }

  /** A name for a message, which says whether it is to be kept. */
  nextName(persistent: boolean): string {
    this.#published += 1
    return `${persistent ? 'p' : 't'}${this.#published}`
  }

  /** A name for a consumer. */
  nextTag(): string {
    this.#consumers += 1
    return `c${this.#consumers}`
  }

  /** A message came out of a queue; `taken` is when it was asked for at the earliest. */
  delivered(book: QueueBook, delivery: Delivery, to: string, taken = this.life.scheduler.now()): Entry | undefined {
    const { message, redelivered } = delivery
    const name = message.properties.messageId ?? ''
    this.trace.tell(`${to} has ${name} of ${book.name}${redelivered ? ', redelivered' : ''}`)
    this.checkContent(book, message)
    const entry = book.deliver(name, redelivered, taken)
    if (entry !== undefined && entry.bytes !== message.bodySize) this.complaints.add('wrong size', book.name, name)
    return entry
  }

  /** A message brings what was sent under its name. */
  checkContent(book: QueueBook, { properties, bodySize, body }: Message): void {
    const { messageId = '' } = properties
    if (!bodyOf(messageId, bodySize).equals(body)) this.complaints.add('wrong content', book.name, messageId)
  }

  /** A queue refused a publish; which one is not told. */
  refused(entries: readonly Entry[], targets: readonly QueueBook[]): void {
    if (!targets.some(({ rules }) => isRefusing(rules.overflow)))
      this.complaints.add('refused without reason', entries[0]?.name ?? '')
    for (const [index, entry] of entries.entries()) {
      if (entry.state === 'ready' && isRefusing(targets[index]!.rules.overflow)) entry.state = 'perhaps'
    }
  }

  /** What a client asked for was not done. */
  failed(error: Error, what: string, client: Client, book?: QueueBook): void {
    this.trace.tell(`failed: ${what}: ${error.message}`)
    // A process whose disk failed answers nobody any more.
    if (this.life.fault !== undefined) return
    client.busy = false
    const isGone = error instanceof Fault && error.kind === 'not-found' && book?.rules.fleeting !== undefined
    // Nobody is told when that is on disk.
    if (isGone) this.unanswered.add(this.topology.change(() => this.topology.deleteQueue(book.name)))
    else this.complaints.add('failed', what, error.stack ?? error.message)
  }

  /** A change of definitions was answered: it is on disk, and so are those before it. */
  answered(change: ReadonlyMap<string, Known>): void {
    for (const earlier of this.unanswered) {
      if (earlier === change) return
      this.unanswered.delete(earlier)
    }
  }

  /** What left a queue in a turn that is over is on its way to disk. */
  endTurn(): void {
    if (!this.life.scheduler.isTurnOver) return
    const { mark } = this.life.broker
    for (const book of this.topology.queues) book.mark(mark)
  }

  /** The process has ended; the disk has everything before `durable`. */
  restart(durable: number): void {
    const books = new Set(this.topology.queues)
    for (const touched of [this.topology.doubtful, ...this.unanswered]) {
      for (const known of touched.values()) if (known.kind === 'queue') books.add(known.book)
    }
    for (const book of books) book.restart(durable)
    this.topology.restart(this.unanswered)
    this.unanswered.clear()
    this.locked.clear()
    this.graveyard.restart((name) => name.startsWith('p'))
  }
}

function isRefusing(overflow: QueueBook['rules']['overflow']): boolean {
  return overflow === 'reject-publish' || overflow === 'reject-publish-dlx'
}
