import type { Clock, Timer } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { type Disk, type DiskFile, isOutOfSpace } from './disk.ts'
import type { DiskSpace } from './disk-space.ts'
import { DATA_OFFSET, type Segment } from './segment.ts'
import { type PreparedFile, SegmentFiles, type Spare } from './segment-files.ts'

/** Files of trimmed segments kept for reuse. */
const SPARES_MAX = 4
/** A new log begins small and prepares the next segment this many times larger. */
const GROWTH = 4
export const FIRST_BYTES = 64 * 1024
/** The smallest step in which space is taken, and the reserve, as parts of a segment. */
const STEP_PART = 1 / 64
const RESERVE_PART = 1 / 4
const STEP_BYTES_MIN = 4 * DATA_OFFSET
/** How long to wait before space is looked for again on a full disk. */
const RETRY_MILLISECONDS = 500

/** What is known of segments to come by whoever lays out their records. */
export interface SegmentPlan {
  /** Bytes that its file must have, by what is laid out in it so far. */
  leastBytes(number: number): number
  /** Bytes that its file should have. */
  bytesOf(number: number): number
  /** Bytes that are of use to it: nothing is laid out any more in one that has ended. */
  mostBytes(number: number): number
  /** Its file has so many bytes: from now on no more are laid out in it. */
  limit(number: number, bytes: number): void
}

export interface SegmentSupplyOptions {
  readonly disk: Disk
  readonly directory: string
  readonly clock: Clock
  readonly logger: Logger
  readonly space: DiskSpace
  readonly segmentBytes: number
  readonly plan: SegmentPlan
  readonly spares: readonly Spare[]
  readonly reserve: Spare | undefined
  /** Bytes of the log's segments at start. */
  readonly bytesFound: number
  /** Something was prepared, or space was found again: whoever waits looks again. */
  readonly onChange: () => void
  readonly onFull: (full: boolean) => void
  readonly onFault: (error: Error) => void
}

/**
 * Prepares the files of the segments to come in the background: written with zeros, or recycled, so that
 * a commit never allocates. A full disk is no fault: what waits for space goes on when there is some. For that
 * case a reserve is kept. It holds what must be written so that space can be given back: settlements, notes, and
 * what had been published before publishers could be told.
 */
export class SegmentSupply {
  readonly #options: SegmentSupplyOptions
  readonly #files: SegmentFiles
  /** The smallest file that is prepared. */
  readonly stepBytes: number
  readonly #reserveBytes: number
  #spares: Spare[]
  #reserve: Spare | undefined
  /** A log does without until it is larger. */
  #isReserveDue: boolean
  #prepared: PreparedFile | undefined
  /** The number of the segment asked for, until it is prepared. */
  #wanted: number | undefined
  /** Changes of the directory happen one after the other. */
  #jobs: Promise<void> = Promise.resolve()
  #working = false
  #retry: Timer | undefined
  #full = false
  #stopped = false

  constructor(options: SegmentSupplyOptions) {
    this.#options = options
    const { disk, directory, segmentBytes } = options
    this.#files = new SegmentFiles(disk, directory)
    this.#spares = [...options.spares]
    this.#reserve = options.reserve
    this.stepBytes = Math.min(segmentBytes, Math.max(STEP_BYTES_MIN, pages(segmentBytes * STEP_PART)))
    this.#reserveBytes = Math.max(this.stepBytes, pages(segmentBytes * RESERVE_PART))
    this.#isReserveDue = options.reserve !== undefined || options.bytesFound >= this.#reserveBytes
  }

  /** Whether the disk refused space for the next segment, or for the reserve. */
  get full(): boolean {
    return this.#full
  }

