import { crc32 } from 'node:zlib'
import type { Logger } from '../std/logger.ts'
import { type Disk, errorCode, isOutOfSpace, writeFully } from './disk.ts'
import type { Damage, Position, Snapshot } from './log.ts'
import {
  completePreamble,
  FileKind,
  FORMAT,
  formatOf,
  getAddress,
  newPreamble,
  PREAMBLE_SIZE,
  readPreamble,
  setAddress,
} from './preamble.ts'
import { readTolerantly } from './scan-window.ts'
import { StoreRefusal } from './store-refusal.ts'

/**
 * A snapshot is one file: the preamble, whose own part is
 *
 *     12  u32  CRC-32 of the bytes
 *     16  u64  through
 *     24  u64  count of bytes
 *
 * and the bytes. The two newest are kept; their names carry `through`.
 */
const PIECE_BYTES = 4 * 1024 * 1024
const KEPT = 2

export interface SnapshotFilesOptions {
  readonly disk: Disk
  readonly directory: string
  readonly log: string
  readonly logger: Logger
  readonly onDamage: (damage: Damage) => void
}

/** The snapshots of a log. */
export class SnapshotFiles {
  readonly #options: SnapshotFilesOptions
  /** Positions through which there is a snapshot, in order. */
  #through: Position[]
  readonly #bytes: Map<Position, number>
  #saving: Promise<void> = Promise.resolve()

  /** Sizes of the files that are there, by the positions they reach. */
  constructor(options: SnapshotFilesOptions, found: ReadonlyMap<Position, number>) {
    this.#options = options
    this.#bytes = new Map(found)
    this.#through = [...found.keys()].sort((a, b) => a - b)
  }

  get bytesHeld(): number {
    let sum = 0
    for (const bytes of this.#bytes.values()) sum += bytes
    return sum
  }

  /** The greatest position any snapshot names, good or bad. */
  get through(): Position {
    return this.#through.at(-1) ?? 0
  }

  /**
   * What is still needed of the log, should the newest snapshot turn out damaged: what comes after the
   * older one, and everything as long as there is but one.
   */
  get neededFrom(): Position {
    const [older, newer] = this.#through
    if (older === undefined) return Number.MAX_SAFE_INTEGER
    return newer === undefined ? 0 : older
  }

  /** Puts a snapshot in place; one at a time. A full disk is the caller's to handle, all else the store's. */
  save(snapshot: Snapshot): Promise<void> {
    const saving = this.#saving.then(() => this.#save(snapshot))
    this.#saving = saving.catch(() => undefined)
    return saving
  }

  /** Resolves when no save is under way. */
  async settle(): Promise<void> {
    await this.#saving
  }

  /** The newest one that verifies. */
  async load(): Promise<Snapshot | undefined> {
    for (const through of this.#through.toReversed()) {
      const snapshot = await this.read(through)
      if (snapshot !== undefined) return snapshot
      await this.#putAside(through)
    }
    return undefined
  }

  async #save(snapshot: Snapshot): Promise<void> {
    const { disk, directory } = this.#options
    const path = this.#path(snapshot.through)
    try {
      await writeSnapshot(disk, `${path}.tmp`, snapshot)
    } catch (error) {
      if (isOutOfSpace(error)) await disk.remove(`${path}.tmp`)
      throw error
    }
    await disk.rename(`${path}.tmp`, path)
    await disk.syncDirectory(directory)
    this.#bytes.set(snapshot.through, PREAMBLE_SIZE + snapshot.bytes.length)
    const kept = [...new Set([...this.#through, snapshot.through])].sort((a, b) => a - b)
    const old = kept.splice(0, kept.length - KEPT)
    this.#through = kept
    for (const through of old) {
      await disk.remove(this.#path(through))
      this.#bytes.delete(through)
    }
    if (old.length > 0) await disk.syncDirectory(directory)
  }

  /** The snapshot that reaches so far, when it verifies. */
  async read(through: Position): Promise<Snapshot | undefined> {
    const file = await this.#options.disk.open(this.#path(through), 'read')
    try {
      const size = await file.size()
      const bytes = Buffer.allocUnsafeSlow(size)
      bytes.fill(0, await file.read(bytes, 0))
      return decodeSnapshot(bytes)
    } catch (error) {
      if (errorCode(error) !== 'EIO') throw error
      return undefined
    } finally {
      await file.close()
    }
  }

  /** A damaged snapshot is named and kept for whoever looks into it, under a name that is never loaded. */
  async #putAside(through: Position): Promise<void> {
    const { disk, directory, log, logger, onDamage } = this.#options
    const path = this.#path(through)
    this.#through = this.#through.filter((other) => other !== through)
    logger.error(`the snapshot ${path} is damaged and put aside; an older one is taken if there is one`)
    onDamage({ log, from: this.#through.at(-1) ?? 0, to: through, reason: 'the snapshot did not verify' })
    await disk.rename(path, `${path}.damaged`)
    await disk.syncDirectory(directory)
  }

  #path(through: Position): string {
    return snapshotPath(this.#options.directory, through)
  }
}

async function writeSnapshot(disk: Disk, path: string, snapshot: Snapshot): Promise<void> {
  const { bytes, through } = snapshot
  const view = newPreamble(FileKind.snapshot)
  view.setUint32(12, crc32(bytes), true)
  setAddress(view, 16, through)
  setAddress(view, 24, bytes.length)
  const file = await disk.open(path, 'create')
  try {
    await writeFully(file, completePreamble(view), 0)
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      await writeFully(file, bytes.subarray(at, at + PIECE_BYTES), PREAMBLE_SIZE + at)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The size of a snapshot's file; throws when it is of a format to come. */
export async function inspectSnapshot(disk: Disk, directory: string, through: Position): Promise<number> {
  const path = snapshotPath(directory, through)
  const file = await disk.open(path, 'read')
  try {
    const bytes = Buffer.alloc(PREAMBLE_SIZE)
    await readTolerantly(file, bytes, 0)
    const view = readPreamble(bytes, 0, FileKind.snapshot)
    if (view !== undefined && formatOf(view) > FORMAT) throw newerFormat(path, formatOf(view))
    return await file.size()
  } finally {
    await file.close()
  }
}

export function snapshotName(through: Position): string {
  return `${through.toString().padStart(16, '0')}.snapshot`
}

function snapshotPath(directory: string, through: Position): string {
  return `${directory}/${snapshotName(through)}`
}

function decodeSnapshot(file: Buffer): Snapshot | undefined {
  const view = readPreamble(file, 0, FileKind.snapshot)
  if (view === undefined) return undefined
  const bytes = file.subarray(PREAMBLE_SIZE, PREAMBLE_SIZE + getAddress(view, 24))
  if (bytes.length !== getAddress(view, 24) || crc32(bytes) !== view.getUint32(12, true)) return undefined
  return { through: getAddress(view, 16), bytes }
}

/** Refuses a file written by a later release. */
export function newerFormat(path: string, format: number): StoreRefusal {
  return new StoreRefusal(`${path} has format ${format}, this release reads formats up to ${FORMAT}: use a later one`)
}
