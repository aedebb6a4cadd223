import { describe, it } from 'node:test'
import fc from 'fast-check'
import { queueCommands } from './queue-commands.ts'
import { type ModelRules, QueueModel } from './queue-model.ts'
import { QueueUnderTest } from './queue-under-test.ts'

/** More of them, longer: `MODEL_RUNS=5000 node --test test/model/classic-queue.test.ts`. */
const numRuns = Number(process.env.MODEL_RUNS ?? 150)

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

const anyRules: fc.Arbitrary<ModelRules> = fc.record({
  type: fc.constant('classic' as const),
  deliveryLimit: fc.constant(-1),
  maxLength: fc.option(fc.integer({ min: 0, max: 4 }), { nil: none }),
  maxLengthBytes: fc.option(fc.integer({ min: 0, max: 30 }), { nil: none, freq: 2 }),
  overflow: fc.constantFrom('drop-head', 'reject-publish', 'reject-publish-dlx'),
  messageTtl: fc.option(fc.integer({ min: 0, max: 50 }), { nil: none, freq: 2 }),
  maxPriority: fc.option(fc.integer({ min: 0, max: 4 }), { nil: none }),
  singleActiveConsumer: fc.boolean(),
})

const subjects: readonly (readonly [what: string, rules: fc.Arbitrary<ModelRules>])[] = [
  ['a plain queue', fc.constant(plain)],
  ['a queue with any arguments', anyRules],
]

describe('a classic queue does what the model allows', () => {
  for (const [what, rules] of subjects) {
    it(`as ${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          rules,
          fc.commands([...queueCommands], { maxCommands: 100, size: 'max' }),
          async (rules, commands) => {
            const real = new QueueUnderTest(rules)
            await real.open()
            const script = { model: new QueueModel(rules), consumers: [], published: 0, consumersEver: 0 }
            await fc.asyncModelRun(() => ({ model: script, real }), commands)
          },
        ),
        { numRuns },
      )
    })
  }
})
