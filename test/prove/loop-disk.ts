import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Chance } from '../fuzz/chance.ts'

const copiesMax = 20

/** Why no image can be mounted here; undefined when it can. */
export function loopObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux with loop devices'
  if (process.getuid?.() !== 0) return 'needs root, to mount an image'
  for (const command of ['mkfs.ext4', 'losetup', 'mount', 'cmp']) {
    if (spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0) return `needs ${command}`
  }
  if (spawnSync('losetup', ['--find']).status !== 0) return 'there is no free loop device'
  return undefined
}

/**
 * An ext4 in an image file, mounted. What its kernel was not made to sync is not in the image, so a
 * copy of the image is what a machine finds after its power went.
 */
export class LoopDisk {
  readonly mountPoint: string
  readonly #folder: string
  #generation = 0
  #mounted = false
  readonly #onExit = () => this.close()

  private constructor(folder: string) {
    this.#folder = folder
    this.mountPoint = join(folder, 'disk')
  }

  static make(folder: string, mebibytes: number): LoopDisk {
    const disk = new LoopDisk(folder)
    mkdirSync(disk.mountPoint)
    const file = openSync(disk.#image, 'w')
    ftruncateSync(file, mebibytes * 1024 * 1024)
    closeSync(file)
    // Everything is laid out now, lest the kernel writes to the image later on its own account.
    execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', 'lazy_itable_init=0,lazy_journal_init=0', disk.#image])
    process.on('exit', disk.#onExit)
    disk.#mount()
    return disk
  }

  /**
   * The power goes: takes the image as it is. Whatever writes to the disk must stand still; what the
   * kernel writes back on its own may be in it or not, but a copy it wrote into is taken again.
   */
  cut(): void {
    const next = this.#imageOf(this.#generation + 1)
    for (let copies = 1; ; copies++) {
      execFileSync('cp', ['--sparse=always', this.#image, next])
      if (spawnSync('cmp', ['-s', this.#image, next]).status === 0) return
      if (copies === copiesMax) throw new Error('the image does not come to rest')
    }
  }

  /** The kernel happens to write back some files of a folder, and others not. */
  writeBackSome(folder: string, chance: Chance): void {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      if (entry.isFile() && chance.oneIn(2)) spawnSync('sync', ['-d', join(entry.parentPath, entry.name)])
    }
  }

  /** The power is back: what was cut is mounted, the rest forgotten. Nothing may run on the disk. */
  restore(): void {
    this.#unmount()
    rmSync(this.#image)
    this.#generation += 1
    this.#mount()
  }

  close(): void {
    process.off('exit', this.#onExit)
    // At an early exit, brokers may need a moment to die.
    if (this.#mounted) execFileSync('umount', ['--lazy', this.mountPoint])
    this.#mounted = false
  }

  get #image(): string {
    return this.#imageOf(this.#generation)
  }

  #imageOf(generation: number): string {
    return join(this.#folder, `disk-${generation}.img`)
  }

  #mount(): void {
    // A long commit interval keeps the file system from syncing things on its own account.
    execFileSync('mount', ['-t', 'ext4', '-o', 'loop,commit=600', this.#image, this.mountPoint])
    this.#mounted = true
  }

  #unmount(): void {
    execFileSync('umount', [this.mountPoint])
    this.#mounted = false
  }
}