  get bytesHeld(): number {
    const others = (this.#prepared?.bytes ?? 0) + (this.#reserve?.bytes ?? 0)
    return this.#spares.reduce((sum, spare) => sum + spare.bytes, others)
  }

  /** Bytes of the file that is prepared for a segment; 0 for none. */
  bytesFor(number: number): number {
    return this.#prepared?.number === number ? this.#prepared.bytes : 0
  }

  /** How large the segment behind one of `previous` addresses should be, if there is space; 0 for the first. */
  sizeAfter(previous: number): number {
    const { segmentBytes } = this.#options
    if (this.#spares.length > 0) return segmentBytes
    return Math.min(segmentBytes, previous === 0 ? FIRST_BYTES : previous * GROWTH)
  }

  /** Starts preparing a segment's file, unless it is prepared. */
  want(number: number): void {
    if (this.#isPrepared(number) || this.#wanted === number) return
    this.#wanted = number
    this.#work()
  }

  /** The prepared file of this segment, now the caller's; undefined when it is not ready. */
  take(number: number): PreparedFile | undefined {
    if (!this.#isPrepared(number)) return undefined
    const prepared = this.#prepared!
    this.#prepared = undefined
    if (2 * prepared.bytes >= this.#reserveBytes) this.#isReserveDue = true
    return prepared
  }

  /** Keeps a trimmed segment's file for its space, or removes it. Resolves when that is on disk. */
  recycle(segment: Segment): Promise<void> {
    return this.#job(async () => {
      const { space, segmentBytes } = this.#options
      const isWhole = segment.bytesHeld === segmentBytes && this.#spares.length < SPARES_MAX
      // What others need, too, is not given back on a full disk before this log has what it needs.
      if (this.#full ? segment.bytesHeld >= this.stepBytes : isWhole && !space.isShort) {
        await this.#keep(segment)
      } else await this.#files.remove(segment.fileName)
      await space.look()
      if (this.#full) this.#work()
    })
  }

  /** Less is left on the disk than should be: gives back what is kept for later. */
  relinquish(): void {
    if (this.#working || this.#stopped || this.#full) return
    const excess = this.#prepared === undefined ? 0 : this.#prepared.bytes - this.leanBytes(this.#prepared.number)
    if (this.#spares.length === 0 && excess < this.stepBytes) return
    this.#working = true
    void this.#job(async () => {
      await this.#dropSpares(() => true)
      await this.#shrinkPrepared()
      await this.#options.space.look()
      this.#working = false
      this.#work()
    })
  }

  /** Bytes that the file of a segment comes down to when space is short. */
  leanBytes(number: number): number {
    return Math.max(this.stepBytes, pages(this.#options.plan.leastBytes(number)))
  }

  /** Cuts the file of a segment that is still written, and so gives its end back. */
  shrink(file: DiskFile, bytes: number): void {
    void this.#job(async () => {
      await file.truncate(bytes)
      await this.#options.space.look()
    })
  }

  /** Resolves when what is under way is done. */
  async settle(): Promise<void> {
    await this.#jobs
  }

  /** Closes a file when what is under way is done; its content is on disk. */
  closeFile(file: DiskFile): void {
    this.#jobs = this.#jobs.then(() => file.close()).catch(() => undefined)
  }

  /** Changes nothing any more, after a fault or at the end. */
  stop(): void {
    this.#stopped = true
    this.#retry?.cancel()
  }

  /** Resolves when what is under way is done; nothing is prepared any more. */
  async close(): Promise<void> {
    this.#wanted = undefined
    this.#isReserveDue = false
    await this.#jobs
    this.stop()
    // Nothing was written to it, or all of it is on disk.
    await this.#prepared?.file.close().catch(() => undefined)
    this.#prepared = undefined
  }

  #isPrepared(number: number): boolean {
    const prepared = this.#prepared
    return prepared?.number === number && prepared.bytes >= this.#options.plan.leastBytes(number)
  }

  /** Runs a task after those before it; its failure is the store's, and no later one is run then. */
  #job(task: () => Promise<void>): Promise<void> {
    this.#jobs = this.#jobs
      .then(() => (this.#stopped ? undefined : task()))
      .catch((error: Error) => {
        this.stop()
        this.#options.onFault(error)
      })
    return this.#jobs
  }

  #work(): void {
    if (this.#working || this.#stopped) return
    this.#working = true
    this.#retry?.cancel()
    void this.#job(async () => {
      try {
        await this.#advance()
        this.#setFull(false)
      } catch (error) {
        if (!isOutOfSpace(error)) throw error
        this.#setFull(true)
      } finally {
        this.#working = false
      }
      // Asked for when all but the last was done.
      if (this.#wanted !== undefined && !this.#full) this.#work()
      this.#options.onChange()
    })
  }

  /** First the next segment, then the reserve, then order. */
  async #advance(): Promise<void> {
    const { space, segmentBytes } = this.#options
    while (!this.#stopped) {
      if (this.#wanted !== undefined) await this.#prepare(this.#wanted)
      else if (this.#isReserveDue && !this.#isReserveWhole) await this.#restoreReserve()
      else break
    }
    await this.#dropSpares((spare) => space.isShort || spare.bytes !== segmentBytes)
    await space.look()
  }

  async #prepare(number: number): Promise<void> {
    const { space, plan } = this.#options
    await space.look()
    const before = this.#prepared
    if (before?.number === number) {
      // A record that needs a segment of its own size came after its file was prepared. It stays the prepared one
      // until it has grown; `take` refuses it as too small.
      const bytes = pages(plan.bytesOf(number))
      plan.limit(number, bytes)
      if (bytes > before.bytes) this.#prepared = await this.#enlarge(before, bytes)
    } else this.#prepared = (await this.#reuse(number)) ?? (await this.#create(number))
    if (this.#wanted === number) this.#wanted = undefined
  }

  async #reuse(number: number): Promise<PreparedFile | undefined> {
    const least = Math.max(this.#options.plan.leastBytes(number), this.stepBytes)
    const spare = this.#spares.find((one) => one.bytes >= least)
    if (spare === undefined) return undefined
    const prepared = await this.#convert(number, spare)
    this.#spares = this.#spares.filter((one) => one !== spare)
    return prepared
  }

  async #create(number: number): Promise<PreparedFile> {
    const { plan, space } = this.#options
    const most = Math.max(this.stepBytes, space.step)
    const bytes = pages(Math.max(plan.leastBytes(number), Math.min(plan.bytesOf(number), most)))
    plan.limit(number, bytes)
    return await this.#files.create(number, bytes).catch((error) => this.#fromReserve(number, error))
  }

  async #enlarge(before: PreparedFile, bytes: number): Promise<PreparedFile> {
    return await this.#files.enlarge(before, bytes).catch(async (error) => {
      const prepared = await this.#fromReserve(before.number, error)
      // Its name is the other's now.
      await before.file.close()
      return prepared
    })
  }

