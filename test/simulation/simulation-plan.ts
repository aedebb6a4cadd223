import type { BrokerBounds } from '../../src/broker/broker.ts'
import type { StreamBounds } from '../../src/broker/stream-opening.ts'
import type { Chance } from '../fuzz/chance.ts'

/** How a process ends. */
export type Ending =
  /** Asked to; its log is sealed. */
  | 'closed'
  /** Killed between two things; what it wrote is there, on disk or not. */
  | 'killed'
  /** The power goes between two things. */
  | 'power off'
  /** The power goes in the middle of a write or another change of the disk. */
  | 'power cut'
  /** A call to the disk fails, and soon after the process is gone. */
  | 'fault'

/** Sizes and habits of one run, small enough that what is rare in life happens in most of them. */
export interface SimulationPlan {
  readonly lives: number
  readonly clients: number
  /** Things clients do in one life. */
  readonly actions: number
  readonly queues: number
  readonly segmentBytes: number
  readonly contentBytesInMemoryMax: number
  readonly bounds: BrokerBounds
  readonly streamBounds: StreamBounds
  /** Bodies are shorter, with few exceptions. */
  readonly bodyBytes: number
  /** In the end a bit changes on the disk. */
  readonly damages: boolean
  /** Definitions change in one of so many actions. */
  readonly definitionsEvery: number
  /** Nonsense is written over an index between two lives, one time in so many. */
  readonly indexDamageEvery: number
  /** How lives end, each as likely as the others. */
  readonly endings: readonly Ending[]
  /** A power cut comes within so many changes of the disk. */
  readonly cutWithin: number
}

/** What all runs of a hunt have in common, so that what is hunted is not rare in them. */
export type Story = Partial<SimulationPlan>

/** The plan of a run: chance decides what the story leaves open. */
export function planOf(chance: Chance, story: Story): SimulationPlan {
  return {
    lives: 1 + chance.below(2),
    clients: 2 + chance.below(3),
    actions: 20 + chance.below(40),
    queues: 2 + chance.below(5),
    segmentBytes: chance.pick([16, 16, 32, 64]) * 1024,
    contentBytesInMemoryMax: chance.pick([500, 4_000, 20_000, 1_000_000]),
    bounds: {
      extentBytes: chance.pick([4, 8, 16]) * 1024,
      reserveBytes: chance.pick([0, 8, 32]) * 1024,
      notesAhead: chance.pick([2, 8, 64]),
      changesPerSnapshot: chance.pick([4, 12, 40]),
      residence: { count: chance.pick([1, 4, 16]), bytes: chance.pick([256, 4096]) },
    },
    streamBounds: { indexAfterBytes: chance.pick([500, 5_000]), endBytes: chance.pick([2_000, 30_000]) },
    bodyBytes: chance.pick([20, 300, 300, 2_000]),
    damages: chance.oneIn(4),
    definitionsEvery: chance.pick([4, 8, 20]),
    indexDamageEvery: 4,
    endings: ['closed', 'killed', 'power off', 'power cut', 'power cut', 'fault'],
    cutWithin: 80,
    ...story,
  }
}
