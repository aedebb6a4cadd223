import type { DirectoryLock, Disk, DiskFile, FileMode } from '../../src/store/disk.ts'
import { StoreRefusal } from '../../src/store/store-refusal.ts'
import { type DiskCall, DiskCalls, type DiskPlan, diskError } from './disk-plan.ts'
import { FakeFile, type FileWorld } from './fake-file.ts'
import { Directory, Inode } from './fake-inode.ts'
import { mulberry } from './mulberry.ts'

/**
 * A disk in memory that loses what was not synced: after a cut any subset of the unsynced sectors, sizes and
 * names is there. What happens depends on the seed and the plan alone.
 */
export class FakeDisk implements Disk, FileWorld {
  readonly random: () => number
  readonly calls: DiskCalls
  #directories = new Map<string, Directory>()
  /** Directories that were renamed, until that is synced: what they were called, by what they are called. */
  readonly #renamed = new Map<string, string>()
  readonly #locks = new Set<string>()

  constructor(seed: number, plan: DiskPlan = {}) {
    this.random = mulberry(seed)
    this.calls = new DiskCalls(plan)
  }

  /** Resolves when the power is cut. */
  get cut(): Promise<void> {
    return this.calls.cut
  }

  /** How many calls changed the disk. */
  get changes(): number {
    return this.calls.changes
  }

  /** The name of the call that failed. */
  get failed(): DiskCall | undefined {
    return this.calls.failed
  }

  /** The machine starts again: a disk with what a cut now would leave. */
  reboot(seed: number, plan: DiskPlan = {}): FakeDisk {
    const next = new FakeDisk(seed, plan)
    const inodes = new Map<Inode, Inode>()
    for (const [path, directory] of this.#directories) {
      const after = new Directory()
      for (const [name, inode] of directory.survivors(this.random)) {
        let copy = inodes.get(inode)
        if (copy === undefined) {
          copy = inode.survivor(this.random)
          inodes.set(inode, copy)
        }
        after.change({ name, inode: copy })
      }
      after.store()
      const before = this.#renamed.get(path)
      next.#directories.set(before !== undefined && this.random() < 0.5 ? before : path, after)
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

  /** The process ends and another begins: this one's calls are never answered; what it wrote is as synced as it was. */
  takeOver(seed: number, plan: DiskPlan = {}): FakeDisk {
    const next = new FakeDisk(seed, plan)
    next.#directories = this.#directories
    this.calls.halt()
    return next
  }

  /** Follows another plan from the next call on. */
  follow(plan: DiskPlan): void {
    this.calls.follow(plan)
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

  room(): number {
    const { capacity } = this.calls.plan
    return capacity === undefined ? Number.POSITIVE_INFINITY : Math.max(0, capacity - this.bytesHeld)
  }

  isUnreadable(inode: Inode, position: number, length: number): boolean {
    const range = this.calls.plan.unreadable
    if (range === undefined || this.#inode(range.path) !== inode) return false
    return position < range.to && range.from < position + length
  }

  async open(path: string, mode: FileMode): Promise<DiskFile> {
    await this.calls.make('open', path)
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
    return new FakeFile(this, inode, path, mode)
  }

  async list(path: string): Promise<string[]> {
    await this.calls.make('list', path)
    const inner = [...this.#directories.keys()].filter((one) => one.slice(0, one.lastIndexOf('/')) === path)
    return [...this.names(path), ...inner.map((one) => one.slice(path.length + 1))].sort()
  }

  async makeDirectory(path: string): Promise<boolean> {
    // The directory itself is on disk at once: losing it loses only an empty log.
    const known = this.#directories.has(path)
    if (!known) this.#directories.set(path, new Directory())
    await this.calls.make('directory', path)
    return !known
  }

  /** A directory itself is gone from the disk at once, as it is there at once. */
  async removeDirectory(path: string): Promise<void> {
    await this.calls.make('directory', path, () => {
      if (this.names(path).length > 0) throw diskError('ENOTEMPTY', `remove ${path}`)
      this.#directories.delete(path)
    })
  }

  async rename(from: string, to: string): Promise<void> {
    const whole = this.#directories.get(from)
    if (whole !== undefined) {
      return await this.calls.make('rename', `${from} ${this.#place(to).name}`, () => {
        this.#directories.delete(from)
        this.#directories.set(to, whole)
        this.#renamed.set(to, from)
      })
    }
    const { directory, name } = this.#place(from)
    const inode = this.#inode(from)
    await this.calls.make('rename', `${from} ${this.#place(to).name}`, () => {
      directory.change({ name, inode: undefined }, { name: this.#place(to).name, inode })
    })
  }

  async remove(path: string): Promise<void> {
    await this.calls.make('remove', path, () => {
      const { directory, name } = this.#place(path)
      if (directory.current.has(name)) directory.change({ name, inode: undefined })
    })
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#directories.get(path)
    // What is changed meanwhile may be left out.
    const through = directory?.changes
    const failures = directory?.failures
    const fail = () => {
      // Names are in the file system's journal: unlike a file's pages they are not taken for written.
      if (directory !== undefined) directory.failures += 1
    }
    await this.calls.make('sync directory', path, undefined, fail)
    if (directory?.failures !== failures) throw diskError('EIO', 'sync directory')
    directory?.store(through)
    for (const to of this.#renamed.keys()) if (to.slice(0, to.lastIndexOf('/')) === path) this.#renamed.delete(to)
  }

  async freeBytes(path: string): Promise<number> {
    await this.calls.make('space', path)
    return this.room()
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
