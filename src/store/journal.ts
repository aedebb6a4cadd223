import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { Appender } from './appender.ts'
import { type Disk, isOutOfSpace } from './disk.ts'
import type { DiskSpace } from './disk-space.ts'
import { IndexFiles } from './index-files.ts'
import type { Damage, Log, LogRecord, Position, Reservation, Snapshot, Stretch, VisitedRecord } from './log.ts'
import { LogReplay } from './log-replay.ts'
import { LogWriter } from './log-writer.ts'
import * as record from './record.ts'
import type { Recovered } from './recovery.ts'
import { scattered } from './scattered.ts'
import { SegmentList } from './segment-list.ts'
import { SegmentReader } from './segment-reader.ts'
import { FIRST_BYTES, SegmentSupply } from './segment-supply.ts'
import { SnapshotFiles } from './snapshot.ts'
import { isSystemError } from './storage-fault.ts'
import { readStretch } from './stretch.ts'

/** Records that are read at the same time. */
const TOGETHER_MAX = 256

export interface JournalOptions {
  readonly name: string
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly space: DiskSpace
  readonly segmentBytes: number
  /** Told of every I/O error; stops every log of the store. */
  readonly onFault: (error: Error) => void
  readonly onDamage: (damage: Damage) => void
  readonly onFull: (full: boolean) => void
}

/** A log in segment files. */
export class Journal implements Log {
  readonly name: string
  readonly #options: JournalOptions
  readonly #segments: SegmentList
  readonly #supply: SegmentSupply
  readonly #writer: LogWriter
  readonly #reader: SegmentReader
  readonly #indexes: IndexFiles
  readonly #snapshots: SnapshotFiles
  #fault: Error | undefined
  #closed = false
  onDurable: ((durable: Position) => void) | undefined = undefined

