import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Edit } from './planted-bugs.ts'
import type { SeedRange } from './seed-range.ts'
import type { Outcome } from './simulation.ts'

export interface SeedFarmOptions extends SeedRange {
  readonly threads: number
  /** Seeds that one of them takes at a time. */
  readonly chunk: number
  /** Bugs the broker has. */
  readonly edits: readonly Edit[]
  /** True when no more seeds are to be begun. */
  readonly isOver: () => boolean
  readonly onOutcome: (outcome: Outcome) => void
}

/** Runs seeds on several threads, each of which takes the next stretch as soon as it has finished one. */
export async function farmSeeds(options: SeedFarmOptions): Promise<void> {
  const { threads, chunk, edits, isOver, onOutcome, to, twice, story = {} } = options
  let next = options.from
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: edits })
    while (next < to && !isOver()) {
      const range: SeedRange = { from: next, to: Math.min(to, next + chunk), twice, story }
      next = range.to
      worker.postMessage(range)
      const [outcomes] = (await once(worker, 'message')) as [readonly Outcome[]]
      for (const outcome of outcomes) onOutcome(outcome)
    }
    worker.postMessage('end')
  }
  await Promise.all(Array.from({ length: threads }, work))
}
