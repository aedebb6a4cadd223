import type { Clock, Timer } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { Appender } from './appender.ts'
import type { Batch } from './batch.ts'
import { writeClosedMark } from './closed-mark.ts'
import { type Disk, errorCode } from './disk.ts'
import { IndexFiles } from './index-files.ts'
import type { Damage, Log, LogRecord, Position, Reservation, Snapshot, VisitedRecord } from './log.ts'
import * as record from './record.ts'
import type { Recovered } from './recovery.ts'
import { type IndexContent, type ReplayRange, replaySegment } from './replay.ts'
import type { Segment } from './segment.ts'
import { type SegmentIndex, visitIndex } from './segment-index.ts'
import { copyRecord, SegmentReader } from './segment-reader.ts'
import { SegmentSupply } from './segment-supply.ts'
import { SnapshotFiles } from './snapshot.ts'

export interface JournalOptions {
  readonly name: string
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly segmentBytes: number
  /** Told of every I/O error; stops every log of the store. */
  readonly onFault: (error: Error) => void
  readonly onDamage: (damage: Damage) => void
  readonly onFull: (full: boolean) => void
}

/** After so long without a write, a rest is written: it proves that the last records were durable. */
const REST_MILLISECONDS = 500

/** Who waits for everything before a position to be durable. */
interface Waiter {
  readonly through: Position
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * A log in segment files. Records gather in a batch while one write is under way; the next batch is
 * written when that one is durable, so that only the last write before a crash can be torn.
 */
export class Journal implements Log {
  readonly name: string
  readonly #options: JournalOptions
  readonly #appender: Appender
  readonly #supply: SegmentSupply
  readonly #reader: SegmentReader
  readonly #indexes: IndexFiles
  readonly #snapshots: SnapshotFiles
  /** Where the first record goes that is appended to an empty log. */
  readonly #origin: Position
  /** In order; those before the last are sealed. */
  #segments: Segment[]
  #durable: Position
  /** A commit was asked for since the last time nothing was left to write. */
  #asked = false
  #writing: Batch | undefined
  #waiters: Waiter[] = []
  #fault: Error | undefined
  #closed = false
  #restTimer: Timer | undefined
  /** Behind the last rest. */
  #rested: Position
  /** Told when a write that was under way at a fault is over. */
  #idle: (() => void) | undefined
  onDurable: ((durable: Position) => void) | undefined = undefined

