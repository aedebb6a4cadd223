import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { backupStore } from '../../store/backup.ts'
import { nodeDisk } from '../../store/node-disk.ts'
import { StoreRefusal } from '../../store/store-refusal.ts'
import { streamNumber } from './message-record.ts'

const MiB = 1024 * 1024
const progressMilliseconds = 100

export interface DirectoryBackup {
  readonly from: string
  readonly to: string
  print(line: string): void
  /** A line that is written again and again. */
  readonly terminal: { show(text: string): void; clear(): void } | undefined
}

/** Copies a data directory; answers the exit code. */
export async function backupDirectory({ from, to, print, terminal }: DirectoryBackup): Promise<number> {
  const started = performance.now()
  let shownAt = 0
  let unreadable = 0
  try {
    refuseNested(from, to)
    const bytes = await backupStore({
      disk: nodeDisk,
      from,
      to,
      logs: logsOf(from),
      onProgress(copied, expected) {
        if (terminal === undefined || performance.now() - shownAt < progressMilliseconds) return
        shownAt = performance.now()
        terminal.show(`${mebibytes(copied)} of ${mebibytes(expected)} MiB`)
      },
      onUnreadable(path, start, end) {
        unreadable += 1
        print(`${path}: the disk could not read bytes ${start} to ${end}; the copy has zeros there`)
      },
    })
    terminal?.clear()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    print(`${mebibytes(bytes)} MiB copied to ${to} in ${seconds} s`)
    return unreadable === 0 ? 0 : 1
  } catch (error) {
    terminal?.clear()
    process.stderr.write(`lapine backup: ${(error as Error).message}\n`)
    return isAbout(error, to) ? 73 : 69
  }
}

/**
 * The logs of a data directory in the order of copying. What leaves the message log for a stream is in that one first;
 * all rely on definitions: those are copied last, so that no message is without its queue.
 */
function logsOf(directory: string): string[] {
  const streams = readdirSync(directory).filter((name) => streamNumber(name) !== undefined)
  return ['messages', ...streams.sort(), 'definitions']
}

function mebibytes(bytes: number): string {
  return (bytes / MiB).toFixed(1)
}

/** A copy inside of what it copies would be part of itself. */
function refuseNested(from: string, to: string): void {
  if (!existsSync(from)) throw new StoreRefusal(`there is no directory ${from}`)
  const inner = `${existing(to)}${sep}`
  if (inner.startsWith(`${realpathSync(from)}${sep}`)) throw new StoreRefusal(`${to} lies in ${from}`)
}

/** The real path of a directory, or of the one it is to be made in. */
function existing(path: string): string {
  const full = resolve(path)
  return existsSync(full) || dirname(full) === full ? realpathSync(full) : existing(dirname(full))
}

function isAbout(error: unknown, directory: string): boolean {
  if (!(error instanceof Error)) return false
  const path = 'path' in error && typeof error.path === 'string' ? error.path : error.message
  const code = 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' || path.startsWith(directory)
}
