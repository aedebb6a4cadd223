import { incompleteName, requireComplete, syncAncestors } from './data-directory.ts'
import { type Disk, type DiskFile, errorCode, writeFully } from './disk.ts'
import type { Position } from './log.ts'
import { sortNames } from './log-inspection.ts'
import { scanSegment } from './scan.ts'
import { readTolerantly } from './scan-window.ts'
import { DATA_OFFSET, readSegmentIdentity, Segment, segmentName, segmentPreambles } from './segment.ts'
import { indexName } from './segment-index.ts'
import { snapshotName } from './snapshot.ts'
import { StoreRefusal } from './store-refusal.ts'

const PIECE_BYTES = 1024 * 1024

export interface BackupOptions {
  readonly disk: Disk
  readonly from: string
  readonly to: string
  /** In the order in which they are copied: a log comes before those that its records rely on. */
  readonly logs: readonly string[]
  /** Bytes copied so far, and how many there were when it began. */
  onProgress?(copied: number, expected: number): void
  /** A stretch of a file that the disk could not give; the copy has zeros there. */
  onUnreadable?(path: string, from: number, to: number): void
}

/**
 * Copies a data directory that a broker may be using, without its help. What was durable in a log when its copy
 * began is in the copy; the copy of each log is a prefix of it, and starts like after a power cut.
 *
 * Segments are only appended to, so a copy from front to back is of a prefix: sealed ones whole, the last one up
 * to its last record that verifies. The log may give up its front meanwhile, after writing again what lives in it;
 * so a segment that is gone, or whose file was used again while it was read, takes those before it out of the copy,
 * and the copy goes on to where the log ends then. Snapshots come last: they contain what was given up for them.
 */
export async function backupStore(options: BackupOptions): Promise<number> {
  const { disk, from, to, logs } = options
  if (!(await disk.list(from)).includes('store')) {
    throw new StoreRefusal(`${from} is no data directory: it has no file 'store'`)
  }
  await requireComplete(disk, from)
  if ((await disk.list(to)).length > 0) throw new StoreRefusal(`${to} is not empty`)
  const copying = new Copying(options)
  for (const log of logs) copying.expected += await bytesOf(disk, `${from}/${log}`)
  await disk.makeDirectory(to)
  // Until it is gone, no broker opens the copy.
  await (await disk.open(`${to}/${incompleteName}`, 'create')).close()
  await disk.syncDirectory(to)
  await syncAncestors(disk, to)
  for (const log of logs) {
    await disk.makeDirectory(`${to}/${log}`)
    await new LogBackup(copying, { from: `${from}/${log}`, to: `${to}/${log}` }).run()
  }
  await copying.copyFile({ from: `${from}/store`, to: `${to}/store` })
  await disk.syncDirectory(to)
  await disk.remove(`${to}/${incompleteName}`)
  await disk.syncDirectory(to)
  return copying.copied
}

/** Bytes of a log's segments. */
async function bytesOf(disk: Disk, directory: string): Promise<number> {
  let bytes = 0
  for (const number of sortNames(await disk.list(directory)).segments) {
    const file = await openIfThere(disk, `${directory}/${segmentName(number)}`)
    if (file === undefined) continue
    bytes += await file.size()
    await file.close()
  }
  return bytes
}

interface Directories {
  readonly from: string
  readonly to: string
}

/** A segment that is in the copy. */
interface Copied {
  readonly number: number
  /** Undefined when its headers are damaged. */
  readonly end: Position | undefined
}

/** The copy of one log. */
class LogBackup {
  readonly #copying: Copying
  readonly #directories: Directories
  #copied: Copied[] = []
  /** Numbers of segments not looked at yet, as last listed. */
  #ahead: number[] = []
  /** The copy is complete with this segment: what lived in those that are gone was written again before its end. */
  #until: number | undefined

  constructor(copying: Copying, directories: Directories) {
    this.#copying = copying
    this.#directories = directories
  }

  async run(): Promise<void> {
    for (let isDone = false; !isDone; ) isDone = await this.#next()
    await this.#snapshots()
    await this.#copying.disk.syncDirectory(this.#directories.to)
  }

