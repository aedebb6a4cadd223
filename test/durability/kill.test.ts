import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LapineChild } from '../../bench/lapine-child.ts'
import { complaints } from './checker.ts'
import { Witness } from './witness.ts'

const rounds = Number(process.env.LAPINE_KILL_ROUNDS ?? 20)
const messageCount = 1000

type Scenario = (broker: LapineChild, witness: Witness, round: number) => Promise<void>

/** What happens before the first kill; each ends with the broker dead. */
const scenarios: readonly (readonly [name: string, run: Scenario])[] = [
  [
    'after all is confirmed',
    async (broker, witness) => {
      await witness.publish(broker.url, messageCount)
      await broker.kill()
      assert.equal(witness.confirmedCount, messageCount)
    },
  ],
  [
    'in the middle of publishing',
    async (broker, witness, round) => {
      let killed: Promise<void> | undefined
      const strike = () => {
        killed = broker.kill()
      }
      await witness.publishUntilDeath(broker.url, { window: 100, after: 200 + round * 41, strike })
      await killed
    },
  ],
  [
    'at the last confirm, without a pause',
    async (broker, witness) => {
      let killed: Promise<void> | undefined
      const strike = () => {
        killed = broker.kill()
      }
      await witness.publishUntilDeath(broker.url, { window: messageCount, after: messageCount, strike })
      await killed
    },
  ],
  [
    'in the middle of acknowledging',
    async (broker, witness, round) => {
      await witness.publish(broker.url, messageCount)
      let killed: Promise<void> | undefined
      const strike = () => {
        killed = broker.kill()
      }
      await witness.consumeUntilDeath(broker.url, { prefetch: 50, after: 300 + round * 13, strike })
      await killed
    },
  ],
]

/** Where a broker keeps its data; at the end of the test it is killed first, so that nobody writes what is removed. */
async function directory(t: TestContext, broker: () => LapineChild): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lapine-kill-'))
  t.after(async () => {
    await broker().kill()
    await rm(path, { recursive: true, force: true })
  })
  return path
}

test(`what was confirmed is there after kill -9, in order, once, ${rounds} times over`, async (t) => {
  let broker: LapineChild
  const dataDirectory = await directory(t, () => broker)
  broker = await LapineChild.start({ dataDirectory })
  for (let round = 0; round < rounds; round++) {
    const [name, run] = scenarios[round % scenarios.length]!
    await t.test(`round ${round + 1}: killed ${name}`, async () => {
      // After a failed round, so that each tells of itself.
      if (!broker.running) broker = await LapineChild.start({ dataDirectory })
      const witness = new Witness(`killed-${round}`)
      await witness.declare(broker.url)
      await run(broker, witness, round)

      broker = await LapineChild.start({ dataDirectory })
      const once = await witness.drain(broker.url, 'nothing')
      await broker.kill()

      broker = await LapineChild.start({ dataDirectory })
      const twice = await witness.drain(broker.url, 'everything')
      assert.deepEqual(complaints(witness.verdict()), [])
      assert.deepEqual(twice, once, 'a second restart gives the same content')
    })
  }
})

test('what was acknowledged before a clean stop does not come back, what was not does', async (t) => {
  const witness = new Witness('stopped')
  let broker: LapineChild
  const dataDirectory = await directory(t, () => broker)
  broker = await LapineChild.start({ dataDirectory })
  await witness.declare(broker.url)
  await witness.publish(broker.url, 100)
  await witness.drain(broker.url, 'everything')
  await witness.publish(broker.url, 100)
  assert.equal(await broker.stop(), 0)
  witness.settle()

  broker = await LapineChild.start({ dataDirectory })
  const rest = await witness.drain(broker.url, 'everything')
  assert.equal(rest.length, 100)
  assert.deepEqual(complaints(witness.verdict()), [])
})

test('the check finds a broker that keeps nothing', async (t) => {
  const witness = new Witness('forgotten')
  let broker = await LapineChild.start({})
  t.after(() => broker.kill())
  await witness.declare(broker.url)
  await witness.publish(broker.url, 10)
  await broker.kill()

  broker = await LapineChild.start({})
  await witness.declare(broker.url)
  await witness.drain(broker.url, 'everything')
  assert.match(complaints(witness.verdict()).join(), /^10 lost: /)
})
