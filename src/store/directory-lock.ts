import fs from 'node:fs'
import { type DirectoryLock, errorCode } from './disk.ts'
import { StoreRefusal } from './store-refusal.ts'

/** The holder of a directory, as written in its lock file. */
interface Holder {
  readonly pid: number
  /** When the process began, in the kernel's own count: tells a holder from a later process of the same number. */
  readonly started: string | undefined
  /** The boot and process-number space the above hold for. */
  readonly machine: string | undefined
}

/** Directories held by this process, by real path. */
const held = new Set<string>()

/** Attempts to win against others who take over the same stale lock. */
const ATTEMPTS = 5

/**
 * Keeps other processes, and other stores of this one, out of a directory by a file that names the holder.
 * A lock whose process is gone is taken over.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const real = fs.realpathSync(directory)
  const path = `${real}/lock`
  if (held.has(real)) throw refusal(directory, process.pid)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (create(path)) {
      held.add(real)
      return { release: async () => release(real, path) }
    }
    const holder = readHolder(path)
    if (holder !== undefined && isAlive(holder)) throw refusal(directory, holder.pid)
    remove(path, holder)
  }
  throw new StoreRefusal(`the data directory ${directory} is being opened by others: its lock changes hands`)
}

function refusal(directory: string, pid: number): StoreRefusal {
  return new StoreRefusal(`the data directory ${directory} is in use by process ${pid}`)
}

/** Puts a complete lock file in place, or leaves the one that is there. */
function create(path: string): boolean {
  const self: Holder = { pid: process.pid, started: startOf(process.pid), machine: machineOf() }
  const own = `${path}.${process.pid}`
  fs.writeFileSync(own, `${JSON.stringify(self)}\n`, { mode: 0o640 })
  try {
    // A link appears with its content and fails when the name is taken.
    fs.linkSync(own, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    // A file system without links: the file may be seen empty for a moment.
    return createWithoutLink(path, self)
  } finally {
    fs.rmSync(own, { force: true })
  }
}

function createWithoutLink(path: string, self: Holder): boolean {
  try {
    fs.writeFileSync(path, `${JSON.stringify(self)}\n`, { flag: 'wx', mode: 0o640 })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(path, 'utf8'))
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined
    const { pid } = value
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined
    const started = 'started' in value && typeof value.started === 'string' ? value.started : undefined
    const machine = 'machine' in value && typeof value.machine === 'string' ? value.machine : undefined
    return { pid, started, machine }
  } catch {
    // Gone meanwhile, or a file that a power cut left empty: nobody holds it.
    return undefined
  }
}

function isAlive(holder: Holder): boolean {
  // After a reboot, or seen from another container, the number says nothing; both leave stale locks behind.
  if (holder.machine !== machineOf()) return false
  // This process holds no lock here, so one with its name is a leftover of its own.
  if (holder.pid === process.pid && holder.started === startOf(process.pid)) return false
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  return holder.started === undefined || holder.started === startOf(holder.pid)
}

/** Removes a stale lock, unless another process replaced it since it was read. */
function remove(path: string, stale: Holder | undefined): void {
  const aside = `${path}.${process.pid}.stale`
  try {
    fs.renameSync(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const taken = readHolder(aside)
  if (taken !== undefined && JSON.stringify(taken) !== JSON.stringify(stale)) {
    // It was a new holder's: give it back.
    try {
      fs.linkSync(aside, path)
    } catch {}
  }
  fs.rmSync(aside, { force: true })
}

function release(real: string, path: string): void {
  held.delete(real)
  const holder = readHolder(path)
  if (holder?.pid === process.pid && holder.started === startOf(process.pid)) fs.rmSync(path, { force: true })
}

/** Field 22 of the process's line in /proc; undefined where there is none. */
function startOf(pid: number): string | undefined {
  try {
    const line = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses and may hold anything.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** The running boot and the space of process numbers; undefined where there is no /proc. */
function machineOf(): string | undefined {
  try {
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${fs.readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}
