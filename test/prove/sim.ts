/**
 * Runs the broker's whole core in simulation from many seeds: virtual time, a disk that loses, tears, fails and
 * fills up, several clients and several lives each; everything promised is checked after every start.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { farmSeeds } from '../simulation/seed-farm.ts'
import { type Outcome, simulate } from '../simulation/simulation.ts'

const help = `npm run prove:sim -- [OPTIONS]

  --seeds N      how many seeds (10000)
  --from N       the first of them (1)
  --seed N       this one alone, with everything that happens in it
  --replay N     N seeds, each run twice: the same has to happen
  --workers N    threads (one for each core)
  --keep-going   do not stop at the first seed that fails
Exit code 0: all promises held. 1: something was wrong; the command that shows it is printed.`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    replay: { type: 'string' },
    workers: { type: 'string' },
    'keep-going': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help === true) console.log(help)
else if (values.seed !== undefined) await runOne(Number(values.seed))
else await runMany()

async function runOne(seed: number): Promise<void> {
  const { complaints, digest } = await simulate(seed, { print: (line) => console.log(line) })
  console.log(`seed ${seed}: ${digest}: ${complaints.length === 0 ? 'passed' : 'FAILED'}`)
  for (const complaint of complaints) console.log(`  ${complaint}`)
  process.exitCode = complaints.length === 0 ? 0 : 1
}

async function runMany(): Promise<void> {
  const from = Number(values.from ?? 1)
  const twice = values.replay !== undefined
  const to = from + Number(values.replay ?? values.seeds ?? 10_000)
  const threads = Number(values.workers ?? availableParallelism())
  const totals = { seeds: 0, starts: 0, confirmed: 0, failed: 0 }
  const onOutcome = ({ seed, complaints, starts, confirmed }: Outcome) => {
    totals.seeds += 1
    totals.starts += starts
    totals.confirmed += confirmed
    if (complaints.length === 0) return
    totals.failed += 1
    console.log(`seed ${seed} FAILED, see it with: npm run prove:sim -- --seed ${seed}`)
    for (const complaint of complaints.slice(0, 5)) console.log(`  ${complaint}`)
  }
  const isOver = () => totals.failed > 0 && values['keep-going'] !== true
  const started = performance.now()
  await farmSeeds({ from, to, twice, threads, chunk: 25, edits: [], isOver, onOutcome })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const { user, system } = process.cpuUsage()
  const processor = ((user + system) / 1_000_000).toFixed(1)
  const what = `${totals.seeds} seeds${twice ? ', each twice' : ''}, ${totals.starts} starts, ${totals.confirmed} confirms`
  const time = `${seconds} s on ${threads} threads (${processor} s of processor time)`
  const verdict = totals.failed === 0 ? 'passed' : `${totals.failed} FAILED`
  console.log(`prove:sim: ${what} in ${time}: ${verdict}`)
  process.exitCode = totals.failed === 0 ? 0 : 1
}
