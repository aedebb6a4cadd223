import type { Clock, Timer } from '../std/clock.ts'
import type { Appender } from './appender.ts'
import type { Batch } from './batch.ts'
import { writeClosedMark } from './closed-mark.ts'
import type { Disk } from './disk.ts'
import type { DiskSpace } from './disk-space.ts'
import type { IndexFiles } from './index-files.ts'
import type { LogRecord, Position, Reservation } from './log.ts'
import * as record from './record.ts'
import type { Segment } from './segment.ts'
import type { SegmentList } from './segment-list.ts'
import { copyRecord } from './segment-reader.ts'
import type { SegmentSupply } from './segment-supply.ts'

export interface LogWriterOptions {
  readonly disk: Disk
  readonly directory: string
  readonly clock: Clock
  readonly segments: SegmentList
  readonly supply: SegmentSupply
  readonly indexes: IndexFiles
  readonly space: DiskSpace
  readonly appender: Appender
  readonly onFault: (error: Error) => void
  readonly onDurable: (durable: Position) => void
}

/** After so long without a write, a rest is written: it proves that the last records were durable. */
const REST_MILLISECONDS = 500

/** What is not worth giving back when space is short, in the supply's steps. */
const EXCESS_STEPS = 4

/** Who waits for everything before a position to be durable. */
interface Waiter {
  readonly through: Position
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * The writing end of a log. Records gather in a batch while one write is under way; the next batch is
 * written when that one is durable, so that only the last write before a crash can be torn.
 */
export class LogWriter {
  /** Where the first record goes that is appended. */
  readonly origin: Position
  readonly #options: LogWriterOptions
  readonly #appender: Appender
  /** Of the first segment that is begun. */
  readonly #firstNumber: number
  #durable: Position
  /** A commit was asked for since the last time nothing was left to write. */
  #asked = false
  #writing: Batch | undefined
  #waiters: Waiter[] = []
  #fault: Error | undefined
  #closed = false
  /** The one to be sealed by closing; none after it is begun. */
  #lastSegment = Number.POSITIVE_INFINITY
  #restTimer: Timer | undefined
  /** Behind the last rest. */
  #rested: Position
  /** Told when a write that was under way at a fault is over. */
  #idle: (() => void) | undefined