  /** There was no space for a file: makes it of the reserve. */
  async #fromReserve(number: number, error: unknown): Promise<PreparedFile> {
    const reserve = this.#reserve
    if (!isOutOfSpace(error) || reserve === undefined) throw error
    if (reserve.bytes < this.#options.plan.leastBytes(number)) throw error
    const prepared = await this.#convert(number, reserve)
    this.#reserve = undefined
    return await this.#cut(prepared)
  }

  async #convert(number: number, spare: Spare): Promise<PreparedFile> {
    this.#options.plan.limit(number, spare.bytes)
    return await this.#files.reuse(number, spare)
  }

  /** What a segment that was laid out already cannot use of its file is given back, for the ones behind it. */
  async #cut(prepared: PreparedFile): Promise<PreparedFile> {
    const bytes = pages(this.#options.plan.mostBytes(prepared.number))
    if (prepared.bytes - bytes < this.stepBytes) return prepared
    await prepared.file.truncate(bytes)
    return { ...prepared, bytes }
  }

  get #isReserveWhole(): boolean {
    return this.#reserve !== undefined && this.#reserve.bytes >= this.#reserveBytes
  }

  /** A part of it is better than nothing, and not enough. */
  async #restoreReserve(): Promise<void> {
    const spare = this.#spares.find((one) => one.bytes >= this.#reserveBytes)
    if (spare !== undefined) {
      this.#reserve = await this.#files.reserveOf(spare, this.#reserveBytes)
      this.#spares = this.#spares.filter((one) => one !== spare)
      return
    }
    // Small ones are in its way when the disk is full.
    if (this.#full) await this.#dropSpares(() => true)
    await this.#options.space.look()
    const before = this.#reserve?.bytes ?? 0
    const left = Math.floor(this.#options.space.left / DATA_OFFSET) * DATA_OFFSET
    const bytes = Math.min(this.#reserveBytes, before + left)
    if (bytes - before >= this.stepBytes) {
      this.#reserve = await (this.#reserve === undefined
        ? this.#files.createReserve(bytes)
        : this.#files.enlargeReserve(this.#reserve, bytes))
    }
    if (!this.#isReserveWhole) throw Object.assign(new Error('no space for the reserve'), { code: 'ENOSPC' })
  }

  /** A name, too, may find no space. */
  async #keep(segment: Segment): Promise<void> {
    try {
      this.#spares.push(await this.#files.spare(segment))
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      await this.#files.remove(segment.fileName)
    }
  }

  async #shrinkPrepared(): Promise<void> {
    const prepared = this.#prepared
    if (prepared === undefined) return
    const bytes = this.leanBytes(prepared.number)
    if (bytes >= prepared.bytes) return
    this.#options.plan.limit(prepared.number, bytes)
    // Nobody gets it meanwhile.
    this.#prepared = undefined
    await prepared.file.truncate(bytes)
    this.#prepared = { ...prepared, bytes }
  }

  async #dropSpares(isDropped: (spare: Spare) => boolean): Promise<void> {
    const dropped = this.#spares.filter(isDropped)
    if (dropped.length === 0) return
    this.#spares = this.#spares.filter((spare) => !dropped.includes(spare))
    await this.#files.remove(...dropped.map(({ name }) => name))
  }

  #setFull(full: boolean): void {
    const { clock, logger, directory } = this.#options
    if (full) this.#retry = clock.after(RETRY_MILLISECONDS, () => this.#work())
    if (full === this.#full) return
    this.#full = full
    if (full) logger.warning(`no space on the disk of ${directory}: what is appended waits`)
    else logger.notice(`there is space again on the disk of ${directory}`)
    this.#options.onFull(full)
  }
}

/** Whole pages. */
function pages(bytes: number): number {
  return Math.ceil(bytes / DATA_OFFSET) * DATA_OFFSET
}
