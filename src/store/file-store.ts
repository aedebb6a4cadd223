import { crc32 } from 'node:zlib'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Random } from '../std/random.ts'
import { finishRemovals, isLogName, readSalt, removeLog, requireComplete } from './data-directory.ts'
import { type DirectoryLock, type Disk, isOutOfSpace } from './disk.ts'
import { DiskSpace } from './disk-space.ts'
import { Journal } from './journal.ts'
import type { Damage, Log, LogOptions, Store } from './log.ts'
import { recoverLog } from './recovery.ts'
import { isSystemError, openingError } from './storage-fault.ts'

/** Ranges of damage kept for whoever asks; more are only logged. */
const DAMAGE_MAX = 10_000

export interface FileStoreOptions {
  readonly directory: string
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly random?: Random
  /** Size of a segment, by the name of the log or for all; a log begins with smaller ones. */
  readonly segmentBytes?: number | { readonly [log: string]: number }
  /** What the store should leave free of its disk: near that it takes space in small steps, below it gives back what it can. */
  readonly freeBytesMin?: number
}

const defaultSegmentBytes: { readonly [log: string]: number } = { definitions: 1024 * 1024 }
const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024
const SEGMENT_BYTES_MIN = 16 * 1024

/**
 * Opens a data directory for this process alone, creating it if need be. Throws a `StoreRefusal` if it cannot, and a
 * `StorageFault` if the disk fails.
 */
export async function openFileStore(options: FileStoreOptions): Promise<Store> {
  try {
    return await openDirectory(options)
  } catch (error) {
    throw openingError(options.directory, error)
  }
}

async function openDirectory(options: FileStoreOptions): Promise<Store> {
  const { disk, directory } = options
  await disk.makeDirectory(directory)
  const lock = await disk.lock(directory)
  try {
    await requireComplete(disk, directory)
    await finishRemovals(disk, directory)
    return new FileStore(options, lock, await readSalt(options))
  } catch (error) {
    await lock.release()
    throw error
  }
}

class FileStore implements Store {
  readonly #options: FileStoreOptions
  readonly #lock: DirectoryLock
  readonly #salt: number
  readonly #logs = new Map<string, Promise<Journal>>()
  readonly #open: Journal[] = []
  /** Logs on their way out, by name. */
  readonly #removals = new Map<string, Promise<void>>()
  readonly #damage = new Map<string, Damage>()
  #damageBeyond = 0
  readonly #space: DiskSpace
  #fault: Error | undefined
  #closed: Promise<void> | undefined
  #full = false
  onFault: ((fault: Error) => void) | undefined = undefined
  onFull: ((full: boolean) => void) | undefined = undefined
  onSpace: ((bytesLeft: number) => void) | undefined = undefined

  constructor(options: FileStoreOptions, lock: DirectoryLock, salt: number) {
    this.#options = options
    this.#lock = lock
    this.#salt = salt
    const { disk, directory, freeBytesMin = 0 } = options
    this.#space = new DiskSpace({ disk, directory, freeBytesMin, onChange: () => this.#onSpace() })
  }

  get damage(): readonly Damage[] {
    return [...this.#damage.values()]
  }

  get damageCount(): number {
    return this.#damage.size + this.#damageBeyond
  }

  get full(): boolean {
    return this.#full
  }

  async look(): Promise<number> {
    await this.#space.look()
    return this.#space.left
  }

  open(name: string, options: LogOptions = {}): Promise<Log> {
    const known = this.#logs.get(name)
    if (known !== undefined) return known
    const log = this.#openLog(name, options)
    this.#logs.set(name, log)
    log.catch((error: Error) => {
      // It can be tried again, unless the disk failed.
      this.#logs.delete(name)
      if (isSystemError(error) && !isOutOfSpace(error)) this.#onFault(error)
    })
    return log
  }

  async names(): Promise<string[]> {
    return (await this.#options.disk.list(this.#options.directory)).filter(isLogName)
  }

  remove(name: string): Promise<void> {
    const log = this.#logs.get(name)
    this.#logs.delete(name)
    const removal = this.#remove(name, log, this.#removals.get(name))
    this.#removals.set(name, removal)
    const forget = () => {
      if (this.#removals.get(name) === removal) this.#removals.delete(name)
    }
    removal.then(forget, forget)
    return removal
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #openLog(name: string, asked: LogOptions): Promise<Journal> {
    if (!isLogName(name)) throw new RangeError(`not a name for a log: ${name}`)
    if (this.#closed !== undefined) throw new Error('the store is closed')
    const { disk, clock, logger } = this.#options
    const directory = `${this.#options.directory}/${name}`
    await this.#removals.get(name)
    if (await disk.makeDirectory(directory)) await disk.syncDirectory(this.#options.directory)
    const common = { disk, directory, logger, segmentBytes: this.#segmentBytesOf(name, asked) }
    const onDamage = (damage: Damage) => this.#onDamage(damage)
    const salt = crc32(name, this.#salt)
    const recovered = await recoverLog({ ...common, log: name, salt, onDamage })
    const onFault = (error: Error) => this.#onFault(error)
    const onFull = () => this.#onFull()
    const journal = new Journal({ ...common, name, clock, space: this.#space, onFault, onDamage, onFull }, recovered)
    this.#open.push(journal)
    if (this.#fault !== undefined) journal.stop(this.#fault)
    return journal
  }

  #segmentBytesOf(name: string, asked: LogOptions): number {
    const { segmentBytes } = this.#options
    const configured = typeof segmentBytes === 'object' ? segmentBytes[name] : segmentBytes
    const bytes = configured ?? asked.segmentBytes ?? defaultSegmentBytes[name] ?? DEFAULT_SEGMENT_BYTES
    return Math.ceil(Math.max(bytes, SEGMENT_BYTES_MIN) / 4096) * 4096
  }

  async #remove(name: string, log: Promise<Journal> | undefined, before: Promise<void> | undefined): Promise<void> {
    await before
    const journal = await log?.catch(() => undefined)
    if (journal !== undefined) {
      await journal.discard()
      this.#open.splice(this.#open.indexOf(journal), 1)
      this.#onFull()
    }
    if (this.#fault !== undefined) throw this.#fault
    try {
      await removeLog(this.#options.disk, this.#options.directory, name)
      await this.#space.look()
    } catch (error) {
      this.#onFault(error as Error)
      throw error
    }
  }

  #onDamage(damage: Damage): void {
    const key = `${damage.log} ${damage.from}`
    if (this.#damage.has(key)) return
    const { log, from, to, reason } = damage
    this.#options.logger.error(`log ${log}: positions ${from} to ${to} are damaged: ${reason}`)
    if (this.#damage.size < DAMAGE_MAX) this.#damage.set(key, damage)
    else this.#damageBeyond += 1
  }

  /** The first I/O error ends all durable progress: after it, what the disk says cannot be trusted. */
  #onFault(error: Error): void {
    if (this.#fault !== undefined) return
    this.#fault = error
    for (const journal of this.#open) journal.stop(error)
    this.#options.logger.critical(`the store stops: ${error.message}`)
    this.onFault?.(error)
  }

  #onFull(): void {
    const full = this.#open.some((journal) => journal.full)
    if (full === this.#full) return
    this.#full = full
    this.onFull?.(full)
  }

  #onSpace(): void {
    if (this.#space.isShort) for (const journal of this.#open) journal.relinquish()
    this.onSpace?.(this.#space.left)
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#logs.values(), ...this.#removals.values()])
    for (const journal of this.#open) await journal.close()
    await this.#lock.release()
  }
}
