const SECTOR = 512

/** A file's content: as programs see it, and as it would be after a power cut. */
export class Inode {
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

  /** A write that fails: some of it may be there for all to read, and of that some may never reach the disk. */
  writePartly(bytes: Uint8Array, position: number, random: () => number): void {
    const part = bytes.subarray(0, Math.floor(random() * (bytes.length + 1)))
    const before = new Set(this.dirty)
    if (part.length > 0) this.write(part, position)
    if (random() < 0.5) return
    this.dirty.clear()
    for (const sector of before) this.dirty.add(sector)
  }

  /** What a failed sync does: the pages count as clean though they never reached the disk. */
  forgetDirty(): void {
    this.dirty.clear()
    this.sizeDirty = false
  }

  /** The file as a machine finds it that starts again: any of what was not synced is there. */
  survivor(random: () => number): Inode {
    const survivor = new Inode()
    const chosen = [...this.dirty].filter(() => random() < 0.5)
    this.store(chosen, !this.sizeDirty || random() < 0.5)
    survivor.current = Buffer.from(this.stored)
    survivor.stored = Buffer.from(this.stored)
    return survivor
  }
}

/** One change of a directory's names: `inode` undefined removes the name. */
interface NameChange {
  readonly name: string
  readonly inode: Inode | undefined
}

/** The names in a directory: as programs see them, and as they would be after a power cut. */
export class Directory {
  readonly current = new Map<string, Inode>()
  readonly stored = new Map<string, Inode>()
  /** Changes a cut keeps or loses, each group as a whole. */
  #pending: NameChange[][] = []
  /** Groups of changes that are no longer pending. */
  #done = 0
  /** How many syncs failed: one that was under way then has failed too. */
  failures = 0

  change(...changes: NameChange[]): void {
    for (const change of changes) apply(this.current, change)
    this.#pending.push(changes)
  }

  /** How many groups of changes there were so far. */
  get changes(): number {
    return this.#done + this.#pending.length
  }

  /** Brings the first so many groups of changes to disk. */
  store(through = this.changes): void {
    for (; this.#done < through; this.#done++) {
      for (const change of this.#pending.shift() ?? []) apply(this.stored, change)
    }
  }

  /**
   * The names as a machine finds them that starts again: any of the changes not synced are there. Only a file
   * renamed twice goes the second step after the first: no file system leaves it under two names.
   */
  survivors(random: () => number): ReadonlyMap<string, Inode> {
    for (const changes of this.#pending.splice(0)) {
      if (random() < 0.5 && this.#isPossible(changes)) for (const change of changes) apply(this.stored, change)
    }
    return this.stored
  }

  /** A rename takes the file from where it is. */
  #isPossible(changes: readonly NameChange[]): boolean {
    const moved = changes.find(({ inode }) => inode !== undefined)?.inode
    const from = changes.find(({ inode }) => inode === undefined)
    return moved === undefined || from === undefined || this.stored.get(from.name) === moved
  }
}

function apply(names: Map<string, Inode>, { name, inode }: NameChange): void {
  if (inode === undefined) names.delete(name)
  else names.set(name, inode)
}
