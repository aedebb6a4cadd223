import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movingStory } from './planted-bugs.ts'
import { simulateRange } from './seed-range.ts'
import { type Outcome, simulate } from './simulation.ts'

test('whole brokers keep their promises in simulation, and the same seed tells the same story', async () => {
  const outcomes = await simulateRange({ from: 1, to: 31, twice: true })
  assert.deepEqual(
    outcomes.filter(({ complaints }) => complaints.length > 0),
    [],
  )
  assert.ok(outcomes.every(({ starts }) => starts >= 2))
  assert.ok(outcomes.some(({ confirmed }) => confirmed > 0))
})

test('a run tells the same story whether it begins in an event or behind a promise', async () => {
  // Two that did not.
  for (const seed of [51, 76]) {
    const inEvent = await new Promise<Outcome>((resolve) => setImmediate(() => resolve(simulate(seed))))
    const behindPromise = await simulate(seed)
    assert.equal(inEvent.digest, behindPromise.digest)
  }
})

test('a segment goes when the notes that stand for those in it are on disk, not when they are written', async () => {
  const { complaints } = await simulate(193, { story: movingStory })
  assert.deepEqual(complaints, [])
})
