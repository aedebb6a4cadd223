import { type Disk, type DiskFile, writeFully } from './disk.ts'
import { type Segment, segmentName, spareName } from './segment.ts'

const ZEROS_BYTES = 1024 * 1024

/** The file kept for when the disk is full. */
export const reserveName = 'reserve'

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

/** Makes files of zeros and changes names in the directory of a log. What resolves is on disk. */
export class SegmentFiles {
  readonly #disk: Disk
  readonly #directory: string

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /** A new file for a segment. */
  async create(number: number, bytes: number): Promise<PreparedFile> {
    await this.#make(segmentName(number), bytes)
    return await this.#open(number, bytes)
  }

  /** A file for a segment out of one that is there already. */
  async reuse(number: number, spare: Spare): Promise<PreparedFile> {
    await this.#rename(spare.name, segmentName(number))
    return await this.#open(number, spare.bytes)
  }

  /** Appends zeros up to a size. */
  async enlarge({ number, bytes: before, file }: PreparedFile, bytes: number): Promise<PreparedFile> {
    await fill(file, before, bytes)
    return { number, bytes, file }
  }

  /** A new reserve. */
  async createReserve(bytes: number): Promise<Spare> {
    await this.#make(reserveName, bytes)
    return { name: reserveName, bytes }
  }

  async enlargeReserve({ name, bytes: before }: Spare, bytes: number): Promise<Spare> {
    const file = await this.#disk.open(this.#path(name), 'durable')
    try {
      await fill(file, before, bytes)
    } finally {
      await file.close()
    }
    return { name, bytes }
  }

  /** A reserve of a file that is there already; what is too much of it is given back. */
  async reserveOf(spare: Spare, bytes: number): Promise<Spare> {
    await this.#rename(spare.name, reserveName)
    const file = await this.#disk.open(this.#path(reserveName), 'durable')
    try {
      await file.truncate(bytes)
    } finally {
      await file.close()
    }
    return { name: reserveName, bytes }
  }

  /** Keeps the file of a segment that is needed no more. */
  async spare(segment: Segment): Promise<Spare> {
    const name = spareName(segment.number)
    await this.#rename(segment.fileName, name)
    return { name, bytes: segment.bytesHeld }
  }

  async #rename(from: string, to: string): Promise<void> {
    await this.#disk.rename(this.#path(from), this.#path(to))
    await this.#disk.syncDirectory(this.#directory)
  }

  async remove(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#disk.remove(this.#path(name))
    await this.#disk.syncDirectory(this.#directory)
  }

  /** Nothing is there under the name until all of it is. */
  async #make(name: string, bytes: number): Promise<void> {
    const temporary = `${this.#path(name)}.tmp`
    const file = await this.#disk.open(temporary, 'create')
    try {
      await fill(file, 0, bytes)
    } catch (error) {
      await file.close()
      await this.#disk.remove(temporary)
      throw error
    }
    await file.close()
    await this.#rename(`${name}.tmp`, name)
  }

  async #open(number: number, bytes: number): Promise<PreparedFile> {
    return { number, bytes, file: await this.#disk.open(this.#path(segmentName(number)), 'durable') }
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`
  }
}

async function fill(file: DiskFile, from: number, to: number): Promise<void> {
  const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, to - from))
  for (let at = from; at < to; at += zeros.length) await writeFully(file, zeros.subarray(0, to - at), at)
  await file.sync()
}