  constructor(options: JournalOptions, recovered: Recovered) {
    this.#options = options
    this.name = options.name
    const { disk, directory, clock, logger, segmentBytes, onFull } = options
    this.#segments = recovered.segments
    this.#reader = new SegmentReader(disk, directory)
    const onFault = (error: Error) => options.onFault(error)
    const onChange = () => this.#pump()
    const { spares } = recovered
    this.#supply = new SegmentSupply({
      disk,
      directory,
      clock,
      logger,
      segmentBytes,
      spares,
      onChange,
      onFault,
      onFull,
    })
    const sizeAfter = (previous: number) => this.#supply.sizeAfter(previous)
    this.#appender = new Appender({ next: { ...recovered.next, size: sizeAfter(0) }, sizeAfter })
    this.#origin = this.#appender.end
    this.#durable = this.#origin
    this.#rested = this.#origin
    this.#indexes = new IndexFiles({ disk, directory, logger, onFault }, recovered.indexes)
    this.#snapshots = new SnapshotFiles({ ...options, log: options.name }, recovered.snapshots)
    this.#supply.want(this.#appender.next.number, this.#appender.next.size)
  }

  get end(): Position {
    return this.#appender.end
  }

  get durable(): Position {
    return this.#durable
  }

  get start(): Position {
    return this.#segments[0]?.start ?? this.#origin
  }

  get pendingBytes(): number {
    return this.#appender.end - this.#durable
  }

  get bytesHeld(): number {
    let sum = this.#supply.bytesHeld + this.#snapshots.bytesHeld + this.#indexes.bytesHeld
    for (const segment of this.#segments) sum += segment.bytesHeld
    return sum
  }

  /** Whether what is appended has to wait for space on the disk. */
  get full(): boolean {
    return this.#supply.full
  }

  reserve(type: number, headerSize: number, bodySize: number): Reservation {
    return this.#appender.reserve(type, headerSize, bodySize)
  }

  commit(): void {
    this.#asked = true
    this.#pump()
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
  #pump(): void {
    if (this.#writing !== undefined || !this.#asked || this.#fault !== undefined) return
    const first = this.#appender.first
    if (first === undefined) {
      this.#asked = false
      return
    }
    if (first.segment.file === undefined && !this.#begin(first.segment)) return
    const batch = this.#appender.take()!
    this.#writing = batch
    const { segment, start, length } = batch
    const range = { offset: 0, length, position: start - segment.base }
    segment.file!.write(batch.words.buffer, range, this.#onWritten)
  }

  /** Gives a segment its file when it is prepared, and has the next one prepared. */
  #begin(segment: Segment): boolean {
    const prepared = this.#supply.take(segment.number, segment.size)
    if (prepared === undefined) {
      this.#supply.want(segment.number, segment.size)
      if (this.#closed && this.#supply.full) this.stop(new Error('the disk is full'))
      return false
    }
    this.#retire()
    segment.file = prepared.file
    segment.bytesHeld = prepared.bytes
    this.#segments.push(segment)
    this.#supply.want(segment.number + 1, this.#appender.sizeOf(segment.number + 1))
    return true
  }

  /** The last segment is complete and durable: from now on it is only read. */
  #retire(): void {
    const segment = this.#segments.at(-1)
    if (segment?.file === undefined) return
    this.#supply.closeFile(segment.file)
    segment.file = undefined
    // Its last write brought the seal.
    this.#indexed(segment, this.#durable - record.OWN_SIZE)
  }

  #indexed(segment: Segment, end: Position): void {
    const builder = segment.index
    segment.index = undefined
    if (builder !== undefined) this.#indexes.sealed({ segment, builder, end })
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
    this.#pump()
    let ready = 0
    while (ready < this.#waiters.length && this.#waiters[ready]!.through <= this.#durable) ready++
    for (const waiter of this.#waiters.splice(0, ready)) waiter.resolve()
    this.#restTimer ??= this.#options.clock.after(REST_MILLISECONDS, this.#rest)
    this.onDurable?.(this.#durable)
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

  /** Nothing becomes durable any more; who waits is told. */
  stop(fault: Error): void {
    if (this.#fault !== undefined) return
    this.#fault = fault
    this.#supply.stop()
    this.#indexes.stop()
    for (const waiter of this.#waiters.splice(0)) waiter.reject(fault)
  }

  async replay(from: Position, options: { bodies: boolean }, visit: (record: VisitedRecord) => void): Promise<void> {
    await this.flush()
    const through = this.#durable
    const segments = this.#segments.filter((segment) => segment.end > from && segment.base < through)
    let ahead = this.#indexOf(segments[0], options)
    let saved = Promise.resolve()
    for (const [nth, segment] of segments.entries()) {
      const index = await ahead
      // Read while the records of this one are visited.
      ahead = this.#indexOf(segments[nth + 1], options)
      ahead.catch(() => undefined)
      if (index !== undefined) {
        visitIndex(index, from, visit)
        continue
      }
      // What lies behind the last durable record is not the log's yet.
      const to = segment.file === undefined ? undefined : Math.min(through, segment.end)
      const content = await this.#replaySegment(segment, { from, to, bodies: options.bodies }, visit)
      if (content === undefined || this.#indexes.has(segment) || !this.#segments.includes(segment)) continue
      await saved
      saved = this.#indexes.save({ segment, ...content })
    }
  }

  async #indexOf(segment: Segment | undefined, { bodies }: { bodies: boolean }): Promise<SegmentIndex | undefined> {
    if (segment === undefined || segment.file !== undefined || bodies) return undefined
    return await this.#indexes.read(segment)
  }

  /** Answers what its index is to hold. */
  async #replaySegment(
    segment: Segment,
    range: ReplayRange,
    visit: (record: VisitedRecord) => void,
  ): Promise<IndexContent | undefined> {
    const { disk, directory } = this.#options
    const file = await disk.open(`${directory}/${segment.fileName}`, 'read').catch((error: Error) => {
      // It was trimmed while the segments before it were visited.
      if (!this.#segments.includes(segment)) return undefined
      throw error
    })
    if (file === undefined) return undefined
    try {
      const report = (from: Position, to: Position, reason: string) => this.#report(from, to, reason)
      return await replaySegment({ file, segment }, range, { visit, report })
    } finally {
      await file.close()
    }
  }

  #report(from: Position, to: Position, reason: string): void {
    this.#options.onDamage({ log: this.name, from, to, reason })
  }

  cached(position: Position): LogRecord | undefined {
    if (position >= this.#durable) return this.#inMemory(position)
    const segment = this.#segmentOf(position)
    return segment === undefined ? undefined : this.#reader.cached(segment, position)
  }

  /** Most come from a block at hand, without waiting. */
  async readMany(positions: readonly Position[]): Promise<(LogRecord | undefined)[]> {
    const records: (LogRecord | undefined)[] = []
    for (const position of positions) records.push(this.cached(position) ?? (await this.read(position)))
    return records
  }

  async read(position: Position): Promise<LogRecord | undefined> {
    const cached = this.cached(position)
    if (cached !== undefined) return cached
    if (position >= this.#durable) return undefined
    const segment = this.#segmentOf(position)
    if (segment === undefined) return undefined
    try {
      const found = await this.#reader.read(segment, position, this.#durable)
      if (found === undefined && position >= this.start) {
        this.#report(position, position + record.HEAD_SIZE, 'the record did not verify when it was read')
      }
      return found
    } catch (error) {
      this.#options.onFault(error as Error)
      throw error
    }
  }

  /** A record that is not durable yet: in the batch under way or in one behind it. */
  #inMemory(position: Position): LogRecord | undefined {
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

  #segmentOf(position: Position): Segment | undefined {
    let low = 0
    let high = this.#segments.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const segment = this.#segments[middle]!
      if (position < segment.start) high = middle - 1
      else if (position >= segment.end) low = middle + 1
      else return segment
    }
    return undefined
  }

  trim(before: Position): void {
    const limit = Math.min(before, this.#snapshots.neededFrom)
    // The last segment stays: it holds the log's place in the address space.
    while (this.#segments.length > 1 && this.#segments[0]!.end <= limit && this.#fault === undefined) {
      const segment = this.#segments.shift()!
      this.#reader.forget(segment)
      this.#indexes.remove(segment)
      void this.#supply.recycle(segment)
    }
  }

  async saveSnapshot(snapshot: Snapshot): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault
    try {
      await this.#snapshots.save(snapshot)
    } catch (error) {
      if (errorCode(error) !== 'ENOSPC') this.#options.onFault(error as Error)
      throw error
    }
  }

  loadSnapshot(): Promise<Snapshot | undefined> {
    return this.#snapshots.load()
  }

  /** Writes what is pending, seals the last segment and notes that all of it is on disk. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#restTimer?.cancel()
    await this.#snapshots.settle()
    if (this.#fault === undefined) await this.#seal().catch(() => undefined)
    if (this.#writing !== undefined) await new Promise<void>((resolve) => (this.#idle = resolve))
    await this.#supply.close()
    await this.#indexes.close()
    const active = this.#segments.at(-1)
    if (active?.file !== undefined) await active.file.close().catch(() => undefined)
    await this.#reader.close()
  }

  async #seal(): Promise<void> {
    await this.flush()
    const active = this.#segments.at(-1)
    if (active?.file === undefined) return
    this.#appender.endSegment()
    await this.flush()
    const { disk, directory } = this.#options
    try {
      const bytes = this.#durable - active.base
      await active.file.truncate(bytes)
      await active.file.sync()
      await writeClosedMark(disk, directory, { number: active.number, end: this.#durable })
      this.#indexed(active, this.#durable - record.OWN_SIZE)
    } catch (error) {
      this.#options.onFault(error as Error)
    }
  }
}
