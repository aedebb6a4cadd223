import fs from 'node:fs'
import { crc32 } from 'node:zlib'
import { type DirectoryLock, errorCode, isOutOfSpace } from './disk.ts'
import { StoreRefusal } from './store-refusal.ts'

/** The holder of a directory, as written in its lock file. */
interface Holder {
  readonly pid: number
  /** When the process began, in the kernel's own count: tells a holder from a later process of the same number. */
  readonly started: string | undefined
  /** The boot and the space of process numbers that the above hold for. */
  readonly machine: string | undefined
  /** The socket in the directory at which the holder listens, where there can be one. */
  readonly door: string | undefined
}

/**
 * Sockets by their paths. Process numbers say nothing from one container to another; whoever can connect to
 * a holder's socket knows that it lives. The store floor has no sockets: the server brings them.
 */
export interface Doorway {
  /** Listens at the path without keeping the process alive; undefined where that cannot be. */
  open(path: string): Promise<{ close(): Promise<void> } | undefined>
  /** Whether somebody listens there, or may. */
  isOpen(path: string): Promise<boolean>
}

/** Directories held by this process, by real path. */
const held = new Set<string>()

/** Attempts to win against others who take over the same stale lock. */
const ATTEMPTS = 5
/** A lock file that is in no use. On a full disk its space is all there is for the next one. */
const SPARE_NAME = 'lock.spare'
/** The address of a socket has no room for more. */
const DOOR_PATH_MAX = 100

/**
 * Keeps other processes, and other stores of this one, out of a directory by a file that names the holder.
 * A lock whose process is gone is taken over; so is, without a doorway, one from another container.
 */
export async function lockDirectory(directory: string, doorway?: Doorway): Promise<DirectoryLock> {
  const real = fs.realpathSync(directory)
  if (held.has(real)) throw refusal(directory, process.pid)
  held.add(real)
  const door = await openDoor(real, doorway)
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (create(real, door?.name)) return { release: () => release(real, door) }
      const holder = readHolder(`${real}/lock`)
      if (holder !== undefined && (await isAlive(real, holder, doorway))) throw refusal(directory, holder.pid)
      remove(real, holder)
      if (holder?.door !== undefined) fs.rmSync(`${real}/${holder.door}`, { force: true })
    }
    throw new StoreRefusal(`the data directory ${directory} is being opened by others: its lock changes hands`)
  } catch (error) {
    held.delete(real)
    await door?.close()
    throw error
  }
}

/** The process that holds a directory, as far as can be told without touching it. */
export async function holderOf(directory: string, doorway?: Doorway): Promise<number | undefined> {
  const real = fs.realpathSync(directory)
  if (held.has(real)) return process.pid
  const holder = readHolder(`${real}/lock`)
  return holder !== undefined && (await isAlive(real, holder, doorway)) ? holder.pid : undefined
}

function refusal(directory: string, pid: number): StoreRefusal {
  return new StoreRefusal(`the data directory ${directory} is in use by process ${pid}`)
}

/** Puts a complete lock file in place, or leaves the one that is there. */
function create(directory: string, door: string | undefined): boolean {
  const path = `${directory}/lock`
  const self: Holder = { pid: process.pid, started: startOf(process.pid), machine: machineOf(), door }
  const content = `${JSON.stringify(self)}\n`
  const own = `${path}.${ownToken()}`
  try {
    writeOwn(own, `${directory}/${SPARE_NAME}`, content)
    // A link appears with its content and fails when the name is taken.
    fs.linkSync(own, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    // A stale lock that is there will have the space.
    if (isOutOfSpace(error) && fs.existsSync(path)) return false
    if (isOutOfSpace(error))
      throw new StoreRefusal(`there is no space on the disk of ${directory}, not even for its lock`)
    // A file system without links: the file may be seen empty for a moment.
    return createWithoutLink(path, content)
  } finally {
    fs.rmSync(own, { force: true })
  }
}

/** Writes a file, if there is one in the space of a file that nobody needs. */
function writeOwn(own: string, spare: string, content: string): void {
  try {
    fs.renameSync(spare, own)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    fs.writeFileSync(own, content, { mode: 0o640 })
    return
  }
  const file = fs.openSync(own, 'r+')
  try {
    fs.writeSync(file, content, 0)
    fs.ftruncateSync(file, Buffer.byteLength(content))
  } finally {
    fs.closeSync(file)
  }
}

function createWithoutLink(path: string, content: string): boolean {
  try {
    fs.writeFileSync(path, content, { flag: 'wx', mode: 0o640 })
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
    const text = (key: 'started' | 'machine' | 'door') => {
      const found = Object.getOwnPropertyDescriptor(value, key)?.value
      return typeof found === 'string' ? found : undefined
    }
    const door = text('door')
    return { pid, started: text('started'), machine: text('machine'), door: isDoorName(door) ? door : undefined }
  } catch {
    // Gone meanwhile, or a file that a power cut left empty: nobody holds it.
    return undefined
  }
}

async function isAlive(directory: string, holder: Holder, doorway: Doorway | undefined): Promise<boolean> {
  const { door, started } = holder
  const isHere = holder.machine === machineOf()
  if (isHere && !isRunning(holder)) return false
  // The very process is there, whatever became of its socket. Elsewhere, and after a reboot, numbers say nothing.
  if (isHere && (started !== undefined || door === undefined || doorway === undefined)) return true
  return door !== undefined && doorway !== undefined && (await doorway.isOpen(`${directory}/${door}`))
}

/** Whether the very process that wrote the lock is there, as far as its number tells. */
function isRunning({ pid, started }: Holder): boolean {
  // This process holds no lock here, so one with its name is a leftover of its own.
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  return started === undefined || started === startOf(pid)
}

/** Puts a stale lock aside, unless another process replaced it since it was read. */
function remove(directory: string, stale: Holder | undefined): void {
  const path = `${directory}/lock`
  const aside = `${path}.${ownToken()}.stale`
  try {
    fs.renameSync(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const taken = readHolder(aside)
  if (taken === undefined || JSON.stringify(taken) === JSON.stringify(stale)) {
    return fs.renameSync(aside, `${directory}/${SPARE_NAME}`)
  }
  // It was a new holder's: give it back.
  try {
    fs.linkSync(aside, path)
  } catch {}
  fs.rmSync(aside, { force: true })
}

async function release(real: string, door: Door | undefined): Promise<void> {
  held.delete(real)
  const path = `${real}/lock`
  const holder = readHolder(path)
  if (holder?.pid === process.pid && holder.door === door?.name) fs.renameSync(path, `${real}/${SPARE_NAME}`)
  await door?.close()
}

interface Door {
  readonly name: string
  close(): Promise<void>
}

function isDoorName(name: string | undefined): boolean {
  return name !== undefined && /^lock-[0-9a-f]+\.sock$/.test(name)
}

/** Listens in the directory where that can be. */
async function openDoor(directory: string, doorway: Doorway | undefined): Promise<Door | undefined> {
  const name = `lock-${ownToken()}.sock`
  const path = `${directory}/${name}`
  if (Buffer.byteLength(path) > DOOR_PATH_MAX) return undefined
  // A process of the same number may have left one behind, where numbers are all there is.
  fs.rmSync(path, { force: true })
  const opened = await doorway?.open(path)
  return opened === undefined ? undefined : { name, close: () => opened.close() }
}

/** Names the files of this process apart from those of others, also of other containers. */
function ownToken(): string {
  return crc32(`${process.pid} ${startOf(process.pid)} ${machineOf()}`)
    .toString(16)
    .padStart(8, '0')
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
