/**
 * Plants bugs into the broker, one at a time, and has the simulation look for them: it has to find every one,
 * and nothing in the broker as it is.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { hunt } from '../simulation/hunt.ts'
import { movingStory, type PlantedBug, plantedBugs, sealingStory } from '../simulation/planted-bugs.ts'

const help = `npm run prove:planted -- [OPTIONS]

  --seeds N   seeds within which a bug must be caught, and in which nothing may be found without one (300)
  --only TEXT bugs whose names contain it
Exit code 0: all were caught, and nothing else was. 1: one got away, or there was something without a bug.`

/** In none of the stories is anything found without a bug. */
const controls: readonly PlantedBug[] = [
  { name: 'nothing planted', edits: [] },
  { name: 'nothing planted, segments sealed and indexes damaged', edits: [], story: sealingStory },
  { name: 'nothing planted, messages moved', edits: [], story: movingStory },
]

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
})

if (values.help === true) console.log(help)
else await prove(Number(values.seeds ?? 300), values.only ?? '')

async function prove(seedsMax: number, only: string): Promise<void> {
  const bugs = plantedBugs.filter(({ name }) => name.includes(only))
  const subjects = [...controls, ...bugs]
  let caught = 0
  let falseAlarms = 0
  const lane = async (): Promise<void> => {
    for (let bug = subjects.shift(); bug !== undefined; bug = subjects.shift()) {
      const found = await hunt(bug, seedsMax)
      if (found.caught !== undefined && bug.edits.length > 0) caught += 1
      else if (found.caught !== undefined) falseAlarms += 1
      const outcome =
        found.caught === undefined
          ? `nothing found in ${found.seeds} seeds`
          : `seed ${found.caught.seed}: ${found.caught.complaints[0]?.split('\n')[0]}`
      console.log(`${bug.name}\n    ${outcome}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  const passed = caught === bugs.length && falseAlarms === 0
  const control = falseAlarms === 0 ? 'nothing without a bug' : 'something WITHOUT a bug'
  console.log(`prove:planted: ${caught} of ${bugs.length} caught, ${control}: ${passed ? 'passed' : 'FAILED'}`)
  process.exitCode = passed ? 0 : 1
}
