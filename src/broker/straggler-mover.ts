import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Log, LogRecord, Position } from '../store/log.ts'
import type { Extents } from './extents.ts'
import type { StoredQueue } from './message-store.ts'
import type { Place } from './queues/spilled-index.ts'
import { Holders, messageOf, shareOf, writePublish } from './record.ts'

/** One queue that holds a message, by its number in the log, and the message's sequence there. */
interface Holder {
  readonly queue: number
  readonly sequence: number
}

export interface StragglerMoverOptions {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly extents: Extents
  readonly queues: ReadonlyMap<number, StoredQueue>
  readonly reserveBytes: number
  /** Writes what queues have gathered. */
  flush(): void
}

/** Messages moved before other work gets its turn. */
const MOVED_PER_ROUND = 256
/** The part of its reserve that the log may take while space on the disk is short. */
const SHORT_PART = 1 / 64

/**
 * Gives the dead front of the message log back. When the log is out of proportion to what lives in
 * it, the few that live in its oldest stretch are written again at the tail, so that the stretch can go.
 */
export class StragglerMover {
  readonly #options: StragglerMoverOptions
  #moving = false
  /** Old places may go once everything before it is durable: that is where the new ones are. */
  #movedThrough: Position = 0
  /** Notes and marks that stand for those before here are behind it, before `#movedThrough`. */
  #awaited: Position = 0
  /** What the log was last told to give up. */
  #trimmed: Position = 0

  constructor(options: StragglerMoverOptions) {
    this.#options = options
  }

  /** Called whenever more has become durable. */
  giveBack(durable: Position): void {
    const { log, extents } = this.#options
    if (durable < this.#movedThrough) return
    let trimmable = log.isShort && extents.isEmpty ? durable : extents.trimmable(durable)
    // What more could go by now has its own wait before it.
    if (log.end > durable && this.#awaited > this.#trimmed) trimmable = Math.min(trimmable, this.#awaited)
    if (trimmable > this.#trimmed) {
      const start = log.startAfterTrim(trimmable)
      if (start > log.start && (this.#renote(start) || this.#mustWait(trimmable, durable))) return
      this.#trimmed = trimmable
      log.trim(trimmable)
    }
    if (this.#moving || !this.#isWorthMoving(trimmable)) return
    this.#moving = true
    this.#move().then(
      () => {
        this.#moving = false
      },
      (error: Error) => {
        this.#moving = false
        this.#options.logger.error(`moving stored messages failed: ${error.message}`)
      },
    )
  }

  /** Whether the log is out of proportion, and moving what lives at its front needs less space than there is. */
  #isWorthMoving(trimmable: Position): boolean {
    const { log, extents, reserveBytes } = this.#options
    if (!log.isShort) return log.end - trimmable > 2 * extents.liveBytes + reserveBytes
    const least = reserveBytes * SHORT_PART
    // Where space was taken in small steps, segments have more addresses than bytes.
    if (Math.min(log.end - trimmable, log.bytesHeld) <= 2 * extents.liveBytes + least) return false
    return extents.firstBytes <= Math.max(least, log.bytesLeft / 2)
  }

  /** Notes of what was handed out must not go with the front of the log. True when some were written again. */
  #renote(before: Position): boolean {
    let isAny = false
    for (const queue of this.#options.queues.values()) if (queue.log.renote(before)) isAny = true
    if (!isAny) return false
    this.#options.flush()
    this.#movedThrough = this.#options.log.end
    return true
  }

  /**
   * Whether a note or mark that stands for one before `trimmable` may still be on its way to disk. What is asked for
   * first is waited for once, whatever is written meanwhile: it is newer than what is durable then.
   */
  #mustWait(trimmable: Position, durable: Position): boolean {
    const { end } = this.#options.log
    if (end <= durable || trimmable <= this.#awaited) return false
    this.#awaited = trimmable
    this.#movedThrough = end
    return true
  }

  async #move(): Promise<void> {
    const { log, clock, extents } = this.#options
    const end = extents.firstEnd()
    if (end === undefined) return
    for (let round = this.#collect(end); round.size > 0; round = this.#collect(end)) {
      const positions = [...round.keys()].sort((a, b) => a - b)
      for (const queue of this.#queuesOf(round)) queue.log.watch()
      const records = await log.readMany(positions)
      this.#rewrite(round, positions, records)
      this.#movedThrough = log.end
      log.commit()
      await new Promise<void>((next) => clock.defer(next))
    }
  }

  /** Who holds what lies before `end`: by position, at most a round's worth. */
  #collect(end: Position): Map<Position, Holder[]> {
    const round = new Map<Position, Holder[]>()
    for (const [number, queue] of this.#options.queues) {
      queue.visitBefore(end, (sequence, position) => {
        const holders = round.get(position)
        if (holders !== undefined) holders.push({ queue: number, sequence })
        else if (round.size < MOVED_PER_ROUND) round.set(position, [{ queue: number, sequence }])
        return true
      })
    }
    return round
  }

  #queuesOf(round: ReadonlyMap<Position, readonly Holder[]>): Set<StoredQueue> {
    const queues = new Set<StoredQueue>()
    for (const holders of round.values()) {
      for (const holder of holders) {
        const queue = this.#options.queues.get(holder.queue)
        if (queue !== undefined) queues.add(queue)
      }
    }
    return queues
  }

  /** Writes each record again for those that still hold it, and tells them the new place. */
  #rewrite(
    round: ReadonlyMap<Position, readonly Holder[]>,
    positions: readonly Position[],
    records: readonly (LogRecord | undefined)[],
  ): void {
    const settled = new Map<number, ReadonlySet<number>>()
    for (const queue of this.#queuesOf(round)) settled.set(queue.log.id, queue.log.unwatch())
    const places = new Map<number, Map<number, Place>>()
    for (const [index, position] of positions.entries()) {
      const alive = round.get(position)!.filter(({ queue, sequence }) => settled.get(queue)?.has(sequence) === false)
      if (alive.length === 0) continue
      const place = this.#rewriteOne(position, records[index], alive)
      for (const { queue, sequence } of alive) {
        const known = places.get(queue)
        if (known === undefined) places.set(queue, new Map([[sequence, place]]))
        else known.set(sequence, place)
      }
    }
    for (const [number, moved] of places) this.#options.queues.get(number)?.relocate(moved)
  }

  /** A damaged record cannot be moved: position 0 says that the message is nowhere on disk any more. */
  #rewriteOne(position: Position, record: LogRecord | undefined, holders: readonly Holder[]): Place {
    const { log, extents, logger } = this.#options
    if (record?.body === undefined) {
      logger.error(`a stored message is damaged and lost: record ${position} of the message log`)
      return { position: 0, share: 0 }
    }
    const { wallTime, message } = messageOf(record)
    const alive = new Holders()
    for (const { queue, sequence } of holders) alive.add(queue, sequence)
    const moved = { message, wallTime, holders: alive }
    const place = { position: writePublish(log, record.type, moved), share: shareOf(moved) }
    extents.add(place.position, place.share, holders.length)
    return place
  }
}
