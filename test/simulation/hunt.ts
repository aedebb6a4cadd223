import type { PlantedBug } from './planted-bugs.ts'
import { farmSeeds } from './seed-farm.ts'
import type { Outcome } from './simulation.ts'

/** What became of a hunt for one bug. */
export interface Hunt {
  readonly seeds: number
  /** The first seed that went wrong; undefined when none did. */
  readonly caught: Outcome | undefined
}

/** Runs seeds from 1 on against a broker with the edits of a bug, or with none, until one finds something wrong. */
export async function hunt(
  { edits, story = {} }: Pick<PlantedBug, 'edits' | 'story'>,
  seedsMax: number,
): Promise<Hunt> {
  let caught: Outcome | undefined
  let seeds = 0
  await farmSeeds({
    from: 1,
    to: seedsMax + 1,
    twice: false,
    threads: 1,
    chunk: 5,
    edits,
    story,
    isOver: () => caught !== undefined,
    onOutcome(outcome) {
      if (caught !== undefined) return
      seeds += 1
      if (outcome.complaints.length > 0) caught = outcome
    },
  })
  return { seeds, caught }
}
