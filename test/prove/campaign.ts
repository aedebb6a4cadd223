import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { excerptOf, killAll } from './broker-process.ts'

/** What every proof is told on its command line. */
export interface CampaignOptions {
  readonly rounds: number
  readonly seed: number
  /** Where data directories and images go; an empty directory of this campaign alone. */
  readonly folder: string
  readonly keepGoing: boolean
  /** Options of this proof only, as given. */
  readonly own: Readonly<Record<string, string | boolean | undefined>>
}

/** What one round came to. */
export interface RoundReport {
  /** One line for the reader. */
  readonly line: string
  /** What the broker did wrong; empty when it kept all it promised. */
  readonly complaints: readonly string[]
  /** Printed when there are complaints: the end of the broker's log. */
  readonly evidence?: string | undefined
}

export interface Campaign {
  readonly name: string
  readonly purpose: string
  readonly rounds: number
  /** A round that takes longer is a finding. */
  readonly roundMillisecondsMax?: number
  /** How many rounds the proof's own options ask for, if they do. */
  readonly roundsOf?: (own: CampaignOptions['own']) => number | undefined
  readonly own?: NonNullable<ParseArgsConfig['options']>
  readonly ownHelp?: string
  /** Where its folder goes when nobody says; that of the system for temporary files otherwise. */
  readonly defaultFolder?: string
  /** Why it cannot run here; undefined when it can. */
  readonly obstacle?: () => string | undefined
  /** Makes ready and answers what does one round, what sums up, and what cleans up. */
  readonly open: (options: CampaignOptions) => Promise<OpenCampaign>
}

export interface CampaignSummary {
  readonly lines: readonly string[]
  readonly complaints: readonly string[]
}

export interface OpenCampaign {
  round(number: number): Promise<RoundReport>
  /** What the round is about, for one that does not end. */
  readonly doing?: string
  /** Totals for the last lines, and complaints that only the whole shows. */
  summary(): CampaignSummary | Promise<CampaignSummary>
  /** Called when all brokers are dead. */
  close(): Promise<void>
}

const roundMillisecondsMax = 120_000

/** Somebody wants it to end. */
let isInterrupted = false

const common = {
  rounds: { type: 'string' },
  seed: { type: 'string' },
  folder: { type: 'string' },
  'keep-going': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Runs a proof from the command line; the exit code says whether the promise held. */
export async function run(campaign: Campaign): Promise<void> {
  const { values } = parseArgs({ options: { ...common, ...campaign.own }, strict: true })
  if (values.help === true) return console.log(help(campaign))
  const obstacle = campaign.obstacle?.()
  if (obstacle !== undefined) return console.log(`prove:${campaign.name} skipped: ${obstacle}`)
  const folder = mkdtempSync(
    join(String(values.folder ?? campaign.defaultFolder ?? tmpdir()), `lapine-prove-${campaign.name}-`),
  )
  const options: CampaignOptions = {
    rounds: Number(values.rounds ?? campaign.roundsOf?.(values as CampaignOptions['own']) ?? campaign.rounds),
    seed: Number(values.seed ?? Date.now() % 1_000_000_000),
    folder,
    keepGoing: values['keep-going'] === true,
    own: values as CampaignOptions['own'],
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted(signal))
  process.on('exit', () => void killAll())
  console.log(`prove:${campaign.name}: ${options.rounds} rounds, seed ${options.seed}`)
  const failed = await runRounds(campaign, options)
  if (failed === 0) rmSync(folder, { recursive: true, force: true })
  else console.log(`kept for inspection: ${folder}`)
  // Timers of what was waited for in vain may still run.
  process.exit(failed === 0 ? 0 : 1)
}

/** The first signal ends it after this round, the second at once; what is mounted is undone by the campaign's own listener on exit. */
function interrupted(signal: NodeJS.Signals): void {
  if (isInterrupted) process.exit(1)
  isInterrupted = true
  console.log(`${signal}: this round is the last`)
}

/** Answers how many rounds failed, the summary counting as one. */
async function runRounds(campaign: Campaign, options: CampaignOptions): Promise<number> {
  const started = performance.now()
  const open = await campaign.open(options)
  let failed = 0
  let done = 0
  try {
    while (done < options.rounds && !isInterrupted && (failed === 0 || options.keepGoing)) {
      done += 1
      const { line, complaints, evidence } = await inTime(
        open,
        done,
        campaign.roundMillisecondsMax ?? roundMillisecondsMax,
      ).catch(brokenRound)
      console.log(`${String(done).padStart(4)}  ${line}${complaints.length === 0 ? '' : '  FAILED'}`)
      if (complaints.length === 0) continue
      failed += 1
      for (const complaint of complaints) console.log(`      ${complaint}`)
      if (evidence !== undefined) console.log(evidence.replace(/^/gm, '      | '))
    }
    const { lines, complaints } = await open.summary()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    for (const line of lines) console.log(line)
    for (const complaint of complaints) console.log(`FAILED: ${complaint}`)
    failed += complaints.length
    const verdict = failed === 0 ? 'passed' : `${failed} FAILED`
    console.log(`prove:${campaign.name}: ${done} rounds in ${seconds} s, seed ${options.seed}: ${verdict}`)
  } finally {
    await killAll()
    await open.close()
  }
  return failed
}

/** A round that hangs is a finding like any other. */
async function inTime(open: OpenCampaign, number: number, milliseconds: number): Promise<RoundReport> {
  const round = open.round(number)
  let late: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const tell = () => {
      const doing = open.doing === undefined ? '' : `: ${open.doing}`
      reject(new Error(`not done after ${milliseconds} ms${doing}`))
    }
    late = setTimeout(tell, milliseconds)
  })
  // Should it end after all, nobody listens any more.
  round.catch(() => undefined)
  try {
    return await Promise.race([round, tooLate])
  } finally {
    clearTimeout(late)
  }
}

function brokenRound(error: unknown): RoundReport {
  const evidence = error instanceof Error && 'log' in error ? excerptOf(String(error.log)) : undefined
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { line: 'not completed', complaints: [text], ...(evidence === undefined ? {} : { evidence }) }
}

function help({ name, purpose, rounds, ownHelp }: Campaign): string {
  return `npm run prove:${name} -- [OPTIONS]

${purpose}

  --rounds N         how many rounds (${rounds})
  --seed N           plans repeat from it; timing does not
  --folder DIR       where data goes, in a folder of its own
  --keep-going       do not stop at the first round that fails
${ownHelp ?? ''}
Exit code 0: all promises held, or it cannot run here and says so. 1: something was lost, or broke.`
}
