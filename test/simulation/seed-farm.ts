import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SeedRange } from './seed-range.ts'
import type { Outcome } from './simulation.ts'

/** Seeds that one thread takes at a time. */
const CHUNK = 25

export interface SeedFarmOptions extends SeedRange {
  readonly threads: number
  /** True when no more seeds are to be begun. */
  readonly isOver: () => boolean
  readonly onOutcome: (outcome: Outcome) => void
}

/** Runs seeds on several threads, each of which takes the next stretch as soon as it has finished one. */
export async function farmSeeds(options: SeedFarmOptions): Promise<void> {
  const { threads, isOver, onOutcome, to, twice } = options
  let next = options.from
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    while (next < to && !isOver()) {
      const range: SeedRange = { from: next, to: Math.min(to, next + CHUNK), twice }
      next = range.to
      worker.postMessage(range)
      const [outcomes] = (await once(worker, 'message')) as [readonly Outcome[]]
      for (const outcome of outcomes) onOutcome(outcome)
    }
    worker.postMessage('end')
  }
  await Promise.all(Array.from({ length: threads }, work))
}
