import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** System calls that bring data to disk: syncs, and writes to a file whose writes are durable by themselves. */
export interface DurableWrites {
  readonly syncs: number
  readonly throughWrites: number
}

const tracedCalls = 'openat,close,pwrite64,pwritev,pwritev2,write,writev,fdatasync,fsync,syncfs,sync_file_range'
const writeCalls = new Set(['pwrite64', 'pwritev', 'pwritev2', 'write', 'writev'])
const syncCalls = new Set(['fdatasync', 'fsync', 'syncfs', 'sync_file_range'])
/** O_DSYNC as /proc/PID/fdinfo shows it; O_SYNC has this bit too. */
const throughBit = 0o10000
const attachMilliseconds = 10_000

/** Counts the durable writes of a running process by tracing it, which slows it down: not for runs that measure cost. */
export class DurableWriteCounter {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #through: Set<number>

  private constructor(child: ChildProcess, folder: string, through: Set<number>) {
    this.#child = child
    this.#folder = folder
    this.#through = through
  }

  /** Begins to count; throws when there is no strace, or it may not look at the process. */
  static async attach(pid: number): Promise<DurableWriteCounter> {
    const folder = mkdtempSync(join(tmpdir(), 'lapine-trace-'))
    const args = ['-f', '-e', `trace=${tracedCalls}`, '-e', 'signal=none', '-s', '0', '-o', join(folder, 'trace')]
    const child = spawn('strace', [...args, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      await attached(child)
    } catch (error) {
      child.kill('SIGINT')
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
    return new DurableWriteCounter(child, folder, throughFiles(pid))
  }

  /** Lets go of the process and answers what was counted. */
  async detach(): Promise<DurableWrites> {
    if (this.#child.exitCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.kill('SIGINT')
      await gone
    }
    const trace = readFileSync(join(this.#folder, 'trace'), 'latin1')
    rmSync(this.#folder, { recursive: true, force: true })
    return durableWritesIn(trace, this.#through)
  }
}

/** Resolves when strace says that it watches. */
function attached(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    const late = setTimeout(() => fail('it does not attach'), attachMilliseconds)
    const fail = (reason: string) => {
      clearTimeout(late)
      reject(new Error(`strace: ${output.trim() || reason}`))
    }
    child.stderr!.on('data', (chunk: Buffer) => {
      if (output.length < 65_536) output += chunk.toString()
      if (!/ attached/.test(output)) return
      clearTimeout(late)
      resolve()
    })
    child.on('error', (error) => fail(error.message))
    child.on('exit', () => fail('it ended'))
  })
}

/** Descriptors of a process whose writes are durable by themselves. */
function throughFiles(pid: number): Set<number> {
  const found = new Set<number>()
  for (const name of readdirSync(`/proc/${pid}/fdinfo`)) {
    try {
      const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${name}`, 'latin1'))?.[1] ?? '0'
      if ((Number.parseInt(flags, 8) & throughBit) !== 0) found.add(Number(name))
    } catch {
      // It was closed meanwhile.
    }
  }
  return found
}

/**
 * Counts in a trace. A call that another thread's came between takes two lines: the first has the arguments,
 * the second the result.
 *
 *     71 openat(AT_FDCWD, ""..., O_RDWR|O_DSYNC <unfinished ...>
 *     71 <... openat resumed>) = 24
 */
export function durableWritesIn(trace: string, throughAtFirst: Iterable<number>): DurableWrites {
  const through = new Set(throughAtFirst)
  const opening = new Map<string, boolean>()
  let syncs = 0
  let throughWrites = 0
  for (const line of trace.split('\n')) {
    const resumed = /^(\d+) +<\.\.\. openat resumed>.*= (\d+)/.exec(line)
    if (resumed !== null) {
      if (opening.get(resumed[1]!) === true) through.add(Number(resumed[2]))
      continue
    }
    const [, thread = '', call = '', descriptor] = /^(\d+) +([a-z0-9_]+)\((\d+)?/.exec(line) ?? []
    if (call === 'openat') {
      const isThrough = /O_D?SYNC/.test(line)
      opening.set(thread, isThrough)
      const opened = / = (\d+)$/.exec(line)?.[1]
      if (opened !== undefined && isThrough) through.add(Number(opened))
    }
    if (call === 'close') through.delete(Number(descriptor))
    if (syncCalls.has(call)) syncs += 1
    if (writeCalls.has(call) && through.has(Number(descriptor))) throughWrites += 1
  }
  return { syncs, throughWrites }
}

/** What was counted, beside the confirms that came meanwhile. */
export function durableWritesLine(
  counted: DurableWrites,
  run: { readonly workload: string; readonly product: string; readonly confirms: number },
): string {
  const { syncs, throughWrites } = counted
  const total = syncs + throughWrites
  const perThousand = figure((total / run.confirms) * 1000)
  const batch = total === 0 ? 'no durable write at all' : `${figure(run.confirms / total)} confirms for each`
  const kinds = `${syncs} syncs, ${throughWrites} writes to files opened with O_DSYNC`
  const confirms = run.confirms.toLocaleString('en')
  return `${run.workload} ${run.product}: ${perThousand} durable writes per 1,000 confirms, ${batch} (${kinds}, ${confirms} confirms)`
}

/** Three digits that matter, or all that there are. */
function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
