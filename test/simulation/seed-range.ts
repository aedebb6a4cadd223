import { type Outcome, simulate } from './simulation.ts'
import type { Story } from './simulation-plan.ts'

/** A stretch of seeds, the last one not included. */
export interface SeedRange {
  readonly from: number
  readonly to: number
  /** Each is run twice, and has to tell the same story. */
  readonly twice: boolean
  readonly story?: Story
}

/** Runs them one after the other; answers what they came to. */
export async function simulateRange({ from, to, twice, story = {} }: SeedRange): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let seed = from; seed < to; seed++) {
    const outcome = await simulate(seed, { story })
    const again = twice ? await simulate(seed, { story }) : outcome
    const isSame = again.digest === outcome.digest
    const different = `told another story when it was run again: ${outcome.digest}, ${again.digest}`
    outcomes.push(isSame ? outcome : { ...outcome, complaints: [...outcome.complaints, different] })
  }
  return outcomes
}
