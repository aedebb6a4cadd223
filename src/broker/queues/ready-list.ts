import { Ring } from '../../std/ring.ts'
import type { Delivery } from '../delivery.ts'
import { ExpiryWatch } from './expiry-watch.ts'
import { type Left, type Place, type SpilledEntry, SpilledIndex } from './spilled-index.ts'

/** How much of a list stays in memory when the rest leaves it. */
export interface Residence {
  readonly count: number
  readonly bytes: number
}

/**
 * What waits in a queue, in the order of its sequence numbers. Four parts, served in this order:
 *
 *     returned  put back, hence older than all that never left: short, sorted
 *     fresh     the front of what was published, in memory
 *     spilled   on disk; an entry in columns for each
 *     late      published since something is spilled, in memory until it spills too
 */
export class ReadyList {
  /** Sorted by sequence, newest first, so that the oldest is taken from the end. */
  #returned: Delivery[] = []
  #fresh = new Ring<Delivery>()
  readonly #spilled = new SpilledIndex()
  #late = new Ring<Delivery>()
  /** Bytes of the bodies in memory. */
  #residentBytes = 0
  readonly #expiry = new ExpiryWatch()
  readonly #leavesMemory: boolean

  /** What is not pushed in the order of sequences must not leave memory. */
  constructor(options: { readonly leavesMemory: boolean } = { leavesMemory: true }) {
    this.#leavesMemory = options.leavesMemory
  }

  get length(): number {
    return this.#returned.length + this.#fresh.length + this.#spilled.length + this.#late.length
  }

  /** Bytes of all bodies: what `x-max-length-bytes` counts. */
  get bytes(): number {
    return this.#residentBytes + this.#spilled.bytes
  }

  /** How many are in memory. */
  get residents(): number {
    return this.#returned.length + this.#fresh.length + this.#late.length
  }

  get residentBytes(): number {
    return this.#residentBytes
  }

  /** How many are on disk only. */
  get spilled(): number {
    return this.#spilled.length
  }

  /** How many can be served before one must be read from disk. */
  get atHand(): number {
    return this.#returned.length + this.#fresh.length
  }

