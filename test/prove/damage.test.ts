import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutCases, damageCampaign } from './damage.ts'

test('a few hundred damages cost at most the record they hit, which is named, and nothing wrong comes out', async () => {
  const report = await damageCampaign({ seed: 5, flips: 240, cutEvery: 499, brokerEvery: 20 })
  assert.deepEqual(report.violations, [])
  assert.ok(report.recordsLost > 1000)
  assert.equal(report.recordsLostAtMost, 1)
  assert.ok(report.brokers > 20)
  assert.ok(report.hits.size > 6)
})

test('a damage is replayed from its number alone', async () => {
  const plan = { seed: 5, flips: 0, cutEvery: cutCases, brokerEvery: 1 }
  const once = await damageCampaign({ ...plan, only: cutCases + 7 })
  assert.deepEqual(await damageCampaign({ ...plan, only: cutCases + 7 }), once)
  assert.equal(once.brokers, 1)
})
