import fs from 'node:fs'
import { promisify } from 'node:util'

/**
 * What a file is opened for. `durable` reads and writes with every write on disk before it reports
 * back (`O_DSYNC`); `create` makes a new file, or empties one, whose writes need a `sync`.
 */
export type FileMode = 'read' | 'durable' | 'create'

/** An open file. After an error its state is unknown: nothing is ever retried on it. */
export interface DiskFile {
  /** Bytes read; fewer than asked only at the end of the file. */
  read(buffer: Uint8Array, position: number): Promise<number>
  /** Writes all of `buffer`'s bytes from `offset` on, `length` of them; the hot path, hence no promise. */
  write(buffer: Uint8Array, range: WriteRange, done: (error: Error | null) => void): void
  /** Brings what was written to disk (`fdatasync`). */
  sync(): Promise<void>
  truncate(size: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** Which bytes of the buffer go where in the file. */
export interface WriteRange {
  readonly offset: number
  readonly length: number
  readonly position: number
}

/** Keeps others out of a directory until released. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Everything the store does to a disk, so that a simulator can stand in for it. Paths are joined with `/`. */
export interface Disk {
  open(path: string, mode: FileMode): Promise<DiskFile>
  /** Names in a directory; empty when it does not exist. */
  list(path: string): Promise<string[]>
  /** Makes the directory and its parents; true when it did not exist. */
  makeDirectory(path: string): Promise<boolean>
  rename(from: string, to: string): Promise<void>
  /** Removes a file; one that is not there is fine. */
  remove(path: string): Promise<void>
  /** Brings created, renamed and removed names of a directory to disk. */
  syncDirectory(path: string): Promise<void>
  /** Throws a `StoreRefusal` when another process, or another store of this one, has the directory. */
  lock(directory: string): Promise<DirectoryLock>
}

/** The code of a failed call (`ENOSPC`, `EIO`, …), or an empty string. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

/** Writes a whole buffer at a place of a file. */
export function writeFully(file: DiskFile, buffer: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(buffer, { offset: 0, length: buffer.length, position }, (error) =>
      error === null ? resolve() : reject(error),
    )
  })
}

const flags: Readonly<Record<FileMode, number>> = {
  read: fs.constants.O_RDONLY,
  durable: fs.constants.O_RDWR | (fs.constants.O_DSYNC ?? fs.constants.O_SYNC ?? 0),
  create: fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC,
}

const close = promisify(fs.close)
const fdatasync = promisify(fs.fdatasync)
const fstat = promisify(fs.fstat)
const fsync = promisify(fs.fsync)
const ftruncate = promisify(fs.ftruncate)
const open = promisify(fs.open)

/** A file of the operating system. */
class SystemFile implements DiskFile {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let count = 0
      const next = () => {
        fs.read(this.#descriptor, buffer, count, buffer.length - count, position + count, (error, bytes) => {
          if (error !== null) return reject(error)
          count += bytes
          if (bytes === 0 || count === buffer.length) resolve(count)
          else next()
        })
      }
      next()
    })
  }

  write(buffer: Uint8Array, range: WriteRange, done: (error: Error | null) => void): void {
    fs.write(this.#descriptor, buffer, range.offset, range.length, range.position, (error, bytes) => {
      if (error !== null) return done(error)
      if (bytes === range.length) return done(null)
      if (bytes === 0) return done(new Error('the disk took no bytes'))
      // A short write is no error; what is in the way shows itself when the rest is written.
      const { offset, length, position } = range
      this.write(buffer, { offset: offset + bytes, length: length - bytes, position: position + bytes }, done)
    })
  }

  async sync(): Promise<void> {
    await fdatasync(this.#descriptor)
  }

  async truncate(size: number): Promise<void> {
    await ftruncate(this.#descriptor, size)
  }

  async size(): Promise<number> {
    return (await fstat(this.#descriptor)).size
  }

  async close(): Promise<void> {
    await close(this.#descriptor)
  }
}

/** The disk of the machine; `lock` says how directories are kept from other processes. */
export function systemDisk(lock: (directory: string) => Promise<DirectoryLock>): Disk {
  return {
    open: async (path, mode) => new SystemFile(await open(path, flags[mode], 0o640)),
    async list(path) {
      try {
        return await fs.promises.readdir(path)
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return []
        throw error
      }
    },
    makeDirectory: async (path) => (await fs.promises.mkdir(path, { recursive: true, mode: 0o750 })) !== undefined,
    rename: (from, to) => fs.promises.rename(from, to),
    remove: (path) => fs.promises.rm(path, { force: true }),
    async syncDirectory(path) {
      // Windows cannot open a directory; its file system keeps names in a journal of its own.
      if (process.platform === 'win32') return
      const descriptor = await open(path, fs.constants.O_RDONLY)
      try {
        await fsync(descriptor)
      } finally {
        await close(descriptor)
      }
    },
    lock,
  }
}
