import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyHistogram } from './latency-histogram.ts'

test('quantiles are within two per cent of what was counted, from nothing to hours', () => {
  for (const scale of [1, 1000, 3.6e9]) {
    const histogram = new LatencyHistogram()
    for (let index = 1; index <= 1000; index++) histogram.record(index * scale)
    for (const share of [0.5, 0.95, 0.99, 1]) {
      const exact = Math.ceil(share * 1000) * scale
      assert.ok(Math.abs(histogram.quantile(share) - exact) <= exact * 0.02 + 1, `${share} of ${scale}`)
    }
    const { count, min, max } = histogram.summary()
    assert.deepEqual([count, min, max], [1000, scale, 1000 * scale])
  }
  assert.equal(new LatencyHistogram().summary().p99, 0)
})
