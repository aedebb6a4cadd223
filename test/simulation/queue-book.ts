import type { Complaints } from './complaints.ts'

/** The arguments of a queue that decide what may become of its messages. */
export interface QueueRules {
  readonly durable: boolean
  readonly maxLength: number | undefined
  readonly maxLengthBytes: number | undefined
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx' | undefined
  readonly messageTtl: number | undefined
  readonly maxPriority: number | undefined
  readonly singleActiveConsumer: boolean
  /** Messages thrown out go to the graveyard. */
  readonly deadLetters: boolean
  /** It may go by itself: with its last consumer, or unused for a while. */
  readonly fleeting: 'auto-delete' | 'expires' | undefined
}

/** One message in one queue. */
export interface Entry {
  readonly name: string
  /** Place in the queue's order, and bytes that came before it. */
  readonly order: number
  readonly bytesBefore: number
  readonly priority: number
  readonly bytes: number
  /** It is kept over restarts. */
  readonly durable: boolean
  readonly publishedAt: number
  /** Wall time. */
  readonly expiresAt: number
  /** It has to be there: its publisher was told so, or a restart found it. */
  promised: boolean
  /** `perhaps`: it is there, or it is not; the next look tells. */
  state: 'ready' | 'held' | 'left' | 'perhaps'
  /** It left on its way to the graveyard. */
  dead: boolean
  /** Once the log is durable up to here, it has left for good; undefined until its turn is over. */
  leftMark: number | undefined
  /** Somebody got it before. */
  seen: boolean
  /** Of this life, so that nobody has got it but those we know. */
  fresh: boolean
  /** Delivered since the last time that everything was put back. */
  arrived: boolean
}

/** What a queue is told of a publish. */
export type Arrival = Pick<Entry, 'name' | 'priority' | 'bytes'> & {
  readonly persistent: boolean
  readonly ttl: number
  readonly now: number
}

/** What one queue was sent and what it did with it, against what it promised. */
export class QueueBook {
  readonly name: string
  readonly rules: QueueRules
  readonly #complaints: Complaints
  readonly entries = new Map<string, Entry>()
  /** Those that left in this turn. */
  #unmarked: Entry[] = []
  /** Per priority, the furthest that was delivered since the last time that everything was put back. */
  #furthest = new Map<number, number>()
  #order = 0
  #bytes = 0
  /** Names of promised messages that were thrown out for good: each must lie in the graveyard. */
  readonly dead = new Set<string>()
  /** Its end was asked for and never answered, so its messages may be gone. */
  doomed = false

  constructor(name: string, rules: QueueRules, complaints: Complaints) {
    this.name = name
    this.rules = rules
    this.#complaints = complaints
  }

  /** A message was published to it. */
  arrive({ name, priority, bytes, persistent, ttl, now }: Arrival): Entry {
    const { maxPriority, messageTtl = Number.POSITIVE_INFINITY, durable } = this.rules
    const entry: Entry = {
      name,
      order: ++this.#order,
      bytesBefore: this.#bytes,
      priority: maxPriority === undefined ? 0 : Math.min(priority, maxPriority),
      bytes,
      durable: persistent && durable,
      publishedAt: now,
      expiresAt: now + Math.min(ttl, messageTtl),
      promised: false,
      state: 'ready',
      dead: false,
      leftMark: undefined,
      seen: false,
      fresh: true,
      arrived: false,
    }
    this.#bytes += bytes
    this.entries.set(name, entry)
    return entry
  }

  /** A delivery; undefined when nobody can have sent it. */
  deliver(name: string, redelivered: boolean, now: number): Entry | undefined {
    const entry = this.entries.get(name)
    if (entry === undefined) {
      this.#complaints.add('unexpected', this.name, name)
      return undefined
    }
    if (entry.state === 'held') this.#complaints.add('delivered twice at a time', this.name, name)
    if (entry.state === 'left') this.#complaints.add('resurrected', this.name, name)
    if (entry.seen && !redelivered) this.#complaints.add('duplicated', this.name, name)
    if (!entry.seen && entry.fresh && redelivered) this.#complaints.add('redelivered though new', this.name, name)
    if (now >= entry.expiresAt && now > entry.publishedAt) this.#complaints.add('late', this.name, name)
    this.#checkOrder(entry)
    // What a restart found stays.
    if (!entry.fresh) entry.promised = true
    entry.state = 'held'
    entry.seen = true
    entry.dead = false
    return entry
  }

