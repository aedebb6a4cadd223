import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulateRange } from './seed-range.ts'

test('whole brokers keep their promises in simulation, and the same seed tells the same story', async () => {
  const outcomes = await simulateRange({ from: 1, to: 31, twice: true })
  assert.deepEqual(
    outcomes.filter(({ complaints }) => complaints.length > 0),
    [],
  )
  assert.ok(outcomes.every(({ starts }) => starts >= 2))
  assert.ok(outcomes.some(({ confirmed }) => confirmed > 0))
})