  constructor(options: JournalOptions, recovered: Recovered) {
    this.#options = options
    this.name = options.name
    const { disk, directory, logger } = options
    const onFault = (error: Error) => options.onFault(error)
    this.#segments = new SegmentList(recovered.segments)
    this.#reader = new SegmentReader(disk, directory)
    this.#indexes = new IndexFiles({ disk, directory, logger, onFault }, recovered.indexes)
    this.#snapshots = new SnapshotFiles({ ...options, log: options.name }, recovered.snapshots)
    const { segmentBytes } = options
    const appender = new Appender({
      next: { ...recovered.next, size: Math.min(FIRST_BYTES, segmentBytes) },
      sizeAfter: (previous) => this.#supply.sizeAfter(previous),
    })
    const { spares, reserve } = recovered
    this.#supply = new SegmentSupply({
      ...options,
      spares,
      reserve,
      plan: appender,
      bytesFound: this.#segments.bytesHeld,
      onChange: () => this.#writer.pump(),
    })
    this.#writer = new LogWriter({
      ...options,
      segments: this.#segments,
      supply: this.#supply,
      indexes: this.#indexes,
      appender,
      onDurable: (durable) => this.onDurable?.(durable),
    })
  }

  get end(): Position {
    return this.#writer.end
  }

  get durable(): Position {
    return this.#writer.durable
  }

  get start(): Position {
    return this.#segments.first?.start ?? this.#writer.origin
  }

  get pendingBytes(): number {
    return this.#writer.end - this.#writer.durable
  }

  get bytesHeld(): number {
    return this.#segments.bytesHeld + this.#supply.bytesHeld + this.#snapshots.bytesHeld + this.#indexes.bytesHeld
  }

  /** Whether what is appended has to wait for space on the disk. */
  get full(): boolean {
    return this.#supply.full
  }

  get isShort(): boolean {
    return this.#options.space.isShort
  }

  get bytesLeft(): number {
    return this.#options.space.left
  }

  /** Space on the disk is short: gives back what is kept for later. */
  relinquish(): void {
    this.#supply.relinquish()
    this.#writer.relinquish()
  }

  reserve(type: number, headerSize: number, bodySize: number): Reservation {
    return this.#writer.reserve(type, headerSize, bodySize)
  }

  commit(): void {
    this.#writer.commit()
  }

  flush(): Promise<void> {
    return this.#writer.flush()
  }

  /** Nothing becomes durable any more; who waits is told. */
  stop(fault: Error): void {
    if (this.#fault !== undefined) return
    this.#fault = fault
    this.#supply.stop()
    this.#indexes.stop()
    this.#writer.stop(fault)
  }

  async replay(from: Position, options: { bodies: boolean }, visit: (record: VisitedRecord) => void): Promise<void> {
    await this.flush()
    const { disk, directory } = this.#options
    const report = (start: Position, end: Position, reason: string) => this.#report(start, end, reason)
    const segments = this.#segments
    const replay = new LogReplay({ disk, directory, segments, indexes: this.#indexes, visit, report })
    await this.#faulting(replay.run({ from, through: this.#writer.durable, bodies: options.bodies }))
  }

  /** What the system refuses here is the store's to tell; what a visitor throws is not. */
  async #faulting<T>(reading: Promise<T>): Promise<T> {
    return await reading.catch((error: Error) => {
      if (isSystemError(error) && !this.#closed) this.#options.onFault(error)
      throw error
    })
  }

  #report(from: Position, to: Position, reason: string): void {
    this.#options.onDamage({ log: this.name, from, to, reason })
  }

  cached(position: Position): LogRecord | undefined {
    if (position >= this.#writer.durable) return this.#writer.inMemory(position)
    const segment = this.#segments.at(position)
    return segment === undefined ? undefined : this.#reader.cached(segment, position)
  }

  /** Most come from a block at hand, without waiting; those that are far from all others are read at once, each alone. */
  async readMany(positions: readonly Position[]): Promise<(LogRecord | undefined)[]> {
    const records: (LogRecord | undefined)[] = []
    for (let from = 0; from < positions.length; from += TOGETHER_MAX) {
      const together = positions.slice(from, from + TOGETHER_MAX)
      const alone = this.#readAlone(scattered(together))
      for (const position of together) {
        records.push(this.cached(position) ?? (await alone.get(position)) ?? (await this.read(position)))
      }
    }
    return records
  }

  /** What cannot be read this way is undefined: `read` knows why. */
  #readAlone(positions: readonly Position[]): ReadonlyMap<Position, Promise<LogRecord | undefined>> {
    const reads = new Map<Position, Promise<LogRecord | undefined>>()
    const { durable } = this.#writer
    for (const position of positions) {
      const segment = position < durable ? this.#segments.at(position) : undefined
      if (segment === undefined || this.cached(position) !== undefined) continue
      const reading = this.#reader.readAlone(segment, position, durable)
      reads.set(
        position,
        reading.catch(() => undefined),
      )
    }
    return reads
  }

  async read(position: Position): Promise<LogRecord | undefined> {
    const cached = this.cached(position)
    if (cached !== undefined) return cached
    const { durable } = this.#writer
    const segment = position < durable ? this.#segments.at(position) : undefined
    if (segment === undefined) return undefined
    try {
      const found = await this.#reader.read(segment, position, durable)
      if (found === undefined && position >= this.start) {
        this.#report(position, position + record.HEAD_SIZE, 'the record did not verify when it was read')
      }
      return found
    } catch (error) {
      // Its file went because it was trimmed.
      if (this.#closed || !this.#segments.includes(segment)) return undefined
      this.#options.onFault(error as Error)
      throw error
    }
  }

  async readOn(from: Position, bytes: number): Promise<Stretch> {
    try {
      const report = (start: Position, end: Position, reason: string) => this.#report(start, end, reason)
      const source = { segments: this.#segments, reader: this.#reader, durable: this.#writer.durable, report }
      return await readStretch(source, from, bytes)
    } catch (error) {
      if (this.#closed) return { records: [], next: from }
      this.#options.onFault(error as Error)
      throw error
    }
  }

  startAfterTrim(before: Position): Position {
    return this.#segments.startAfter(Math.min(before, this.#snapshots.neededFrom)) ?? this.start
  }

  trim(before: Position): void {
    if (this.#fault !== undefined) return
    const limit = Math.min(before, this.#snapshots.neededFrom)
    for (let gone = this.#segments.shiftBefore(limit); gone !== undefined; gone = this.#segments.shiftBefore(limit)) {
      this.#reader.forget(gone)
      this.#indexes.remove(gone)
      void this.#supply.recycle(gone)
    }
    if (this.isShort && limit >= this.durable) this.#writer.abandon()
  }

  async saveSnapshot(snapshot: Snapshot): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault
    try {
      await this.#snapshots.save(snapshot)
      // A sync after one that failed proves nothing.
      if (this.#fault !== undefined) throw this.#fault
    } catch (error) {
      if (!isOutOfSpace(error)) this.#options.onFault(error as Error)
      throw error
    }
  }

  loadSnapshot(): Promise<Snapshot | undefined> {
    return this.#faulting(this.#snapshots.load())
  }

  /** The log goes: nothing of it becomes durable any more. Resolves when its files are closed. */
  async discard(): Promise<void> {
    this.stop(new Error(`the log ${this.name} was removed`))
    await this.close()
  }

  /** Writes what is pending, seals the last segment and notes that all of it is on disk. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#snapshots.settle()
    await this.#writer.close()
    await this.#supply.close()
    await this.#indexes.close()
    await this.#segments.last?.file?.close().catch(() => undefined)
    await this.#reader.close()
  }
}
