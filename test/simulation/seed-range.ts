import { type Outcome, simulate } from './simulation.ts'

/** A stretch of seeds, the last one not included. */
export interface SeedRange {
  readonly from: number
  readonly to: number
  /** Each is run twice, and has to tell the same story. */
  readonly twice: boolean
}

/** Runs them one after the other; answers what they came to. */
export async function simulateRange({ from, to, twice }: SeedRange): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let seed = from; seed < to; seed++) {
    await settled()
    const outcome = await simulate(seed)
    if (twice) await settled()
    const again = twice ? await simulate(seed) : outcome
    const isSame = again.digest === outcome.digest
    const different = `told another story when it was run again: ${outcome.digest}, ${again.digest}`
    outcomes.push(isSame ? outcome : { ...outcome, complaints: [...outcome.complaints, different] })
  }
  return outcomes
}

/** Nothing of what ran before is left to happen: every run begins alike. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
