import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Outcome } from '../../src/broker/delivery.ts'
import type { ModelConsumer, QueueModel } from './queue-model.ts'
import type { QueueUnderTest } from './queue-under-test.ts'

/** The model and what the commands need to know beside it. */
export interface QueueScript {
  readonly model: QueueModel
  readonly consumers: ModelConsumer[]
  published: number
  consumersEver: number
}

/** One thing that happens to a queue, and then the end of the turn. */
class QueueCommand implements fc.AsyncCommand<QueueScript, QueueUnderTest> {
  readonly #text: string
  readonly #possible: (script: QueueScript) => boolean
  readonly #act: (script: QueueScript, real: QueueUnderTest) => void | Promise<void>

  constructor(
    text: string,
    possible: (script: QueueScript) => boolean,
    act: (script: QueueScript, real: QueueUnderTest) => void | Promise<void>,
  ) {
    this.#text = text
    this.#possible = possible
    this.#act = act
  }

  check(script: Readonly<QueueScript>): boolean {
    return this.#possible(script)
  }

  async run(script: QueueScript, real: QueueUnderTest): Promise<void> {
    const { model } = script
    model.now(real.clock.now())
    await this.#act(script, real)
    await real.clock.settle()
    model.handedOut(real.handed())
    model.rest(real.died())
    assert.equal(real.queue.depth, model.depth, 'depth')
    assert.equal(real.queue.unsettled, model.unsettled, 'unsettled')
    assert.equal(real.queue.consumerCount, model.consumerCount, 'consumers')
  }

  toString(): string {
    return this.#text
  }
}

interface PublishSpec {
  readonly priority: number | undefined
  readonly bytes: number
  readonly ttl: number | undefined
  readonly persistent: boolean
}

const publishSpec: fc.Arbitrary<PublishSpec> = fc.record({
  priority: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  bytes: fc.integer({ min: 0, max: 12 }),
  ttl: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 3 }),
  persistent: fc.boolean(),
})
const outcome = fc.constantFrom<Outcome>('accepted', 'requeued', 'failed', 'discarded')
const always = (): boolean => true
const somebodyHolds = ({ model }: QueueScript): boolean => model.unsettled > 0
const somebodyConsumes = ({ consumers }: QueueScript): boolean => consumers.length > 0

const publish = fc.array(publishSpec, { minLength: 1, maxLength: 4 }).map((specs) => {
  const text = specs.map(({ priority, bytes, ttl, persistent }) => {
    return `${bytes}b${priority === undefined ? '' : ` p${priority}`}${ttl === undefined ? '' : ` ttl${ttl}`}${persistent ? ' persistent' : ''}`
  })
  return new QueueCommand(`publish(${text.join(', ')})`, always, (script, real) => {
    for (const { priority, bytes, ttl, persistent } of specs) {
      const id = ++script.published
      const refused = real.publish(
        id,
        {
          deliveryMode: persistent ? 2 : 1,
          ...(priority === undefined ? {} : { priority }),
          ...(ttl === undefined ? {} : { expiration: String(ttl) }),
        },
        bytes,
      )
      const message = { id, bytes, persistent, priority, ttl: ttl ?? Number.POSITIVE_INFINITY }
      script.model.publish(message, refused, real.handed(), real.queue.depth)
    }
  })
})

const consume = fc
  .record({ priority: fc.integer({ min: 0, max: 2 }), prefetch: fc.integer({ min: 0, max: 3 }), settled: fc.boolean() })
  .map(({ priority, prefetch, settled }) => {
    const text = `consume(priority ${priority}, ${settled ? 'no ack' : `prefetch ${prefetch}`})`
    return new QueueCommand(
      text,
      ({ consumers }) => consumers.length < 4,
      (script, real) => {
        const tag = `c${++script.consumersEver}`
        const consumer = { tag, priority, prefetch, settled, held: 0, blocked: false }
        script.consumers.push(consumer)
        script.model.addConsumer(consumer)
        real.addConsumer(consumer)
      },
    )
  })

const cancel = fc.nat(9).map((pick) => {
  return new QueueCommand(`cancel(${pick})`, somebodyConsumes, ({ consumers, model }, real) => {
    const [consumer] = consumers.splice(pick % consumers.length, 1)
    model.removeConsumer(consumer!)
    real.removeConsumer(consumer!.tag)
  })
})

const block = fc.nat(9).map((pick) => {
  return new QueueCommand(`toggle blocked(${pick})`, somebodyConsumes, ({ consumers }, real) => {
    const consumer = consumers[pick % consumers.length]!
    consumer.blocked = !consumer.blocked
    if (!consumer.blocked) real.queue.wake()
  })
})

const settle = fc.tuple(fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }), outcome).map(([picks, outcome]) => {
  return new QueueCommand(`settle(${picks.join(' ')}, ${outcome})`, somebodyHolds, ({ model }, real) => {
    for (const pick of picks) {
      const holdings = model.holdings
      if (holdings.length === 0) return
      const id = holdings[pick % holdings.length]!
      model.settle(id, outcome)
      real.settle(id, outcome)
    }
  })
})

const poll = fc.constant(
  new QueueCommand(
    'get',
    ({ model }) => model.isPollable,
    async ({ model }, real) => {
      const found = await real.get()
      model.handedOut(real.handed())
      if (!found) assert.equal(model.depth, 0, 'nothing to get from a queue that is not empty')
    },
  ),
)

const purge = fc.constant(
  new QueueCommand('purge', always, ({ model }, real) => {
    assert.equal(real.queue.purge(), model.purge())
  }),
)

const wait = fc.integer({ min: 1, max: 40 }).map((milliseconds) => {
  return new QueueCommand(`wait(${milliseconds})`, always, ({ model }, real) => {
    real.clock.advance(milliseconds)
    model.now(real.clock.now())
  })
})

const restart = fc.constant(
  new QueueCommand('restart', always, async ({ model, consumers }, real) => {
    consumers.length = 0
    model.restart()
    await real.restart()
  }),
)

/** Everything that can happen to a queue, publishes and settlements most of all. */
export const queueCommands: readonly fc.Arbitrary<fc.AsyncCommand<QueueScript, QueueUnderTest>>[] = [
  publish,
  publish,
  settle,
  settle,
  consume,
  cancel,
  block,
  poll,
  wait,
  purge,
  restart,
]
