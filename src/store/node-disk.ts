import fs from 'node:fs'
import { promisify } from 'node:util'
import { type Doorway, lockDirectory } from './directory-lock.ts'
import { type Disk, type DiskFile, errorCode, type FileMode, type WriteRange } from './disk.ts'

/**
 * A write that returns when its data is on disk: one call instead of two. Elsewhere than on Linux the flag is
 * missing or means less (macOS), and each write is followed by a sync.
 */
const throughFlag = process.platform === 'linux' ? fs.constants.O_DSYNC : 0

/** The most that one call of the operating system reads. */
const READ_MAX = 0x4000_0000

const flags: Readonly<Record<FileMode, number>> = {
  read: fs.constants.O_RDONLY,
  durable: fs.constants.O_RDWR | throughFlag,
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
  /** Whether each write has to be synced by itself. */
  readonly #syncs: boolean

  constructor(descriptor: number, mode: FileMode) {
    this.#descriptor = descriptor
    this.#syncs = mode === 'durable' && throughFlag === 0
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let count = 0
      const next = () => {
        fs.read(
          this.#descriptor,
          buffer,
          count,
          Math.min(buffer.length - count, READ_MAX),
          position + count,
          (error, bytes) => {
            if (error !== null) return reject(error)
            count += bytes
            if (bytes === 0 || count === buffer.length) resolve(count)
            else next()
          },
        )
      }
      next()
    })
  }

  write(buffer: Uint8Array, range: WriteRange, done: (error: Error | null) => void): void {
    fs.write(this.#descriptor, buffer, range.offset, range.length, range.position, (error, bytes) => {
      if (error !== null) return done(error)
      if (bytes === range.length) return this.#syncs ? fs.fdatasync(this.#descriptor, done) : done(null)
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

/** The disk of the machine; with a doorway, directories are kept from other containers too. */
export function nodeDiskWith(doorway: Doorway): Disk {
  return { ...nodeDisk, lock: (directory) => lockDirectory(directory, doorway) }
}

/** The disk of the machine. */
export const nodeDisk: Disk = {
  open: async (path, mode) => new SystemFile(await open(path, flags[mode], 0o640), mode),
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
  async removeDirectory(path) {
    try {
      await fs.promises.rmdir(path)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  },
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
  async freeBytes(path) {
    const { bavail, bsize } = await fs.promises.statfs(path)
    return bavail * bsize
  },
  lock: (directory) => lockDirectory(directory),
}
