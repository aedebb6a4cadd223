import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** CPU and memory of a process, all its threads together. */
export interface ProcessFigures {
  readonly cpuMicroseconds: number
  readonly residentBytes: number
}

/** Whether this system shows the figures of other processes: Linux does, through /proc. */
export const figuresAvailable: boolean = process.platform === 'linux'

const microsecondsPerTick = figuresAvailable ? 1e6 / ticksPerSecond() : 0

/** Reads the figures of a running process. */
export function figuresOf(pid: number): ProcessFigures {
  return {
    cpuMicroseconds: cpuTicks(readFileSync(`/proc/${pid}/stat`, 'latin1')) * microsecondsPerTick,
    residentBytes: residentKib(readFileSync(`/proc/${pid}/status`, 'latin1')) * 1024,
  }
}

/** User and system time in /proc/PID/stat, fields 14 and 15; the name in field 2 may hold anything. */
export function cpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** VmRSS in /proc/PID/status. */
export function residentKib(status: string): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}

/** Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6. */
export function listenerInodes(table: string, port: number): string[] {
  const listening = '0A'
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === listening && fields[1]!.endsWith(suffix))
    .map((fields) => fields[9]!)
}

/** The process that listens on a TCP port of this machine; undefined when it may not be seen. */
export function listenerPid(port: number): number | undefined {
  if (!figuresAvailable) return undefined
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    listenerInodes(
      seen(() => readFileSync(file, 'latin1'), ''),
      port,
    ),
  )
  const wanted = new Set(inodes.map((inode) => `socket:[${inode}]`))
  if (wanted.size === 0) return undefined
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const found = pids.find((pid) => openFiles(pid).some((file) => wanted.has(file)))
  return found === undefined ? undefined : Number(found)
}

function openFiles(pid: string): string[] {
  const folder = `/proc/${pid}/fd`
  return seen(() => readdirSync(folder), []).map((name) => seen(() => readlinkSync(`${folder}/${name}`), ''))
}

/** What `look` sees, or `otherwise` for a process that is another user's or just ended, or a file just closed. */
function seen<T>(look: () => T, otherwise: T): T {
  try {
    return look()
  } catch {
    return otherwise
  }
}

function ticksPerSecond(): number {
  return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'latin1' }))
}
