import type { Clock, Timer } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { type Disk, type DiskFile, errorCode, writeFully } from './disk.ts'
import { type Segment, segmentName, spareName } from './segment.ts'

/** Files of trimmed segments kept for reuse. */
const SPARES_MAX = 4
/** A new log begins small and prepares the next segment this many times larger. */
const GROWTH = 4
const FIRST_BYTES = 64 * 1024
const ZEROS_BYTES = 1024 * 1024
/** How long to wait before space is looked for again on a full disk. */
const RETRY_MILLISECONDS = 1000

/** A file that is pre-written and in place under the name of the segment it will hold. */
export interface PreparedFile {
  readonly number: number
  readonly bytes: number
  readonly file: DiskFile
}

/** A file of no segment whose space can be used again. */
export interface Spare {
  readonly name: string
  readonly bytes: number
}

export interface SegmentSupplyOptions {
  readonly disk: Disk
  readonly directory: string
  readonly clock: Clock
  readonly logger: Logger
  readonly segmentBytes: number
  readonly spares: readonly Spare[]
  /** Something was prepared, or space was found again: whoever waits looks again. */
  readonly onChange: () => void
  readonly onFull: (full: boolean) => void
  readonly onFault: (error: Error) => void
}

/**
 * Prepares the files of the segments to come in the background: written with zeros, or recycled, so that
 * a commit never allocates. A full disk is no fault: what waits for space goes on when there is some.
 */
export class SegmentSupply {
  readonly #options: SegmentSupplyOptions
  #spares: Spare[]
  #prepared: PreparedFile | undefined
  /** The segment asked for, until it is prepared. */
  #wanted: { readonly number: number; readonly bytes: number } | undefined
  /** Changes of the directory happen one after the other. */
  #jobs: Promise<void> = Promise.resolve()
  #working = false
  #retry: Timer | undefined
  #full = false
  #stopped = false

  constructor(options: SegmentSupplyOptions) {
    this.#options = options
    this.#spares = [...options.spares]
  }

  /** Whether the disk refused space for the next segment. */
  get full(): boolean {
    return this.#full
  }

  get bytesHeld(): number {
    return this.#spares.reduce((sum, spare) => sum + spare.bytes, this.#prepared?.bytes ?? 0)
  }

  /** How large the segment behind one of `previous` addresses should be; 0 for the first. */
  sizeAfter(previous: number): number {
    const { segmentBytes } = this.#options
    if (this.#spares.length > 0) return segmentBytes
    return Math.min(segmentBytes, previous === 0 ? FIRST_BYTES : previous * GROWTH)
  }

  /** Starts preparing a segment's file, unless it is prepared. */
  want(number: number, bytes: number): void {
    if (this.#prepared !== undefined && this.#prepared.number === number && this.#prepared.bytes >= bytes) return
    if (this.#wanted?.number === number && this.#wanted.bytes >= bytes) return
    this.#wanted = { number, bytes }
    this.#work()
  }

  /** The prepared file of this segment, now the caller's; undefined when it is not ready. */
  take(number: number, bytes: number): PreparedFile | undefined {
    const prepared = this.#prepared
    if (prepared === undefined || this.#working || prepared.number !== number || prepared.bytes < bytes) {
      return undefined
    }
    this.#prepared = undefined
    return prepared
  }

  /** Makes a trimmed segment's file a spare, or removes it. Resolves when that is on disk. */
  recycle(segment: Segment): Promise<void> {
    return this.#job(async () => {
      const { disk, directory, segmentBytes } = this.#options
      const keep = segment.bytesHeld === segmentBytes && this.#spares.length < SPARES_MAX
      const spare = { name: spareName(segment.number), bytes: segment.bytesHeld }
      if (keep) await disk.rename(`${directory}/${segment.fileName}`, `${directory}/${spare.name}`)
      else await disk.remove(`${directory}/${segment.fileName}`)
      await disk.syncDirectory(directory)
      if (keep) this.#spares.push(spare)
      if (this.#full) this.#work()
    })
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
    await this.#jobs
    this.stop()
    // Nothing was written to it, or all of it is on disk.
    await this.#prepared?.file.close().catch(() => undefined)
    this.#prepared = undefined
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
        while (this.#wanted !== undefined && !this.#stopped) await this.#prepare(this.#wanted)
        this.#setFull(false)
      } catch (error) {
        if (errorCode(error) !== 'ENOSPC' && errorCode(error) !== 'EDQUOT') throw error
        this.#setFull(true)
      } finally {
        this.#working = false
      }
      this.#options.onChange()
    })
  }

  async #prepare(wanted: { readonly number: number; readonly bytes: number }): Promise<void> {
    const before = this.#prepared
    this.#prepared = undefined
    let prepared: PreparedFile
    if (before !== undefined && before.number === wanted.number) prepared = await this.#enlarge(before, wanted.bytes)
    else prepared = (await this.#reuse(wanted)) ?? (await this.#create(wanted))
    this.#prepared = prepared
    if (this.#wanted === wanted) this.#wanted = undefined
  }

  /** A record that needs a segment of its own size came after its file was prepared. */
  async #enlarge(prepared: PreparedFile, bytes: number): Promise<PreparedFile> {
    // It stays the prepared one until it has grown; `take` refuses it as too small.
    this.#prepared = prepared
    await this.#fill(prepared.file, prepared.bytes, bytes)
    return { ...prepared, bytes }
  }

  async #reuse(wanted: { readonly number: number; readonly bytes: number }): Promise<PreparedFile | undefined> {
    const { disk, directory } = this.#options
    const index = this.#spares.findIndex((spare) => spare.bytes >= wanted.bytes)
    if (index < 0) return undefined
    const [spare] = this.#spares.splice(index, 1)
    const path = `${directory}/${segmentName(wanted.number)}`
    await disk.rename(`${directory}/${spare!.name}`, path)
    await disk.syncDirectory(directory)
    return { number: wanted.number, bytes: spare!.bytes, file: await disk.open(path, 'durable') }
  }

  async #create(wanted: { readonly number: number; readonly bytes: number }): Promise<PreparedFile> {
    const { disk, directory } = this.#options
    const path = `${directory}/${segmentName(wanted.number)}`
    const file = await disk.open(`${path}.tmp`, 'create')
    try {
      await this.#fill(file, 0, wanted.bytes)
    } catch (error) {
      await file.close()
      await disk.remove(`${path}.tmp`)
      throw error
    }
    await file.close()
    await disk.rename(`${path}.tmp`, path)
    await disk.syncDirectory(directory)
    return { number: wanted.number, bytes: wanted.bytes, file: await disk.open(path, 'durable') }
  }

  async #fill(file: DiskFile, from: number, to: number): Promise<void> {
    const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, to - from))
    for (let at = from; at < to; at += zeros.length) await writeFully(file, zeros.subarray(0, to - at), at)
    await file.sync()
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
