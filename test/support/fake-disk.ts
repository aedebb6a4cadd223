import type { DirectoryLock, Disk, DiskFile, FileMode, WriteRange } from '../../src/store/disk.ts'
import { StoreRefusal } from '../../src/store/store-refusal.ts'

const SECTOR = 512
const PAGE = 4096

/** One change of a directory's names: `inode` undefined removes the name. */
interface NameChange {
  readonly name: string
  readonly inode: Inode | undefined
}

/** Kinds of calls, for faults and for counting. */
export type DiskCall =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'size'
  | 'close'
  | 'list'
  | 'directory'
  | 'rename'
  | 'remove'
  | 'sync directory'

/** A file's content: as programs see it, and as it would be after a power cut. */
class Inode {
  current = Buffer.alloc(0)
  stored = Buffer.alloc(0)
  /** Sectors that differ on purpose: a sync writes them, a cut keeps any of them. */
  readonly dirty = new Set<number>()
  sizeDirty = false

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length
    if (end > this.current.length) this.resize(end)
    this.current.set(bytes, position)
    for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) this.dirty.add(sector)
  }

  resize(size: number): void {
    const next = Buffer.alloc(size)
    this.current.copy(next, 0, 0, Math.min(size, this.current.length))
    this.current = next
    this.sizeDirty = true
  }

  /** Brings chosen sectors, by default all that are dirty, to the disk. */
  store(chosen: Iterable<number> = [...this.dirty], withSize = true): void {
    let size = withSize ? this.current.length : this.stored.length
    for (const sector of chosen) size = Math.max(size, Math.min((sector + 1) * SECTOR, this.current.length))
    if (size !== this.stored.length) {
      const next = Buffer.alloc(size)
      this.stored.copy(next, 0, 0, Math.min(size, this.stored.length))
      this.stored = next
    }
    for (const sector of chosen) {
      this.current.copy(this.stored, sector * SECTOR, sector * SECTOR, (sector + 1) * SECTOR)
      this.dirty.delete(sector)
    }
    if (withSize) this.sizeDirty = false
  }

  /** What a failed sync does: the pages count as clean though they never reached the disk. */
  forgetDirty(): void {
    this.dirty.clear()
    this.sizeDirty = false
  }
}

class Directory {
  readonly current = new Map<string, Inode>()
  stored = new Map<string, Inode>()
  /** Changes a cut keeps or loses, each group as a whole. */
  pending: NameChange[][] = []

  change(...changes: NameChange[]): void {
    for (const change of changes) apply(this.current, change)
    this.pending.push(changes)
  }

  store(): void {
    this.stored = new Map(this.current)
    this.pending = []
  }
}

function apply(names: Map<string, Inode>, { name, inode }: NameChange): void {
  if (inode === undefined) names.delete(name)
  else names.set(name, inode)
}

