/** Measures Lapine, alone or alternating with another broker; `npm run bench -- --help`. */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { parseArgs } from 'node:util'
import { type BrokerProcess, borrowBroker, type LapineSetting, startLapine } from './broker-process.ts'
import { columns, footnote, row, type Series, table } from './comparison.ts'
import { DurableWriteCounter, type DurableWrites, durableWritesLine } from './durable-writes.ts'
import { type Measurement, measure } from './measurement.ts'
import { figuresAvailable } from './process-figures.ts'
import { workloadNamed, workloads } from './workloads.ts'

const help = `npm run bench -- [options]

  --workload NAME   measure this one (may be repeated); else those marked with *
  --vs URL          alternate with this broker, amqp://user:password@host:port
  --checkout DIR    alternate with the Lapine of another checkout, say one of the commit before
  --pid N           process of that broker, if it cannot be found by its port
  --only-vs         measure that broker alone
  --rounds N        rounds per workload and broker (3)
  --warm N          rounds before those, which count for nothing: V8 still compiles in them (0)
  --writes N|fill   publishes per socket write, instead of the workload's own
  --count-syncs     count durable writes per 1,000 confirms too, in one more run of each under strace
  --quick           one-second parts, for a look
  --data-dir DIR    where Lapine's data goes during the run (the system's temporary folder)
  --profile DIR     write a V8 CPU profile of Lapine per workload into DIR
  --json FILE       write every round's figures

Workloads:
${workloads.map(({ name, title, standard }) => `  ${standard ? '*' : ' '} ${name.padEnd(10)} ${title}`).join('\n')}
`

const { values } = parseArgs({
  options: {
    workload: { type: 'string', multiple: true },
    vs: { type: 'string' },
    pid: { type: 'string' },
    'only-vs': { type: 'boolean', default: false },
    checkout: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    warm: { type: 'string', default: '0' },
    writes: { type: 'string' },
    'count-syncs': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'data-dir': { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const machine = {
  cores: cpus().length,
  model: cpus()[0]?.model ?? '?',
  system: `${process.platform} ${release()}`,
  node: process.version,
}

/** Lines for below the table. */
const notes: string[] = []

/** All rounds of one workload: Lapine (fresh, with an empty directory) and the other one in turns. */
async function compare(name: string): Promise<Series[]> {
  const brokers: BrokerProcess[] = []
  try {
    if (!values['only-vs']) brokers.push(await startLapine(lapineSetting(name)))
    if (values.checkout !== undefined) {
      brokers.push(await startLapine({ ...lapineSetting(`${name}-other`), checkout: values.checkout }))
    }
    if (values.vs !== undefined) brokers.push(borrowBroker(values.vs, values.pid ? Number(values.pid) : undefined))
    const rounds: Measurement[][] = brokers.map(() => [])
    for (let round = 1 - Number(values.warm); round <= Number(values.rounds); round++) {
      for (const [index, broker] of brokers.entries()) {
        const measurement = await measure(broker, generatorOptions(name))
        if (round > 0) rounds[index]!.push(measurement)
        progress(`${name} round ${round}: ${measurement.product}`, measurement)
      }
    }
    if (values['count-syncs']) for (const broker of brokers) notes.push(await countSyncs(name, broker))
    return rounds.map((measurements) => ({ workload: name, rounds: measurements }))
  } finally {
    for (const broker of brokers) await broker.release()
  }
}

function generatorOptions(name: string): string[] {
  const writes = values.writes === undefined ? [] : ['--writes', values.writes]
  return ['--workload', name, ...(values.quick ? ['--quick'] : []), ...writes]
}

/** One run that counts for nothing else, because being traced makes a broker slow. */
async function countSyncs(workload: string, broker: BrokerProcess): Promise<string> {
  const title = `${workload} ${broker.name ?? broker.url.replace(/.*@/, '')}`
  if (workloadNamed(workload).confirmWindow === undefined) return `${title}: without confirms, nothing to count`
  if (broker.pid === undefined) return `${title}: durable writes not counted: its process cannot be seen`
  const { pid } = broker
  let counter: DurableWriteCounter | undefined
  let counted: DurableWrites | undefined
  try {
    const { product, messages } = await measure(broker, generatorOptions(workload), {
      begin: async () => {
        counter = await DurableWriteCounter.attach(pid)
      },
      end: async () => {
        counted = await counter?.detach()
      },
    })
    return durableWritesLine(counted!, { workload, product, confirms: messages })
  } catch (error) {
    if (counted === undefined) await counter?.detach()
    return `${title}: durable writes not counted: ${(error as Error).message}`
  }
}

function lapineSetting(name: string): LapineSetting {
  return {
    ...(values['data-dir'] === undefined ? {} : { dataParent: values['data-dir'] }),
    ...(values.profile === undefined ? {} : { profileDirectory: values.profile, profileName: name }),
  }
}

function progress(what: string, { cpuMicrosecondsPerMessage: cpu, messagesPerSecond }: Measurement): void {
  const cost = cpu === undefined ? 'CPU n/a' : `${cpu.toFixed(2)} µs/msg`
  console.error(`${what}, ${cost}, ${Math.round(messagesPerSecond)} msgs/s, load ${loadavg()[0]!.toFixed(1)}`)
}

async function main(): Promise<void> {
  if (values.help) return console.log(help)
  if (values['only-vs'] && values.vs === undefined) throw new Error('--only-vs needs --vs URL')
  const names = values.workload ?? workloads.filter(({ standard }) => standard).map(({ name }) => name)
  const chosen = names.map((name) => workloadNamed(name).name)
  if (!figuresAvailable) console.error('CPU and memory of brokers are read from /proc: on this system they are n/a')
  console.error(`${machine.cores} cores (${machine.model}), ${machine.system}, Node ${machine.node}`)
  const all: Series[] = []
  const rows: string[][] = []
  for (const name of chosen) {
    const series = await compare(name)
    all.push(...series)
    rows.push(...series.map((one, index) => row(one, index === 0 ? undefined : series[0])))
  }
  console.log(`\n${table(rows)}`)
  const note = footnote(rows)
  if (note !== undefined) console.log(note)
  for (const line of notes) console.log(line)
  if (values.json !== undefined)
    writeFileSync(values.json, JSON.stringify({ machine, columns, rows, notes, all }, null, 2))
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
