import fc from 'fast-check'
import { queueCommands } from './queue-commands.ts'
import { type ModelRules, QueueModel } from './queue-model.ts'
import { QueueUnderTest } from './queue-under-test.ts'

export interface ModelCampaign {
  /** Sequences of commands, each with a queue of its own. */
  readonly runs: number
  /** Commands in each; those that make no sense when their turn comes are passed over. */
  readonly commands: number
  /** Any if absent. */
  readonly seed?: number
}

const none = undefined
const plain: ModelRules = {
  type: 'classic',
  deliveryLimit: -1,
  maxLength: none,
  maxLengthBytes: none,
  overflow: 'drop-head',
  messageTtl: none,
  maxPriority: none,
  singleActiveConsumer: false,
}

const classicRules: fc.Arbitrary<ModelRules> = fc.record({
  type: fc.constant('classic' as const),
  deliveryLimit: fc.constant(-1),
  maxLength: fc.option(fc.integer({ min: 0, max: 4 }), { nil: none }),
  maxLengthBytes: fc.option(fc.integer({ min: 0, max: 30 }), { nil: none, freq: 2 }),
  overflow: fc.constantFrom('drop-head', 'reject-publish', 'reject-publish-dlx'),
  messageTtl: fc.option(fc.integer({ min: 0, max: 50 }), { nil: none, freq: 2 }),
  maxPriority: fc.option(fc.integer({ min: 0, max: 4 }), { nil: none }),
  singleActiveConsumer: fc.boolean(),
})

const quorumRules: fc.Arbitrary<ModelRules> = fc.record({
  type: fc.constant('quorum' as const),
  deliveryLimit: fc.constantFrom(-1, 0, 1, 3, 20),
  maxLength: fc.option(fc.integer({ min: 0, max: 4 }), { nil: none }),
  maxLengthBytes: fc.option(fc.integer({ min: 0, max: 30 }), { nil: none, freq: 2 }),
  overflow: fc.constantFrom('drop-head', 'reject-publish'),
  messageTtl: fc.option(fc.integer({ min: 0, max: 50 }), { nil: none, freq: 2 }),
  maxPriority: fc.constant(none),
  singleActiveConsumer: fc.boolean(),
})

/** The queues that are tried. */
export const modelSubjects: readonly (readonly [what: string, rules: fc.Arbitrary<ModelRules>])[] = [
  ['a plain classic queue', fc.constant(plain)],
  ['a classic queue with any arguments', classicRules],
  ['a quorum queue with any arguments', quorumRules],
]

/** Lets a queue and the model do the same; throws, with the shortest sequence it finds, when they come apart. */
export async function compareWithModel(rules: fc.Arbitrary<ModelRules>, campaign: ModelCampaign): Promise<void> {
  const { runs, commands, seed } = campaign
  // Always as many; a shorter sequence that shows the same is found by leaving some out.
  const command = fc.option(fc.oneof(...queueCommands), { nil: none, freq: 1_000_000 })
  const sequence = fc.array(command, { minLength: commands, maxLength: commands })
  const property = fc.asyncProperty(rules, sequence, async (rules, sequence) => {
    const real = new QueueUnderTest(rules)
    await real.open()
    const script = { model: new QueueModel(rules), consumers: [], published: 0, consumersEver: 0 }
    const chosen = sequence.filter((one) => one !== undefined)
    await fc.asyncModelRun(() => ({ model: script, real }), chosen)
  })
  await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
}
