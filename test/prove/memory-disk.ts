import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const MiB = 1024 * 1024

/** Why no small disk can be mounted here; undefined when it can. */
export function memoryDiskObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux with tmpfs'
  if (process.getuid?.() !== 0) return 'needs root, to mount a small disk'
  return spawnSync('sh', ['-c', 'command -v mount']).status === 0 ? undefined : 'needs mount'
}

/** A small file system in memory, mounted. */
export class MemoryDisk {
  readonly mountPoint: string
  readonly #ballast: string
  #mounted = false
  readonly #onExit = () => this.close()

  constructor(folder: string, mebibytes: number) {
    this.mountPoint = join(folder, 'small')
    this.#ballast = join(this.mountPoint, 'ballast')
    mkdirSync(this.mountPoint, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', this.mountPoint])
    this.#mounted = true
    process.on('exit', this.#onExit)
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.mountPoint)
    return bavail * bsize
  }

  /** Somebody else takes space, until only so much is left. */
  load(leftBytes: number): void {
    const file = openSync(this.#ballast, 'a')
    const zeros = Buffer.alloc(MiB / 4)
    try {
      while (this.freeBytes > leftBytes + zeros.length) writeSync(file, zeros)
    } catch {
      // The broker was quicker: the disk is full, which is what was asked for.
    } finally {
      closeSync(file)
    }
  }

  /** And gives it back. */
  unload(): void {
    rmSync(this.#ballast, { force: true })
  }

  /** Nothing may run on it. */
  close(): void {
    process.off('exit', this.#onExit)
    if (this.#mounted) execFileSync('umount', ['--lazy', this.mountPoint])
    this.#mounted = false
  }
}
