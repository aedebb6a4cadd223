import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampleSeries } from './sample-series.ts'

test('samples go back as far as there are any, newest first', () => {
  const series = new SampleSeries(4, 5000)
  assert.deepEqual(series.samples({ ageSeconds: 60, incrementSeconds: 5 }), [])
  for (let n = 1; n <= 6; n++) series.add(n * 5000, n * n)
  assert.deepEqual(series.samples({ ageSeconds: 10, incrementSeconds: 5 }), [
    { sample: 36, timestamp: 30_000 },
    { sample: 25, timestamp: 25_000 },
    { sample: 16, timestamp: 20_000 },
  ])
  assert.deepEqual(
    series.samples({ ageSeconds: 3600, incrementSeconds: 10 }).map(({ sample }) => sample),
    [36, 16],
  )
  assert.equal(series.length, 4)
  assert.equal(series.spanMilliseconds, 15_000)
})
