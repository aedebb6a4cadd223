import { type Disk, errorCode, isOutOfSpace, writeNew } from './disk.ts'
import type { Position } from './log.ts'
import {
  completePreamble,
  FileKind,
  getAddress,
  newPreamble,
  PREAMBLE_SIZE,
  readPreamble,
  setAddress,
} from './preamble.ts'
import { readTolerantly } from './scan-window.ts'

/**
 * The file `closed` says that a segment is sealed and on disk up to its end; it holds until a later segment
 * begins, and is a preamble with 16 u32 segment number · 24 u64 end.
 */
export interface ClosedMark {
  readonly number: number
  /** Behind the seal. */
  readonly end: Position
}

export const closedName = 'closed'

/** Puts the mark in place. On a full disk there is none, and the next start takes the log as not closed. */
export async function writeClosedMark(disk: Disk, directory: string, mark: ClosedMark): Promise<void> {
  const view = newPreamble(FileKind.closed)
  view.setUint32(16, mark.number, true)
  setAddress(view, 24, mark.end)
  const path = `${directory}/${closedName}`
  try {
    await writeNew(disk, `${path}.tmp`, completePreamble(view))
    await disk.rename(`${path}.tmp`, path)
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
    await disk.remove(`${path}.tmp`)
    return
  }
  await disk.syncDirectory(directory)
}

/** The mark, when there is one that verifies: without it a log counts as not closed. */
export async function readClosedMark(disk: Disk, directory: string): Promise<ClosedMark | undefined> {
  const file = await disk.open(`${directory}/${closedName}`, 'read').catch((error: Error) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const bytes = Buffer.alloc(PREAMBLE_SIZE)
    await readTolerantly(file, bytes, 0)
    const view = readPreamble(bytes, 0, FileKind.closed)
    return view === undefined ? undefined : { number: view.getUint32(16, true), end: getAddress(view, 24) }
  } finally {
    await file.close()
  }
}