  /** Copies the next segment; true when there is no need for another. */
  async #next(): Promise<boolean> {
    const number = await this.#begun(0)
    if (number === undefined) return true
    this.#until ??= this.#ahead.at(-1)!
    // The one before another is complete.
    const isActive = (await this.#begun(1)) === undefined
    const file = await openIfThere(this.#copying.disk, this.#path(number))
    this.#ahead.shift()
    if (file === undefined) {
      await this.#drop()
      return false
    }
    try {
      return (await this.#copy(file, number, isActive)) && (isActive || number >= this.#until)
    } finally {
      await file.close()
    }
  }

  /** The number of the next segment, or the one after it. */
  async #begun(index: number): Promise<number | undefined> {
    if (this.#ahead.length <= index) await this.#list()
    while (this.#ahead.length > index && !(await this.#isBegun(this.#ahead[index]!))) this.#ahead.splice(index, 1)
    return this.#ahead[index]
  }

  async #list(): Promise<void> {
    const after = this.#copied.at(-1)?.number ?? 0
    const { segments } = sortNames(await this.#copying.disk.list(this.#directories.from))
    this.#ahead = segments.filter((number) => number > after)
  }

  /** Whether a file holds a segment of its own name; one that was only prepared does not. */
  async #isBegun(number: number): Promise<boolean> {
    const file = await openIfThere(this.#copying.disk, this.#path(number))
    // It was there a moment ago, so it was in use.
    if (file === undefined) return true
    try {
      const preambles = await readPreambles(file)
      return preambles.length === 0 ? await holdsRecords(file) : preambles.some((one) => one.number === number)
    } finally {
      await file.close()
    }
  }

  /** False when the file was used again while it was read. */
  async #copy(file: DiskFile, number: number, isActive: boolean): Promise<boolean> {
    const segment = (await readPreambles(file)).find((one) => one.number === number)
    await this.#dropGivenUp(segment)
    const size = isActive && segment !== undefined ? await endOfRecords(file, segment) : await file.size()
    const paths = this.#both(segmentName(number))
    await this.#copying.copy(file, paths, size)
    // A file that is used again gets its new header before anything else.
    if (segment !== undefined && !(await readPreambles(file)).some((one) => one.number === number)) {
      await this.#copying.disk.remove(paths.to)
      await this.#drop()
      return false
    }
    this.#copied.push({ number, end: segment?.end })
    if (!isActive) await this.#copying.copyFile(this.#both(indexName(number)))
    return true
  }

  /** A gap before a segment: the log has given up what was there, or it was missing all the time. */
  async #dropGivenUp(segment: Segment | undefined): Promise<void> {
    const before = this.#copied.at(-1)
    if (segment === undefined || before?.end === undefined || before.end === segment.base) return
    const names = await this.#copying.disk.list(this.#directories.from)
    if (!names.includes(segmentName(before.number))) await this.#drop()
  }

  /** The log has given up everything up to here. */
  async #drop(): Promise<void> {
    this.#until = undefined
    this.#ahead = []
    for (const { number } of this.#copied.splice(0)) {
      await this.#copying.disk.remove(`${this.#directories.to}/${segmentName(number)}`)
      await this.#copying.disk.remove(`${this.#directories.to}/${indexName(number)}`)
    }
  }

  async #snapshots(): Promise<void> {
    for (let copied = 0, found = 1; copied === 0 && found > 0; ) {
      const { snapshots } = sortNames(await this.#copying.disk.list(this.#directories.from))
      found = snapshots.length
      for (const through of snapshots) {
        if (await this.#copying.copyFile(this.#both(snapshotName(through)))) copied += 1
      }
    }
  }

  #path(number: number): string {
    return `${this.#directories.from}/${segmentName(number)}`
  }

  #both(name: string): Directories {
    return { from: `${this.#directories.from}/${name}`, to: `${this.#directories.to}/${name}` }
  }
}

async function readPreambles(file: DiskFile): Promise<Segment[]> {
  const bytes = Buffer.alloc(DATA_OFFSET)
  await readTolerantly(file, bytes, 0)
  return segmentPreambles(bytes).map((view) => new Segment(readSegmentIdentity(view)))
}

/** A prepared file that was never used is all zeros. */
async function holdsRecords(file: DiskFile): Promise<boolean> {
  const bytes = Buffer.alloc(2 * DATA_OFFSET)
  await readTolerantly(file, bytes, 0)
  return bytes.some((byte) => byte !== 0)
}

/**
 * How much of a file that is being written holds records. What lies before one that verifies was written before it
 * and does not change any more, so that it can be read afterwards.
 */
async function endOfRecords(file: DiskFile, segment: Segment): Promise<number> {
  const { end } = await scanSegment(file, segment, { bodies: false, record() {}, hole() {} })
  return end - segment.base
}

/** Copies files, syncs them, and counts. */
class Copying {
  readonly disk: Disk
  readonly #options: BackupOptions
  #copied = 0
  /** Bytes that there were at first. */
  expected = 0

  constructor(options: BackupOptions) {
    this.disk = options.disk
    this.#options = options
  }

  get copied(): number {
    return this.#copied
  }

  /** Copies a whole file that is not written any more; false when it is not there. */
  async copyFile(paths: Directories): Promise<boolean> {
    const file = await openIfThere(this.disk, paths.from)
    if (file === undefined) return false
    try {
      await this.copy(file, paths, await file.size())
    } finally {
      await file.close()
    }
    return true
  }

  async copy(source: DiskFile, { from, to }: Directories, size: number): Promise<void> {
    const { onProgress, onUnreadable } = this.#options
    const piece = Buffer.allocUnsafeSlow(Math.max(1, Math.min(PIECE_BYTES, size)))
    const target = await this.disk.open(to, 'create')
    try {
      for (let at = 0; at < size; at += piece.length) {
        const part = piece.subarray(0, Math.min(piece.length, size - at))
        await readTolerantly(source, part, at, (bad, end) => onUnreadable?.(from, bad, end))
        await writeFully(target, part, at)
        this.#copied += part.length
        onProgress?.(this.#copied, Math.max(this.#copied, this.expected))
      }
      await target.sync()
    } finally {
      await target.close()
    }
  }
}

async function openIfThere(disk: Disk, path: string): Promise<DiskFile | undefined> {
  return await disk.open(path, 'read').catch((error: Error) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
}