  #checkOrder(entry: Entry): void {
    const furthest = this.#furthest.get(entry.priority) ?? 0
    if (!entry.arrived && entry.order < furthest) this.#complaints.add('disordered', this.name, entry.name)
    this.#furthest.set(entry.priority, Math.max(furthest, entry.order))
    entry.arrived = true
  }

  putBack(entry: Entry): void {
    entry.state = 'ready'
  }

  /** The queue has no business with it any more, once the disk knows. */
  leave(entry: Entry, dead = false): void {
    entry.state = 'left'
    entry.dead = dead
    entry.leftMark = undefined
    // A dead one leaves when the disk has its copy, at some turn to come.
    if (!dead) this.#unmarked.push(entry)
  }

  /** Everything that waits leaves. */
  purge(): void {
    for (const entry of this.entries.values()) {
      if (entry.state === 'ready' || entry.state === 'perhaps') this.leave(entry)
    }
  }

  /** The turn is over: what left is on its way to disk before this mark. */
  mark(mark: number): void {
    if (this.#unmarked.length === 0) return
    for (const entry of this.#unmarked.splice(0)) entry.leftMark = mark
  }

  /** How many wait in it; undefined when that cannot be told. */
  get depth(): number | undefined {
    const { maxLength, maxLengthBytes, fleeting } = this.rules
    if (maxLength !== undefined || maxLengthBytes !== undefined || fleeting !== undefined) return undefined
    let count = 0
    for (const { state, expiresAt } of this.entries.values()) {
      if (state === 'perhaps' || expiresAt !== Number.POSITIVE_INFINITY) return undefined
      if (state === 'ready') count += 1
    }
    return count
  }

  /** The process ended; the disk had everything before `durable`, or after a clean end all. */
  restart(durable: number): void {
    for (const entry of this.entries.values()) {
      const settled = entry.state === 'left' && (entry.leftMark ?? Number.POSITIVE_INFINITY) <= durable
      if (!entry.durable || settled) this.#forget(entry)
      else
        entry.state =
          entry.promised && (entry.state === 'ready' || entry.state === 'held') && !this.doomed ? 'ready' : 'perhaps'
      entry.fresh = false
    }
    this.#unmarked = []
    this.putAllBack()
  }

  /** Deliveries so far say nothing about the order of those to come. */
  putAllBack(): void {
    this.#furthest.clear()
    for (const entry of this.entries.values()) entry.arrived = false
  }

  /** The queue was emptied into `found`: whatever else there was is gone, for good or wrongly. */
  inspected(found: ReadonlySet<string>, now: number): void {
    for (const entry of this.entries.values()) {
      if (found.has(entry.name) || entry.state === 'held' || entry.state === 'left') continue
      const mayBeGone = this.#mayBeGone(entry, now)
      if (entry.state === 'ready' && !mayBeGone) this.#complaints.add('lost', this.name, entry.name)
      if (entry.state === 'ready' && this.rules.deadLetters) entry.dead = true
      this.#forget(entry)
    }
    this.doomed = false
  }

  #forget(entry: Entry): void {
    this.entries.delete(entry.name)
    if (entry.dead && entry.promised && !this.doomed) this.dead.add(entry.name)
  }

  /** By the rules of the queue it may have been thrown out. */
  #mayBeGone({ order, bytes, bytesBefore, expiresAt }: Entry, now: number): boolean {
    const { maxLength = Number.POSITIVE_INFINITY, maxLengthBytes = Number.POSITIVE_INFINITY } = this.rules
    if (now >= expiresAt || this.rules.fleeting !== undefined) return true
    // The head goes first; with priorities, the head may be the newest.
    const others = this.rules.maxPriority === undefined ? this.#order - order : this.#order - 1
    const otherBytes = this.#bytes - bytes - (this.rules.maxPriority === undefined ? bytesBefore : 0)
    return others >= maxLength || otherBytes + bytes > maxLengthBytes
  }
}
