import type { Complaints } from './complaints.ts'

/** The arguments of a queue that decide what may become of its messages. */
export interface QueueRules {
  readonly type: 'classic' | 'quorum'
  readonly durable: boolean
  readonly maxLength: number | undefined
  readonly maxLengthBytes: number | undefined
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx' | undefined
  readonly messageTtl: number | undefined
  readonly maxPriority: number | undefined
  readonly singleActiveConsumer: boolean
  /** Messages thrown out go to the graveyard. */
  readonly deadLetters: boolean
  /** Failed attempts a message of a quorum queue survives. */
  readonly deliveryLimit: number | undefined
  /** It keeps what it throws out until that has arrived. */
  readonly atLeastOnce: boolean
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
  readonly persistent: boolean
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
  /** Attempts that failed: in this life, and in those before, of which the last may be forgotten. */
  failed: number
  failedBefore: number
}

/** What a queue is told of a publish. */
export type Arrival = Pick<Entry, 'name' | 'bytes' | 'persistent'> & {
  readonly priority: number | undefined
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
    const { type, messageTtl = Number.POSITIVE_INFINITY, durable } = this.rules
    const entry: Entry = {
      name,
      order: ++this.#order,
      bytesBefore: this.#bytes,
      priority: this.#priority(priority),
      bytes,
      persistent,
      durable: durable && (persistent || type === 'quorum'),
      publishedAt: now,
      expiresAt: now + Math.min(ttl, messageTtl),
      promised: false,
      state: 'ready',
      dead: false,
      leftMark: undefined,
      seen: false,
      fresh: true,
      arrived: false,
      failed: 0,
      failedBefore: 0,
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

  #priority(named: number | undefined): number {
    const { type, maxPriority } = this.rules
    if (type === 'quorum') return Math.min(named ?? 4, 31)
    return maxPriority === undefined ? 0 : Math.min(named ?? 0, maxPriority)
  }

  #checkOrder(entry: Entry): void {
    // What came back to a quorum queue has no place among the others.
    if (this.rules.type === 'quorum' && entry.seen) return
    const furthest = this.#furthest.get(entry.priority) ?? 0
    if (!entry.arrived && entry.order < furthest) this.#complaints.add('disordered', this.name, entry.name)
    this.#furthest.set(entry.priority, Math.max(furthest, entry.order))
    entry.arrived = true
  }

  putBack(entry: Entry): void {
    entry.state = 'ready'
  }

  /** It is given back by somebody who did not fail; if others failed too often before a restart, that may be its end. */
  giveBack(entry: Entry): void {
    const { type, deliveryLimit = 20 } = this.rules
    if (type === 'classic' || entry.failed + entry.failedBefore <= deliveryLimit) this.putBack(entry)
    else entry.state = 'perhaps'
  }

  /** An attempt failed: it goes back, or once too often. */
  fail(entry: Entry): void {
    const { type, deliveryLimit = 20, deadLetters } = this.rules
    entry.failed += 1
    if (type === 'classic' || entry.failed + entry.failedBefore <= deliveryLimit) this.putBack(entry)
    else if (entry.failed > deliveryLimit) this.leave(entry, deadLetters)
    else entry.state = 'perhaps'
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
  purge(now: number): void {
    for (const entry of this.entries.values()) {
      if (entry.state !== 'ready' && entry.state !== 'perhaps') continue
      // One that was thrown out before leaves when the disk has its copy, whatever the purge.
      if (this.rules.deadLetters && this.#mayBeGone(entry, now)) entry.state = 'left'
      else this.leave(entry)
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
      entry.failedBefore += entry.failed
      entry.failed = 0
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

  /** Names of those that have to be there and are not among `found`. */
  missing(found: ReadonlySet<string>, now: number): string[] {
    const entries = [...this.entries.values()].filter(({ name, state }) => state === 'ready' && !found.has(name))
    return entries.filter((entry) => !this.#mayBeGone(entry, now)).map(({ name }) => name)
  }

  #forget(entry: Entry): void {
    this.entries.delete(entry.name)
    // Where dead letters go, transient messages end with the process.
    if (entry.dead && entry.promised && entry.persistent && !this.doomed) this.dead.add(entry.name)
  }

  /** By the rules of the queue it may have been thrown out. */
  #mayBeGone({ order, bytes, bytesBefore, expiresAt }: Entry, now: number): boolean {
    const { maxLength = Number.POSITIVE_INFINITY, maxLengthBytes = Number.POSITIVE_INFINITY, type } = this.rules
    const isOneLine = this.rules.maxPriority === undefined && type === 'classic'
    if (now >= expiresAt || this.rules.fleeting !== undefined) return true
    // The head goes first; with priorities, the head may be the newest.
    const others = isOneLine ? this.#order - order : this.#order - 1
    const otherBytes = this.#bytes - bytes - (isOneLine ? bytesBefore : 0)
    return others >= maxLength || otherBytes + bytes > maxLengthBytes
  }
}