  push(delivery: Delivery): void {
    if (delivery.expiresAt !== this.#expiry.last) this.#expiry.note(delivery.expiresAt, this.length === 0)
    if (this.#spilled.length > 0) this.#late.push(delivery)
    else this.#fresh.push(delivery)
    this.#residentBytes += delivery.message.bodySize
  }

  /** Puts a delivery that was taken before back to its place. */
  putBack(delivery: Delivery): void {
    const head = this.peek()?.expiresAt ?? this.#spilled.earliest
    this.#expiry.noteReturned(delivery.expiresAt, head)
    const returned = this.#returned
    let low = 0
    let high = returned.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (returned[middle]!.sequence > delivery.sequence) low = middle + 1
      else high = middle
    }
    if (low === returned.length) returned.push(delivery)
    else returned.splice(low, 0, delivery)
    this.#residentBytes += delivery.message.bodySize
  }

  /** The next to be served; undefined when there is none, or when it must be read from disk first. */
  peek(): Delivery | undefined {
    const returned = this.#returned
    return returned.length > 0 ? returned[returned.length - 1] : this.#fresh.peek()
  }

  shift(): Delivery | undefined {
    const delivery = this.#returned.pop() ?? this.#fresh.shift()
    if (delivery !== undefined) this.#residentBytes -= delivery.message.bodySize
    return delivery
  }

  /**
   * What waits, from an index on in the order of serving, without taking it out: deliveries as they are, copies of the
   * entries that are on disk.
   */
  slice(from: number, count: number): (Delivery | SpilledEntry)[] {
    const found: (Delivery | SpilledEntry)[] = []
    let skip = from
    const take = (length: number, at: (index: number) => Delivery): void => {
      for (let index = skip; index < length && found.length < count; index++) found.push(at(index))
      skip = Math.max(0, skip - length)
    }
    const last = this.#returned.length - 1
    take(this.#returned.length, (index) => this.#returned[last - index]!)
    take(this.#fresh.length, (index) => this.#fresh.at(index)!)
    if (found.length < count) found.push(...this.#spilled.slice(skip, count - found.length))
    skip = Math.max(0, skip - this.#spilled.length)
    take(this.#late.length, (index) => this.#late.at(index)!)
    return found
  }

  /** When something here expires next, as far as that is known; Infinity for never. */
  nextExpiry(): number {
    const head = this.peek()?.expiresAt ?? Number.POSITIVE_INFINITY
    return Math.min(head, this.#expiry.lookThroughAt, this.#expiry.notBefore(this.#spilled.earliest))
  }

  /**
   * Takes out what has expired by a monotonic time, wherever it waits: `died` gets what was in
   * memory, `diedOnDisk` at most `max` entries of the rest.
   */
  expire(
    now: number,
    max: number,
    died: (delivery: Delivery) => void,
    diedOnDisk: (entry: SpilledEntry) => void,
  ): void {
    if (this.#expiry.lookThroughAt <= now) this.#lookThrough(now, died)
    this.#shiftExpired(now, died)
    if (this.#expiry.notBefore(this.#spilled.earliest) > now || max === 0) return
    this.#expiry.postpone(now, this.#spilled.expire(now, max, diedOnDisk))
    this.#join()
    this.#shiftExpired(now, died)
  }

  /** Takes out those of some sequences, wherever they wait; `takenOnDisk` gets what must be read first. */
  pick(
    sequences: ReadonlySet<number>,
    taken: (delivery: Delivery) => void,
    takenOnDisk: (entry: SpilledEntry) => void,
  ): void {
    const stays = (delivery: Delivery): boolean => {
      if (!sequences.has(delivery.sequence)) return true
      this.#residentBytes -= delivery.message.bodySize
      taken(delivery)
      return false
    }
    this.#returned = this.#returned.filter(stays)
    this.#fresh = filtered(this.#fresh, stays)
    for (const sequence of sequences) {
      const entry = this.#spilled.take(sequence)
      if (entry !== undefined) takenOnDisk(entry)
    }
    this.#late = filtered(this.#late, stays)
    this.#join()
  }

  /** Copies of the entries that are to be read next. */
  nextSpilled(count: number, bytes: number): SpilledEntry[] {
    return this.#spilled.first(count, bytes)
  }

  /** The first spilled entry, which `unspill` or `dropSpilled` takes. */
  peekSpilled(into: SpilledEntry): boolean {
    return this.#spilled.peek(into)
  }

  /** The first spilled entry was read: its delivery takes its place. */
  unspill(delivery: Delivery): void {
    this.#spilled.drop()
    const before = this.#fresh.at(this.#fresh.length - 1)?.expiresAt ?? this.peek()?.expiresAt
    this.#expiry.noteRead(delivery.expiresAt, before ?? Number.NEGATIVE_INFINITY)
    this.#fresh.push(delivery)
    this.#residentBytes += delivery.message.bodySize
    this.#join()
  }

  /** The first spilled entry is lost or dropped. */
  dropSpilled(): void {
    this.#spilled.drop()
    this.#join()
  }

  /** Takes in an entry at start: it is on disk, behind all others. */
  restore(entry: SpilledEntry): void {
    this.#spilled.push(entry)
  }

  /**
   * Lets deliveries beyond `keep` leave memory, oldest first, as long as `entryOf` says where on
   * disk they are; `left` is told of each. What was put back stays.
   */
  spill(
    keep: Residence,
    entryOf: (delivery: Delivery) => SpilledEntry | undefined,
    left: (delivery: Delivery) => void,
  ): void {
    if (!this.#leavesMemory) return
    if (this.#spilled.length === 0) {
      const kept = this.#kept(keep)
      const first = this.#fresh.at(kept)
      if (first === undefined || entryOf(first) === undefined) return
      this.#split(kept)
    }
    for (let delivery = this.#late.peek(); delivery !== undefined; delivery = this.#late.peek()) {
      const entry = entryOf(delivery)
      if (entry === undefined) break
      this.#late.shift()
      this.#residentBytes -= delivery.message.bodySize
      this.#spilled.push(entry)
      left(delivery)
    }
  }

  /** Calls `visit` with everything that lies before a position in the log, until it answers false. */
  visitBefore(before: number, visit: (sequence: number, position: number) => boolean): void {
    for (const part of [this.#returned, this.#fresh, this.#late]) {
      for (const { sequence, position } of part) {
        if (position !== 0 && position < before && !visit(sequence, position)) return
      }
    }
    this.#spilled.visitBefore(before, ({ sequence, position }) => visit(sequence, position))
  }

  /** Notes new places in the log, by sequence, and tells the old ones. */
  relocate(places: ReadonlyMap<number, Place>, left: Left): void {
    for (const part of [this.#returned, this.#fresh, this.#late]) relocate(part, places, left)
    for (const [sequence, place] of places) this.#spilled.relocate(sequence, place, left)
  }

  #shiftExpired(now: number, died: (delivery: Delivery) => void): void {
    for (let head = this.peek(); head !== undefined && head.expiresAt <= now; head = this.peek()) {
      this.shift()
      died(head)
    }
  }

  #lookThrough(now: number, died: (delivery: Delivery) => void): void {
    const expired: Delivery[] = []
    let earliest = Number.POSITIVE_INFINITY
    for (const part of [this.#returned, this.#fresh, this.#late]) {
      for (const delivery of part) {
        if (delivery.expiresAt <= now) expired.push(delivery)
        else if (delivery.expiresAt < earliest) earliest = delivery.expiresAt
      }
    }
    this.#expiry.lookedThrough(now, this.residents, earliest)
    if (expired.length === 0) return
    this.#returned = this.#returned.filter((delivery) => delivery.expiresAt > now)
    const lives = ({ expiresAt }: Delivery) => expiresAt > now
    this.#fresh = filtered(this.#fresh, lives)
    this.#late = filtered(this.#late, lives)
    expired.sort((a, b) => a.expiresAt - b.expiresAt || a.sequence - b.sequence)
    for (const delivery of expired) {
      this.#residentBytes -= delivery.message.bodySize
      died(delivery)
    }
  }

  /** How many of `fresh` stay within the bounds. */
  #kept({ count, bytes }: Residence): number {
    let size = 0
    for (let index = 0; index < count; index++) {
      const delivery = this.#fresh.at(index)
      if (delivery === undefined) return index
      size += delivery.message.bodySize
      if (size > bytes && index > 0) return index
    }
    return count
  }

  /** Makes everything of `fresh` from `index` on late. */
  #split(index: number): void {
    const kept = new Ring<Delivery>()
    const late = new Ring<Delivery>()
    for (let at = 0; at < this.#fresh.length; at++) (at < index ? kept : late).push(this.#fresh.at(at)!)
    this.#fresh = kept
    this.#late = late
  }

  /** When nothing is spilled any more, what came late is the rest of `fresh`. */
  #join(): void {
    if (this.#spilled.length > 0 || this.#late.length === 0) return
    for (const delivery of this.#late) this.#fresh.push(delivery)
    this.#late.clear()
  }
}

function filtered(ring: Ring<Delivery>, stays: (delivery: Delivery) => boolean): Ring<Delivery> {
  const rest = new Ring<Delivery>()
  for (const delivery of ring) if (stays(delivery)) rest.push(delivery)
  return rest
}

/** Notes new places in the log of deliveries that are in memory, and tells the old ones. */
export function relocate(deliveries: Iterable<Delivery>, places: ReadonlyMap<number, Place>, left: Left): void {
  for (const delivery of deliveries) {
    const place = places.get(delivery.sequence)
    if (place === undefined || delivery.position === 0) continue
    left({ position: delivery.position, share: delivery.share }, delivery.sequence)
    delivery.position = place.position
    delivery.share = place.share
  }
}
