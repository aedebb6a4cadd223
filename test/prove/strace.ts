import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** System calls that are made to fail. */
export type FailingCall = 'pwrite64' | 'fdatasync' | 'fsync' | 'openat' | 'rename' | 'ftruncate'

/** The `nth` call of its kind fails once, counted in each thread. */
export interface Injection {
  readonly call: FailingCall
  readonly nth: number
  readonly error: string
}

/** A call that was made to fail. */
export interface Injected {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number
  /** File or directory it was about; `?` if the trace does not say. */
  readonly path: string
}

/** Files that the broker may make next: strace has to be told their names beforehand. */
const newFilesMax = 40
const fileKinds = ['segment', 'segment.tmp', 'spare', 'snapshot', 'snapshot.tmp', 'index', 'index.tmp']

/** Why nothing can be injected here; undefined when it can. */
export function straceObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  const { status } = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=getpid:error=EIO', 'true'])
  return status === 0 ? undefined : 'needs strace, and the right to trace processes'
}

/** The command to run a broker under, so that a call on its data directory fails; the trace goes to a file. */
export function straceCommand(injection: Injection, dataDirectory: string, trace: string): string[] {
  const { call, nth, error } = injection
  const paths = [...dataPaths(dataDirectory)].flatMap((path) => ['-P', path])
  const what = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${nth}`]
  // -D: the tracer is the child, so that pid, signals and exit code are the broker's own.
  return ['strace', '-D', '-f', '-q', '-y', '-ttt', '-s', '8', '-o', trace, ...what, ...paths]
}

function* dataPaths(dataDirectory: string): Generator<string> {
  yield dataDirectory
  yield join(dataDirectory, 'store')
  yield join(dataDirectory, 'store.tmp')
  for (const log of ['messages', 'definitions']) {
    const directory = join(dataDirectory, log)
    yield directory
    const numbers = readdirSync(directory).flatMap((name) => {
      const number = /^0*(\d+)\./.exec(name)?.[1]
      return number === undefined ? [] : [Number(number)]
    })
    for (const name of ['closed', 'closed.tmp']) yield join(directory, name)
    const last = Math.max(0, ...numbers)
    const ahead = Array.from({ length: newFilesMax }, (_, i) => last + 1 + i)
    for (const number of new Set([...numbers, ...ahead])) {
      const base = join(directory, String(number).padStart(10, '0'))
      for (const kind of fileKinds) yield `${base}.${kind}`
    }
  }
}

/** What a trace says: the calls that were made to fail, and how many of the kind one thread made at most. */
export function readTrace(text: string, call: string): { injected: Injected[]; callsMax: number } {
  const injected: Injected[] = []
  const counts = new Map<string, number>()
  const begun = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [thread = '', seconds = ''] = line.split(/\s+/, 2)
    if (line.includes(`${call}(`)) {
      counts.set(thread, (counts.get(thread) ?? 0) + 1)
      begun.set(thread, line)
    }
    if (!line.includes('(INJECTED)')) continue
    injected.push({ at: Number(seconds) * 1000, path: pathIn(begun.get(thread) ?? line) })
  }
  return { injected, callsMax: Math.max(0, ...counts.values()) }
}

/** As `readTrace`, of a file that may not be there yet. */
export function readTraceFile(path: string, call: string): ReturnType<typeof readTrace> {
  try {
    return readTrace(readFileSync(path, 'latin1'), call)
  } catch {
    return { injected: [], callsMax: 0 }
  }
}

/** Paths come as names in quotes, or behind a descriptor: `21</data/file>`. */
function pathIn(line: string): string {
  return /"(\/[^"]*)"/.exec(line)?.[1] ?? /\(\d+<(\/[^>]*)>/.exec(line)?.[1] ?? '?'
}