  constructor(options: LogWriterOptions) {
    this.#options = options
    this.#appender = options.appender
    this.origin = this.#appender.end
    this.#durable = this.origin
    this.#rested = this.origin
    this.#firstNumber = this.#appender.next.number
    options.supply.want(this.#firstNumber)
  }

  get end(): Position {
    return this.#appender.end
  }

  get durable(): Position {
    return this.#durable
  }

  reserve(type: number, headerSize: number, bodySize: number): Reservation {
    return this.#appender.reserve(type, headerSize, bodySize)
  }

  commit(): void {
    this.#asked = true
    this.pump()
  }

  /** What was laid out beyond the files that there are takes space before long. */
  #claim(): void {
    const { segments, supply, space } = this.#options
    if (this.#fault !== undefined) return
    const begun = segments.last?.number ?? this.#firstNumber - 1
    const beyond = this.#appender.bytesBeyond(begun)
    space.claim(this, beyond === 0 ? 0 : Math.max(0, beyond - supply.bytesFor(begun + 1)))
  }

  /** Space on the disk is short: gives back what of the last segment is not in use yet. */
  relinquish(): void {
    const active = this.#activeBeyond((segment) => this.#options.supply.leanBytes(segment.number))
    if (active === undefined) return
    const bytes = this.#options.supply.leanBytes(active.number)
    this.#appender.limit(active.number, bytes)
    active.bytesHeld = bytes
    this.#options.supply.shrink(active.file!, bytes)
  }

  /**
   * Space on the disk is short and nothing is needed of all that was written: begins another segment if this one
   * takes much, so that it can go.
   */
  abandon(): void {
    if (this.#writing !== undefined || this.#appender.first !== undefined) return
    if (this.#activeBeyond(() => 0) === undefined) return
    this.#appender.roll()
    this.commit()
  }

  /** The last segment, if records still go to it and its file is much larger than `lean` says. */
  #activeBeyond(lean: (segment: Segment) => number): Segment | undefined {
    const active = this.#options.segments.last
    if (active?.file === undefined || active !== this.#appender.current) return undefined
    if (this.#closed || this.#fault !== undefined) return undefined
    const excess = active.bytesHeld - lean(active)
    return excess > EXCESS_STEPS * this.#options.supply.stepBytes ? active : undefined
  }

  flush(): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    const through = this.end
    if (through <= this.#durable) return Promise.resolve()
    const flushed = new Promise<void>((resolve, reject) => this.#waiters.push({ through, resolve, reject }))
    this.commit()
    return flushed
  }

  /** Starts the next write when none is under way, something is to be written and its segment is prepared. */
  pump(): void {
    this.#write()
    this.#claim()
  }

  #write(): void {
    if (this.#writing !== undefined || !this.#asked || this.#fault !== undefined) return
    const first = this.#appender.first
    if (first === undefined) {
      this.#asked = false
      return
    }
    if (first.segment.number > this.#lastSegment) return
    if (first.segment.file === undefined && !this.#begin(first.segment)) return
    const batch = this.#appender.take()!
    this.#writing = batch
    const { segment, start, length } = batch
    const range = { offset: 0, length, position: start - segment.base }
    segment.file!.write(batch.words.buffer, range, this.#onWritten)
  }

  /** Gives a segment its file when it is prepared, and has the next one prepared. */
  #begin(segment: Segment): boolean {
    const { supply, segments } = this.#options
    const prepared = supply.take(segment.number)
    if (prepared === undefined) {
      supply.want(segment.number)
      if (this.#closed && supply.full) this.stop(new Error('the disk is full'))
      return false
    }
    this.#retire()
    segment.file = prepared.file
    segment.bytesHeld = prepared.bytes
    segment.capacity = Math.min(segment.capacity, prepared.bytes)
    segments.add(segment)
    supply.want(segment.number + 1)
    return true
  }

  /** The last segment is complete and durable: from now on it is only read. */
  #retire(): void {
    const segment = this.#options.segments.last
    if (segment?.file === undefined) return
    this.#options.supply.closeFile(segment.file)
    segment.file = undefined
    // Its last write brought the seal.
    this.#indexed(segment, this.#durable - record.OWN_SIZE)
  }

  #indexed(segment: Segment, end: Position): void {
    const builder = segment.index
    segment.index = undefined
    if (builder !== undefined) this.#options.indexes.sealed({ segment, builder, end })
  }

  readonly #onWritten = (error: Error | null): void => {
    const batch = this.#writing!
    this.#writing = undefined
    if (this.#fault !== undefined) return this.#idle?.()
    if (error !== null) {
      this.#options.onFault(error)
      return this.#idle?.()
    }
    this.#durable = batch.end
    this.#appender.release(batch)
    if (this.#durable === this.#rested) this.#appender.sleep()
    this.pump()
    let ready = 0
    while (ready < this.#waiters.length && this.#waiters[ready]!.through <= this.#durable) ready++
    for (const waiter of this.#waiters.splice(0, ready)) waiter.resolve()
    this.#restTimer ??= this.#options.clock.after(REST_MILLISECONDS, this.#rest)
    this.#options.onDurable(this.#durable)
  }

  /** Nothing was written for a while: has the next start know that all of it was durable. */
  readonly #rest = (): void => {
    this.#restTimer = undefined
    if (this.#closed || this.#fault !== undefined || this.#writing !== undefined) return
    if (this.#durable === this.#rested || this.#appender.first !== undefined) return
    if (!this.#appender.rest()) return
    this.#rested = this.#appender.end
    this.commit()
  }

  /** A record that is not durable yet: in the batch under way or in one behind it. */
  inMemory(position: Position): LogRecord | undefined {
    const batches = this.#appender.batches
    const holds = (batch: Batch | undefined) => batch !== undefined && position >= batch.start && position < batch.end
    const batch = holds(this.#writing) ? this.#writing : batches.find(holds)
    if (batch === undefined) return undefined
    const at = position - batch.start
    const { buffer, view } = batch.words
    if (at % 8 !== 0 || !record.claimsPosition(view, at, position)) return undefined
    return copyRecord(buffer, {
      at,
      position,
      type: record.typeAt(view, at),
      headerSize: record.headerSizeAt(view, at),
      bodySize: record.bodySizeAt(view, at),
    })
  }

  /** Nothing becomes durable any more; who waits is told. */
  stop(fault: Error): void {
    if (this.#fault !== undefined) return
    this.#fault = fault
    this.#options.space.claim(this, 0)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(fault)
  }

  /**
   * Writes what is pending, seals the last segment and notes that all of it is on disk. What is appended
   * meanwhile may be left out, what comes later is.
   */
  async close(): Promise<void> {
    this.#closed = true
    this.#restTimer?.cancel()
    if (this.#fault === undefined) await this.#seal().catch(() => undefined)
    if (this.#writing !== undefined) await new Promise<void>((resolve) => (this.#idle = resolve))
    this.stop(new Error('the log is closed'))
  }

  async #seal(): Promise<void> {
    await this.flush()
    this.#appender.endSegment()
    this.#lastSegment = this.#appender.next.number - 1
    await this.flush()
    const active = this.#options.segments.last
    if (active?.file === undefined) return
    const { disk, directory } = this.#options
    try {
      const bytes = this.#durable - active.base
      await this.#options.supply.settle()
      await active.file.truncate(bytes)
      await active.file.sync()
      await writeClosedMark(disk, directory, { number: active.number, end: this.#durable })
      this.#indexed(active, this.#durable - record.OWN_SIZE)
    } catch (error) {
      this.#options.onFault(error as Error)
    }
  }
}
