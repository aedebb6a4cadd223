import { rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { freePort } from '../../bench/lapine-child.ts'
import { Chance } from '../fuzz/chance.ts'
import { BrokerProcess, type BrokerStart, type Ended } from './broker-process.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import type { Load } from './load.ts'
import { Stage } from './stage.ts'
import {
  type FailingCall,
  type Injected,
  type Injection,
  readTraceFile,
  straceCommand,
  straceObstacle,
} from './strace.ts'

/** The highest count to begin with; what a trace shows to be out of reach comes down. */
const countsMax: Record<FailingCall, number> = {
  pwrite64: 150,
  fdatasync: 12,
  fsync: 16,
  openat: 20,
  rename: 12,
  ftruncate: 3,
}

/** What fails in which round; writes more often, because they are what confirms hang on. */
const order: readonly FailingCall[] = [
  'pwrite64',
  'fdatasync',
  'openat',
  'pwrite64',
  'fsync',
  'rename',
  'pwrite64',
  'ftruncate',
]

/** EX_IOERR of sysexits.h. */
const storageExitCode = 74
const loadMilliseconds = 2000
const exitMillisecondsMax = 1500
/** A confirm may be under way while the broker hears of a failure that concerns something else. */
const graceMilliseconds = 400
const tries = 6

class ErrnoCampaign implements OpenCampaign {
  readonly #folder: string
  readonly #chance: Chance
  readonly #stage: Stage
  readonly #start: BrokerStart
  readonly #countsMax = { ...countsMax }
  readonly #codes = new Map<number | null, number>()
  readonly #places = new Map<string, number>()
  #confirmed = 0
  #slowestExit = 0

  private constructor(options: CampaignOptions, port: number) {
    this.#folder = options.folder
    this.#chance = new Chance(options.seed)
    this.#stage = new Stage(this.#chance)
    this.#start = { dataDirectory: join(options.folder, 'data'), port }
  }

  static async open(options: CampaignOptions): Promise<ErrnoCampaign> {
    const campaign = new ErrnoCampaign(options, await freePort())
    const broker = await BrokerProcess.start(campaign.#start)
    await campaign.#stage.declare(broker.url)
    await broker.kill()
    return campaign
  }

  async round(number: number): Promise<RoundReport> {
    const call = order[(number - 1) % order.length]!
    let report: RoundReport | undefined
    for (let attempt = 1; attempt <= tries && report === undefined; attempt++) report = await this.#try(call)
    return report ?? { line: `${call}: not reached in ${tries} tries`, complaints: [] }
  }

  summary() {
    const list = (map: ReadonlyMap<unknown, number>) => [...map].map(([what, count]) => `${what} (${count})`).join(', ')
    return {
      lines: [
        this.#stage.totals,
        `${this.#confirmed} confirmed; slowest exit ${Math.round(this.#slowestExit)} ms after the failure`,
        `exit codes: ${list(this.#codes)}`,
        `failed on: ${list(this.#places)}`,
      ],
      complaints: this.#places.size === 0 ? ['no call was reached'] : [],
    }
  }

  async close(): Promise<void> {}

  /** One run of the broker with one failing call, and a clean boot after it. Undefined when the call never came. */
  async #try(call: FailingCall): Promise<RoundReport | undefined> {
    const injection: Injection = { call, nth: 1 + this.#chance.below(this.#countsMax[call]), error: 'EIO' }
    const trace = join(this.#folder, 'trace')
    rmSync(trace, { force: true })
    const under = straceCommand(injection, this.#start.dataDirectory, trace)
    // One thread makes the count exact, several are what users have.
    const environment = { UV_THREADPOOL_SIZE: this.#chance.pick(['1', '4']) }
    const broker = new BrokerProcess({ ...this.#start, under, environment })
    const run = await this.#work(broker, trace, call)
    const { injected, callsMax } = readTraceFile(trace, call)
    if (injected.length === 0) this.#countsMax[call] = Math.max(1, Math.min(this.#countsMax[call], callsMax))
    const complaints = injected.length === 0 ? [] : this.#judgeRun(run, injected[0]!)
    const boot = await BrokerProcess.start(this.#start)
    const audit = await this.#stage.audit(boot.url)
    await this.#stage.emptySome(boot.url)
    await boot.kill()
    complaints.push(...audit.complaints)
    if (injected.length === 0 && complaints.length === 0) return undefined
    const { ended, confirmed } = run
    const at = injected[0] === undefined ? 'nowhere' : this.#placeOf(injected[0].path)
    const after = injected[0] === undefined ? 0 : ended.at - injected[0].at
    const line = `${call} ${injection.nth} failed on ${at.padEnd(28)} ${run.phase}, exit ${ended.code ?? ended.signal} after ${Math.round(after)} ms; ${confirmed} confirmed`
    return { line, complaints, evidence: `${broker.excerpt}\n${boot.excerpt}` }
  }

  /** Boots, works, stops; wherever the broker ends on the way. */
  async #work(broker: BrokerProcess, trace: string, call: string): Promise<Run> {
    const late: Late = { sentAt: 0, confirmedAt: 0 }
    let phase: Run['phase'] = 'booting'
    let load: Load | undefined
    try {
      await broker.ready()
      phase = 'working'
      load = await this.#stage.load(broker.url, { bytesMax: 48 * 1024 * 1024 })
      watch(load, late)
      await Promise.race([broker.ended, load.reaches({ kind: 'milliseconds', count: loadMilliseconds })])
      if (readTraceFile(trace, call).injected.length === 0) {
        phase = 'stopping'
        await Promise.race([broker.ended, load.stop()])
        broker.signal('SIGTERM')
      }
    } catch (error) {
      // Everything breaks when the broker goes; what breaks while it stays is a finding.
      if ((await endOf(broker)) === undefined) throw error
    }
    const ended = await endOf(broker)
    if (ended === undefined) await broker.kill()
    if (load !== undefined) await load.end.catch(() => undefined)
    this.#confirmed += load?.confirmed ?? 0
    return {
      ended: ended ?? (await broker.ended),
      gone: ended !== undefined,
      phase,
      late,
      confirmed: load?.confirmed ?? 0,
    }
  }

  #judgeRun({ ended, gone, late }: Run, { at, path }: Injected): string[] {
    const complaints: string[] = []
    this.#codes.set(ended.code, (this.#codes.get(ended.code) ?? 0) + 1)
    const place = this.#placeOf(path)
    this.#places.set(place, (this.#places.get(place) ?? 0) + 1)
    const after = ended.at - at
    this.#slowestExit = Math.max(this.#slowestExit, after)
    if (!gone) complaints.push('the broker goes on after the failure')
    else if (ended.code !== storageExitCode) complaints.push(`the broker ended with ${ended.code ?? ended.signal}`)
    if (gone && after > exitMillisecondsMax)
      complaints.push(`the broker ended only ${Math.round(after)} ms after the failure`)
    // Messages wait for a write of their segment, so none that was sent after its failure can be confirmed.
    const grace = /messages\/\d+\.segment$/.test(path) ? 5 : graceMilliseconds
    if (late.sentAt > at + grace) {
      complaints.push(`a message sent ${Math.round(late.sentAt - at)} ms after the failure was confirmed`)
    }
    if (late.confirmedAt > at + graceMilliseconds) {
      complaints.push(`a confirm came ${Math.round(late.confirmedAt - at)} ms after the failure`)
    }
    return complaints
  }

  #placeOf(path: string): string {
    return `${basename(dirname(path))}/${basename(path).replace(/^\d+/, 'N')}`
  }
}

/** When the message last sent of those confirmed was sent, and when the last confirm came. */
interface Late {
  sentAt: number
  confirmedAt: number
}

interface Run {
  readonly ended: Ended
  /** It ended of itself. */
  readonly gone: boolean
  readonly phase: 'booting' | 'working' | 'stopping'
  readonly late: Late
  readonly confirmed: number
}

function watch(load: Load, late: Late): void {
  for (const publisher of load.publishers) {
    publisher.onConfirm = (_, sentAt) => {
      late.sentAt = Math.max(late.sentAt, sentAt)
      late.confirmedAt = publisher.lastConfirmAt
    }
  }
}

/** How it ended, if it does so before long. */
async function endOf(broker: BrokerProcess): Promise<Ended | undefined> {
  let late: NodeJS.Timeout | undefined
  const patience = new Promise<undefined>((resolve) => {
    late = setTimeout(() => resolve(undefined), 2 * exitMillisecondsMax + 8000)
  })
  const ended = await Promise.race([broker.ended, patience])
  clearTimeout(late)
  return ended
}

/** Proves that a failing disk costs nothing that was confirmed. */
await run({
  name: 'errno',
  purpose: `Runs the broker under strace, which lets one system call on the data directory fail with EIO: a write, a sync, an
open, a rename, a truncation, while it boots, works or stops. It must confirm nothing that hangs on the failed
call, end with 74, and find everything at its next, undisturbed boot.`,
  rounds: 50,
  obstacle: straceObstacle,
  open: (options) => ErrnoCampaign.open(options),
})