/** A failed call, as the operating system reports it. */
export function diskError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: ${call} (injected)`), { code })
}

/** Where the power is cut, or a call fails. */
export interface DiskPlan {
  /** The power goes during the n-th call that changes the disk (from 1); no call ever returns after it. */
  readonly cutAt?: number
  /** The n-th call (from 1) fails with this code. */
  readonly failAt?: { readonly call: number; readonly code: string }
  /** Bytes of a file on which every read fails. */
  readonly unreadable?: { readonly path: string; readonly from: number; readonly to: number }
  /** Bytes all files may take together. */
  readonly capacity?: number
  /** Others see a write page by page, as in a kernel. */
  readonly pagewise?: boolean
}

const changing: ReadonlySet<DiskCall> = new Set<DiskCall>([
  'write',
  'sync',
  'truncate',
  'directory',
  'rename',
  'remove',
  'sync directory',
])

/**
 * A disk in memory that loses what was not synced: after a cut any subset of the unsynced sectors, sizes and
 * names is there. Calls complete in microtasks, so a run depends on the seed alone.
 */
export class FakeDisk implements Disk {
  readonly #random: () => number
  #directories = new Map<string, Directory>()
  #locks = new Set<string>()
  #plan: DiskPlan
  #cut: (() => void) | undefined
  #isCut = false
  /** Calls made, and those among them that change the disk. */
  calls = 0
  changes = 0
  /** The name of the call that failed. */
  failed: DiskCall | undefined
  /** Resolves when the power is cut. */
  readonly cut: Promise<void>

  constructor(seed: number, plan: DiskPlan = {}) {
    this.#random = mulberry(seed)
    this.#plan = plan
    this.cut = new Promise((resolve) => {
      this.#cut = resolve
    })
  }

  /** The machine starts again: a disk with what a cut now would leave. */
  reboot(seed: number, plan: DiskPlan = {}): FakeDisk {
    const next = new FakeDisk(seed, plan)
    const inodes = new Map<Inode, Inode>()
    for (const [path, directory] of this.#directories) {
      const after = new Directory()
      for (const changes of directory.pending) {
        if (this.#random() < 0.5) for (const change of changes) apply(directory.stored, change)
      }
      for (const [name, inode] of directory.stored) {
        let copy = inodes.get(inode)
        if (copy === undefined) {
          copy = this.#survivor(inode)
          inodes.set(inode, copy)
        }
        after.change({ name, inode: copy })
      }
      after.store()
      next.#directories.set(path, after)
    }
    return next
  }

  /** A copy in which everything written so far is on disk, as after the process alone was killed. */
  kill(seed: number, plan: DiskPlan = {}): FakeDisk {
    const next = new FakeDisk(seed, plan)
    for (const [path, directory] of this.#directories) {
      const after = new Directory()
      for (const [name, inode] of directory.current) {
        const copy = new Inode()
        copy.write(inode.current, 0)
        copy.store()
        after.change({ name, inode: copy })
      }
      after.store()
      next.#directories.set(path, after)
    }
    return next
  }

  /** Follows another plan from the next call on. */
  follow(plan: DiskPlan): void {
    this.#plan = plan
    this.calls = 0
    this.changes = 0
  }

  /** A file's bytes as programs see them; changing them is damage. */
  bytes(path: string): Buffer {
    return this.#inode(path).current
  }

  /** Replaces a file's content. */
  replace(path: string, bytes: Uint8Array): void {
    const inode = this.#inode(path)
    inode.resize(bytes.length)
    inode.write(bytes, 0)
    inode.store()
  }

  /** Files in a directory, in the order of their names. */
  names(path: string): string[] {
    return [...(this.#directories.get(path)?.current.keys() ?? [])].sort()
  }

  get bytesHeld(): number {
    let sum = 0
    for (const { current } of this.#directories.values())
      for (const inode of current.values()) sum += inode.current.length
    return sum
  }

  async open(path: string, mode: FileMode): Promise<DiskFile> {
    await this.#call('open')
    const { directory, name } = this.#place(path)
    let inode = directory.current.get(name)
    if (mode === 'create') {
      if (inode === undefined) {
        inode = new Inode()
        directory.change({ name, inode })
      } else {
        inode.resize(0)
      }
    }
    if (inode === undefined) throw diskError('ENOENT', `open ${path}`)
    return this.#handle(inode, mode)
  }

  async list(path: string): Promise<string[]> {
    await this.#call('list')
    return this.names(path)
  }

  async makeDirectory(path: string): Promise<boolean> {
    // The directory itself is on disk at once: losing it loses only an empty log.
    const known = this.#directories.has(path)
    if (!known) this.#directories.set(path, new Directory())
    await this.#call('directory')
    return !known
  }

  async rename(from: string, to: string): Promise<void> {
    const { directory, name } = this.#place(from)
    const inode = this.#inode(from)
    await this.#call('rename', () => {
      directory.change({ name, inode: undefined }, { name: this.#place(to).name, inode })
    })
  }

  async remove(path: string): Promise<void> {
    await this.#call('remove', () => {
      const { directory, name } = this.#place(path)
      if (directory.current.has(name)) directory.change({ name, inode: undefined })
    })
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#call('sync directory')
    this.#directories.get(path)?.store()
  }

  async lock(directory: string): Promise<DirectoryLock> {
    if (this.#locks.has(directory)) throw new StoreRefusal(`the data directory ${directory} is in use`)
    this.#locks.add(directory)
    return {
      release: async () => {
        this.#locks.delete(directory)
      },
    }
  }

  #handle(inode: Inode, mode: FileMode): DiskFile {
    return {
      read: async (buffer, position) => {
        await this.#call('read')
        if (this.#isUnreadable(inode, position, buffer.length)) throw diskError('EIO', 'read')
        const count = Math.max(0, Math.min(buffer.length, inode.current.length - position))
        inode.current.copy(buffer, 0, position, position + count)
        return count
      },
      write: (buffer, range, done) => {
        this.#write(inode, { buffer, range, durable: mode === 'durable' }).then(
          () => done(null),
          (error: Error) => done(error),
        )
      },
      sync: async () => {
        await this.#call('sync', undefined, () => inode.forgetDirty())
        inode.store()
      },
      truncate: async (size) => {
        await this.#call('truncate', () => inode.resize(size))
      },
      size: async () => {
        await this.#call('size')
        return inode.current.length
      },
      close: async () => {
        await this.#call('close')
      },
    }
  }

  async #write(
    inode: Inode,
    write: { readonly buffer: Uint8Array; readonly range: WriteRange; readonly durable: boolean },
  ): Promise<void> {
    const { offset, length, position } = write.range
    const growth = Math.max(0, position + length - inode.current.length)
    if (this.#plan.capacity !== undefined && growth > 0 && this.bytesHeld + growth > this.#plan.capacity) {
      throw diskError('ENOSPC', 'write')
    }
    const bytes = write.buffer.subarray(offset, offset + length)
    if (this.#plan.pagewise === true) await this.#writePages(inode, bytes, position)
    else await this.#call('write', () => inode.write(bytes, position))
    if (write.durable) inode.store()
  }

  async #writePages(inode: Inode, bytes: Uint8Array, position: number): Promise<void> {
    await this.#call('write')
    for (let from = position; from < position + bytes.length; ) {
      const to = Math.min(position + bytes.length, Math.floor(from / PAGE) * PAGE + PAGE)
      inode.write(bytes.subarray(from - position, to - position), from)
      from = to
      await Promise.resolve()
    }
  }

  /** Counts a call, makes its change, and cuts the power or fails it when its turn has come. */
  async #call(call: DiskCall, change?: () => void, onFailure?: () => void): Promise<void> {
    if (this.#isCut) await new Promise<never>(() => {})
    this.calls += 1
    if (this.calls === this.#plan.failAt?.call) {
      this.failed = call
      onFailure?.()
      await Promise.resolve()
      throw diskError(this.#plan.failAt.code, call)
    }
    change?.()
    if (changing.has(call)) {
      this.changes += 1
      if (this.changes === this.#plan.cutAt) {
        this.#isCut = true
        this.#cut?.()
        await new Promise<never>(() => {})
      }
    }
    await Promise.resolve()
    // Whoever was waiting when the power went gets no answer.
    if (this.#isCut) await new Promise<never>(() => {})
  }

  #survivor(inode: Inode): Inode {
    const survivor = new Inode()
    const chosen = [...inode.dirty].filter(() => this.#random() < 0.5)
    inode.store(chosen, !inode.sizeDirty || this.#random() < 0.5)
    survivor.current = Buffer.from(inode.stored)
    survivor.stored = Buffer.from(inode.stored)
    return survivor
  }

  #isUnreadable(inode: Inode, position: number, length: number): boolean {
    const range = this.#plan.unreadable
    if (range === undefined || this.#inode(range.path) !== inode) return false
    return position < range.to && range.from < position + length
  }

  #place(path: string): { directory: Directory; name: string } {
    const at = path.lastIndexOf('/')
    const directory = this.#directories.get(path.slice(0, at))
    if (directory === undefined) throw diskError('ENOENT', path)
    return { directory, name: path.slice(at + 1) }
  }

  #inode(path: string): Inode {
    const { directory, name } = this.#place(path)
    const inode = directory.current.get(name)
    if (inode === undefined) throw diskError('ENOENT', path)
    return inode
  }
}

/** Numbers from 0 up to 1 that depend on the seed alone. */
export function mulberry(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
