import assert from 'node:assert/strict'
import { test } from 'node:test'
import { row, type Series, spread, table } from './comparison.ts'
import type { Measurement } from './measurement.ts'

function seriesOf(product: string, rounds: readonly { cpu: number; rate: number }[]): Series {
  return {
    workload: 'T',
    rounds: rounds.map(({ cpu, rate }): Measurement => {
      const memory = { residentBytesBefore: 1e6, residentBytesAfter: 2e6, residentBytesPeak: 3e6 }
      const load = { messages: 1, seconds: 1, messagesPerSecond: rate, refused: 0, generatorLoad: 0.5 }
      return { ...load, ...memory, product, cpuMicrosecondsPerMessage: cpu, delivery: undefined, confirm: undefined }
    }),
  }
}

test('a spread has the middle value, or the mean of the two in the middle', () => {
  assert.deepEqual(spread([3, 1, 2]), { min: 1, median: 2, max: 3 })
  assert.deepEqual(spread([4, undefined, 1]), { min: 1, median: 2.5, max: 4 })
  assert.equal(spread([undefined]), undefined)
})

test('ratios tell how many times better the first broker is, in cost and in rate', () => {
  const ours = seriesOf('Lapine', [{ cpu: 2, rate: 300_000 }])
  const theirs = seriesOf('Other', [
    { cpu: 9, rate: 50_000 },
    { cpu: 10, rate: 100_000 },
    { cpu: 30, rate: 150_000 },
  ])
  const cells = row(theirs, ours)
  assert.equal(cells[2], '9.00 / 10.0 / 30.0')
  assert.equal(cells[3], '100,000')
  assert.deepEqual(cells.slice(-2), ['5.00x', '3.00x'])
  assert.equal(
    new Set(
      table([cells, row(ours, undefined)])
        .split('\n')
        .map((line) => line.length),
    ).size,
    1,
  )
})
