import type { Disk } from './disk.ts'

export interface DiskSpaceOptions {
  readonly disk: Disk
  readonly directory: string
  /** Bytes that are to stay free; near that, space is taken in small steps. */
  readonly freeBytesMin: number
  /** Called in a turn of its own after what is left has changed. */
  readonly onChange: () => void
}

/** The largest part of what is left that is taken in one step. */
const STEP_PART = 1 / 4

/**
 * What is left of the disk of a store: what was free at the last look, less what was appended since and has no
 * file yet. So a limit is noticed before it is passed, and nobody has to ask the disk all the time.
 */
export class DiskSpace {
  readonly #options: DiskSpaceOptions
  /** A disk that cannot be asked counts as endless: writing to it will tell. */
  #free = Number.POSITIVE_INFINITY
  readonly #claims = new Map<object, number>()
  #claimed = 0
  #telling = false

  constructor(options: DiskSpaceOptions) {
    this.#options = options
  }

  /** Bytes left; below 0 when more was appended than there is room for. */
  get left(): number {
    return this.#free - this.#claimed
  }

  /** Less is left than is to stay free: what can be given back should be. */
  get isShort(): boolean {
    return this.left < this.#options.freeBytesMin
  }

  /** The most to take at once, so that the limit is met and not jumped over. */
  get step(): number {
    return Math.max(0, (this.left - this.#options.freeBytesMin) * STEP_PART)
  }

  /** Says how much of what somebody appended has no file. */
  claim(owner: object, bytes: number): void {
    const before = this.#claims.get(owner) ?? 0
    if (bytes === before) return
    this.#claims.set(owner, bytes)
    this.#claimed += bytes - before
    this.#tell()
  }

  /** Asks the disk. */
  async look(): Promise<void> {
    const { disk, directory } = this.#options
    const free = await disk.freeBytes(directory).catch(() => this.#free)
    if (free === this.#free) return
    this.#free = free
    this.#tell()
  }

  /** Later: a listener may append, and whoever claims is in the middle of that. */
  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    void Promise.resolve().then(() => {
      this.#telling = false
      this.#options.onChange()
    })
  }
}
