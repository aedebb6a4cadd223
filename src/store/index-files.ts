import type { Logger } from '../std/logger.ts'
import { type Disk, isOutOfSpace, writeNew } from './disk.ts'
import type { IndexContent } from './replay.ts'
import type { Segment } from './segment.ts'
import { IndexReader, indexName, type SegmentIndex } from './segment-index.ts'

/**
 * Sealed segments whose indexes are held back: what is consumed as quickly as it comes is trimmed before its
 * index is written, and a start that has to scan so few takes no longer for it.
 */
const HELD_BACK = 2
/** On a disk that is slow, segments beyond so many go without: a start will read them. */
const WRITING_MAX = 4

export interface IndexFilesOptions {
  readonly disk: Disk
  readonly directory: string
  readonly logger: Logger
  readonly onFault: (error: Error) => void
}

/** An index to be written. */
interface Sealed extends IndexContent {
  readonly segment: Segment
}

/** The index files of a log, written in the background. */
export class IndexFiles {
  readonly #options: IndexFilesOptions
  readonly #reader: IndexReader
  /** Numbers of segments that have an index on disk. */
  readonly #present: Set<number>
  readonly #bytes = new Map<number, number>()
  #waiting: Sealed[] = []
  /** One change after the other. */
  #jobs: Promise<void> = Promise.resolve()
  #writing = 0
  #stopped = false

  constructor(options: IndexFilesOptions, found: Iterable<number>) {
    this.#options = options
    this.#reader = new IndexReader(options.disk, options.directory)
    this.#present = new Set(found)
  }

  get bytesHeld(): number {
    let sum = 0
    for (const bytes of this.#bytes.values()) sum += bytes
    return sum
  }

  has(segment: Segment): boolean {
    return this.#present.has(segment.number)
  }

  /** The index of a sealed segment; undefined when the segment itself has to be read. */
  async read(segment: Segment): Promise<SegmentIndex | undefined> {
    if (!this.#present.has(segment.number)) return undefined
    const index = await this.#reader.read(segment)
    if (index === undefined) this.#present.delete(segment.number)
    else this.#bytes.set(segment.number, index.bytes)
    return index
  }

  /** A segment was sealed, and all of it is durable. */
  sealed(sealed: Sealed): void {
    this.#waiting.push(sealed)
    while (this.#waiting.length > HELD_BACK) {
      const oldest = this.#waiting.shift()!
      if (this.#writing < WRITING_MAX) void this.save(oldest)
    }
  }

  /** Writes the index of a segment. Resolves when it is in place, or when it was found not worth it. */
  save(sealed: Sealed): Promise<void> {
    const bytes = sealed.builder.finish(sealed.segment, sealed.end)
    if (bytes === undefined) return Promise.resolve()
    this.#writing += 1
    return this.#job(async () => {
      await this.#write(sealed.segment.number, bytes)
      this.#writing -= 1
    })
  }

  /** A segment goes, and its index with it. */
  remove(segment: Segment): void {
    const { number } = segment
    this.#waiting = this.#waiting.filter((sealed) => sealed.segment.number !== number)
    void this.#job(async () => {
      if (!this.#present.delete(number)) return
      this.#bytes.delete(number)
      await this.#options.disk.remove(`${this.#options.directory}/${indexName(number)}`)
    })
  }

  /** Changes nothing any more, after a fault. */
  stop(): void {
    this.#stopped = true
    this.#waiting = []
  }

  /** Writes what was held back; resolves when nothing is under way. */
  async close(): Promise<void> {
    for (const sealed of this.#waiting.splice(0)) void this.save(sealed)
    await this.#jobs
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

  /** Its name need not be durable: a start does without. */
  async #write(number: number, bytes: Buffer): Promise<void> {
    const { disk, directory, logger } = this.#options
    const path = `${directory}/${indexName(number)}`
    try {
      await writeNew(disk, `${path}.tmp`, bytes)
      await disk.rename(`${path}.tmp`, path)
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      logger.debug(`no space for ${path}: the segment will be read instead`)
      await disk.remove(`${path}.tmp`)
      return
    }
    this.#present.add(number)
    this.#bytes.set(number, bytes.length)
  }
}
