/** Lets queues and a plain model of a queue do the same for long, restarts included. */
import { parseArgs } from 'node:util'
import { compareWithModel, modelSubjects } from '../model/model-campaign.ts'

const help = `npm run prove:model -- [OPTIONS]

  --runs N      sequences of commands, of each kind of queue (5000)
  --commands N  commands in each (100)
  --seed N      the same sequences again
Exit code 0: queues did what the model allows. 1: they did not; the shortest sequence found is printed.`

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    commands: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help === true) console.log(help)
else await prove()

async function prove(): Promise<void> {
  const runs = Number(values.runs ?? 5000)
  const commands = Number(values.commands ?? 100)
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  console.log(`prove:model: seed ${seed}`)
  const started = performance.now()
  for (const [what, rules] of modelSubjects) {
    try {
      await compareWithModel(rules, { runs, commands, seed })
      console.log(`${what}: ${runs} sequences of ${commands} commands: as the model`)
    } catch (error) {
      console.log(`${what}: ${(error as Error).message}`)
      process.exitCode = 1
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const { user, system } = process.cpuUsage()
  const processor = ((user + system) / 1_000_000).toFixed(1)
  const verdict = process.exitCode === 1 ? 'FAILED' : 'passed'
  console.log(`prove:model: ${seconds} s (${processor} s of processor time): ${verdict}`)
}
