import { errorCode, isOutOfSpace } from './disk.ts'
import { StoreRefusal } from './store-refusal.ts'

/** The disk failed before there was a store to say so; `cause` is what the system said. */
export class StorageFault extends Error {
  override readonly name = 'StorageFault'
}

/** What the system says of a directory that is simply not for us. */
const notOurs: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'])

/** Whether the system refused a call, as opposed to a bug. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(errorCode(error))
}

/** What to throw when a directory could not be opened. */
export function openingError(directory: string, error: unknown): unknown {
  if (!isSystemError(error) || !(error instanceof Error)) return error
  const options = { cause: error }
  if (isOutOfSpace(error)) return new StoreRefusal(`there is no space for the data directory ${directory}`, options)
  if (notOurs.has(errorCode(error))) {
    return new StoreRefusal(`the data directory ${directory} cannot be used: ${error.message}`, options)
  }
  return new StorageFault(`the disk of the data directory ${directory} failed: ${error.message}`, options)
}
