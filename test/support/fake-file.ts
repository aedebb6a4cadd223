import type { DiskFile, FileMode, WriteRange } from '../../src/store/disk.ts'
import { type DiskCalls, diskError } from './disk-plan.ts'
import type { Inode } from './fake-inode.ts'

const PAGE = 4096

/** What a file has of the disk it lies on. */
export interface FileWorld {
  readonly calls: DiskCalls
  readonly random: () => number
  /** Bytes that all files may still grow together. */
  room(): number
  /** Whether the plan has reads of these bytes fail. */
  isUnreadable(inode: Inode, position: number, length: number): boolean
}

/** An open file of a simulated disk. */
export class FakeFile implements DiskFile {
  readonly #world: FileWorld
  readonly #inode: Inode
  readonly #path: string
  readonly #durable: boolean

  constructor(world: FileWorld, inode: Inode, path: string, mode: FileMode) {
    this.#world = world
    this.#inode = inode
    this.#path = path
    this.#durable = mode === 'durable'
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    await this.#world.calls.make('read', this.#path)
    if (this.#world.isUnreadable(this.#inode, position, buffer.length)) throw diskError('EIO', 'read')
    const { current } = this.#inode
    const count = Math.max(0, Math.min(buffer.length, current.length - position))
    if (count > 0) current.copy(buffer, 0, position, position + count)
    return count
  }

  write(buffer: Uint8Array, { offset, length, position }: WriteRange, done: (error: Error | null) => void): void {
    this.#write(buffer.subarray(offset, offset + length), position).then(
      () => done(null),
      (error: Error) => done(error),
    )
  }

  async sync(): Promise<void> {
    const inode = this.#inode
    // What is written meanwhile may be left out.
    const dirty = [...inode.dirty]
    await this.#world.calls.make('sync', this.#path, undefined, () => inode.forgetDirty())
    inode.store(dirty)
  }

  async truncate(size: number): Promise<void> {
    await this.#world.calls.make('truncate', this.#path, () => this.#inode.resize(size))
  }

  async size(): Promise<number> {
    await this.#world.calls.make('size', this.#path)
    return this.#inode.current.length
  }

  async close(): Promise<void> {
    await this.#world.calls.make('close', this.#path)
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    const { calls, random } = this.#world
    const inode = this.#inode
    const beyond = Math.max(0, position + bytes.length - inode.current.length)
    const growth = calls.plan.copiesOnWrite === true ? bytes.length : beyond
    const room = growth > 0 ? this.#world.room() : 0
    if (growth > room) {
      // A full disk takes what it can.
      const taken = bytes.subarray(0, Math.max(0, bytes.length - growth + room))
      if (taken.length > 0) await calls.make('write', this.#path, () => inode.write(taken, position))
      throw diskError('ENOSPC', 'write')
    }
    if (calls.plan.pagewise === true) await this.#writePages(bytes, position)
    else {
      const fail = () => inode.writePartly(bytes, position, random)
      await calls.make('write', this.#path, () => inode.write(bytes, position), fail)
    }
    if (this.#durable) inode.store()
  }

  async #writePages(bytes: Uint8Array, position: number): Promise<void> {
    await this.#world.calls.make('write', this.#path)
    for (let from = position; from < position + bytes.length; ) {
      const to = Math.min(position + bytes.length, Math.floor(from / PAGE) * PAGE + PAGE)
      this.#inode.write(bytes.subarray(from - position, to - position), from)
      from = to
      await Promise.resolve()
    }
  }
}
