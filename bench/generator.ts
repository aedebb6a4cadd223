/**
 * Drives one workload against one broker, in a process of its own so that its cost stays out of the
 * broker's. Speaks JSON lines on stdout: `ready` when everything is set up and warm, then (after any
 * line on stdin) the measured part, then `result`; `failed` when something went wrong.
 *
 *   node bench/generator.ts --url amqp://127.0.0.1:5672 --workload T1-16 [--writes 5|fill] [--quick] [--now]
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { LoadRun } from './load-run.ts'
import { workloadNamed } from './workloads.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'amqp://guest:guest@127.0.0.1:5672' },
    workload: { type: 'string', default: 'T1-16' },
    writes: { type: 'string' },
    quick: { type: 'boolean', default: false },
    now: { type: 'boolean', default: false },
  },
})

function say(event: string, details: object): void {
  process.stdout.write(`${JSON.stringify({ event, ...details })}\n`)
}

function onFailure(failure: Error): void {
  say('failed', { reason: failure.message })
  process.exit(1)
}

async function main(): Promise<void> {
  const writes = values.writes === undefined ? {} : { publishesPerWrite: batchOf(values.writes) }
  const workload = workloadNamed(values.workload, { quick: values.quick, ...writes })
  const run = await LoadRun.prepare(new URL(values.url), workload, onFailure)
  say('ready', { product: run.product })
  if (!values.now) await once(process.stdin, 'data')
  say('result', { ...(await run.measure()) })
  await run.close()
  process.exit(0)
}

function batchOf(text: string): number | 'fill' {
  if (text === 'fill') return text
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new Error('--writes takes a number of publishes or `fill`')
  return count
}

await main().catch(onFailure)
