import { describe, it } from 'node:test'
import fc from 'fast-check'
import { queueCommands } from './queue-commands.ts'
import { type ModelRules, QueueModel } from './queue-model.ts'
import { QueueUnderTest } from './queue-under-test.ts'

/** More of them, longer: `MODEL_RUNS=5000 node --test test/model/quorum-queue.test.ts`. */
const numRuns = Number(process.env.MODEL_RUNS ?? 150)

const none = undefined

const anyRules: fc.Arbitrary<ModelRules> = fc.record({
  type: fc.constant('quorum' as const),
  deliveryLimit: fc.constantFrom(-1, 0, 1, 3, 20),
  maxLength: fc.option(fc.integer({ min: 0, max: 4 }), { nil: none }),
  maxLengthBytes: fc.option(fc.integer({ min: 0, max: 30 }), { nil: none, freq: 2 }),
  overflow: fc.constantFrom('drop-head', 'reject-publish'),
  messageTtl: fc.option(fc.integer({ min: 0, max: 50 }), { nil: none, freq: 2 }),
  maxPriority: fc.constant(none),
  singleActiveConsumer: fc.boolean(),
})

describe('a quorum queue does what the model allows', () => {
  it('with any arguments', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRules,
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
})
