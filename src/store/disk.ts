/**
 * What a file is opened for. `durable` reads and writes with every write on disk before it reports
 * back (`O_DSYNC`); `create` makes a new file, or empties one, whose writes need a `sync`.
 */
export type FileMode = 'read' | 'durable' | 'create'

/** An open file. After an error its state is unknown: nothing is ever retried on it. */
export interface DiskFile {
  /** Bytes read; fewer than asked only at the end of the file. */
  read(buffer: Uint8Array, position: number): Promise<number>
  /** Writes all of `buffer`'s bytes from `offset` on, `length` of them; the hot path, hence no promise. */
  write(buffer: Uint8Array, range: WriteRange, done: (error: Error | null) => void): void
  /** Brings what was written to disk (`fdatasync`). */
  sync(): Promise<void>
  truncate(size: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** Which bytes of the buffer go where in the file. */
export interface WriteRange {
  readonly offset: number
  readonly length: number
  readonly position: number
}

/** Keeps others out of a directory until released. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Everything the store does to a disk, so that a simulator can stand in for it. Paths are joined with `/`. */
export interface Disk {
  open(path: string, mode: FileMode): Promise<DiskFile>
  /** Names of the files and directories in a directory; empty when it does not exist. */
  list(path: string): Promise<string[]>
  /** Makes the directory and its parents; true when it did not exist. */
  makeDirectory(path: string): Promise<boolean>
  rename(from: string, to: string): Promise<void>
  /** Removes a file; one that is not there is fine. */
  remove(path: string): Promise<void>
  /** Removes an empty directory; one that is not there is fine. */
  removeDirectory(path: string): Promise<void>
  /** Brings created, renamed and removed names of a directory to disk. */
  syncDirectory(path: string): Promise<void>
  /** Bytes of the disk that a directory is on that are free for this process. */
  freeBytes(path: string): Promise<number>
  /** Throws a `StoreRefusal` when another process, or another store of this one, has the directory. */
  lock(directory: string): Promise<DirectoryLock>
}

/** The code of a failed call (`ENOSPC`, `EIO`, …), or an empty string. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

/** Whether a call failed because the disk, or what this process may have of it, is full. */
export function isOutOfSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errorCode(error))
}

/** Writes a whole buffer at a place of a file. */
export function writeFully(file: DiskFile, buffer: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(buffer, { offset: 0, length: buffer.length, position }, (error) =>
      error === null ? resolve() : reject(error),
    )
  })
}

/** Writes a new file that is on disk when this resolves; its name is not yet. */
export async function writeNew(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, 'create')
  try {
    await writeFully(file, bytes, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}
