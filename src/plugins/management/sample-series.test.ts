import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampleSeries } from './sample-series.ts'

test('a rate is the change between the last two samples', () => {
  const series = new SampleSeries(4, 5000)
  assert.equal(series.rate, 0)
  series.add(5000, 10)
  assert.equal(series.rate, 0)
  series.add(10_000, 60)
  assert.equal(series.rate, 10)
})

test('samples go back as far as there are any, newest first', () => {
  const series = new SampleSeries(4, 5000)
  for (let n = 1; n <= 6; n++) series.add(n * 5000, n * n)
  assert.deepEqual(series.samples(10, 5), [
    { sample: 36, timestamp: 30_000 },
    { sample: 25, timestamp: 25_000 },
    { sample: 16, timestamp: 20_000 },
  ])
  assert.deepEqual(
    series.samples(3600, 10).map(({ sample }) => sample),
    [36, 16],
  )
  assert.equal(series.length, 4)
})
