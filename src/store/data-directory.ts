import { dirname, resolve } from 'node:path'
import { type Random, systemRandom } from '../std/random.ts'
import { type Disk, errorCode, writeNew } from './disk.ts'
import { completePreamble, FileKind, FORMAT, formatOf, newPreamble, PREAMBLE_SIZE, readPreamble } from './preamble.ts'
import { newerFormat } from './snapshot.ts'
import { StoreRefusal } from './store-refusal.ts'

/** Lies in a directory into which a backup is being written. */
export const incompleteName = 'incomplete'

/** Files that lie beside the directories of the logs. */
const ownFiles = /^(store|incomplete|lock.*)$/
/** Names of logs are names of directories. */
const logName = /^[a-z][a-z0-9-]{0,63}$/
/** What the directory of a log is called while it is being removed. */
const REMOVED = '.removed'

export function isLogName(name: string): boolean {
  return logName.test(name) && !ownFiles.test(name)
}

/** Removes a log's directory: from one moment to the next it is no log any more, whatever happens then. */
export async function removeLog(disk: Disk, directory: string, name: string): Promise<void> {
  const path = `${directory}/${name}${REMOVED}`
  try {
    await disk.rename(`${directory}/${name}`, path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  await disk.syncDirectory(directory)
  await clear(disk, path)
  await disk.syncDirectory(directory)
}

/** Goes on with removals that a crash interrupted. */
export async function finishRemovals(disk: Disk, directory: string): Promise<void> {
  const left = (await disk.list(directory)).filter((name) => name.endsWith(REMOVED))
  for (const name of left) await clear(disk, `${directory}/${name}`)
  if (left.length > 0) await disk.syncDirectory(directory)
}

async function clear(disk: Disk, path: string): Promise<void> {
  for (const name of await disk.list(path)) await disk.remove(`${path}/${name}`)
  await disk.removeDirectory(path)
}

/** Throws a `StoreRefusal` for a backup that was interrupted: what is there is not all of it. */
export async function requireComplete(disk: Disk, directory: string): Promise<void> {
  if (!(await disk.list(directory)).includes(incompleteName)) return
  throw new StoreRefusal(`${directory} holds a backup that was not completed`)
}

interface SaltOptions {
  readonly directory: string
  readonly disk: Disk
  readonly random?: Random
}

/**
 * The file `store`: a preamble with 12 u32 salt. It says that the directory is a store's, and of which format.
 * Salts also lie in every segment, so losing it loses nothing.
 */
export async function readSalt(options: SaltOptions): Promise<number> {
  const { disk, directory, random = systemRandom } = options
  const path = `${directory}/store`
  const bytes = Buffer.alloc(PREAMBLE_SIZE)
  try {
    const file = await disk.open(path, 'read')
    try {
      await file.read(bytes, 0)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  const found = readPreamble(bytes, 0, FileKind.store)
  if (found !== undefined) {
    if (formatOf(found) > FORMAT) throw newerFormat(path, formatOf(found))
    return found.getUint32(12, true)
  }
  const view = newPreamble(FileKind.store)
  const salt = random.bytes(4).readUInt32LE(0)
  view.setUint32(12, salt, true)
  await writeNew(disk, `${path}.tmp`, completePreamble(view))
  await disk.rename(`${path}.tmp`, path)
  await disk.syncDirectory(directory)
  await syncAncestors(disk, directory)
  return salt
}

/** A directory that was just made is lost with its name: brings the names on the way to it to disk. */
export async function syncAncestors(disk: Disk, directory: string): Promise<void> {
  for (let path = resolve(directory), up = dirname(path); up !== path; path = up, up = dirname(path)) {
    try {
      await disk.syncDirectory(up)
    } catch (error) {
      // A directory we may not read is none that was made for us.
      if (errorCode(error) === 'EIO') throw error
      return
    }
  }
}
