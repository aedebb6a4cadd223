import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseQuantity } from './quantity.ts'

test('quantities may have units', () => {
  assert.equal(parseQuantity('10m', 'milliseconds'), 600_000)
  assert.equal(parseQuantity('1.5 h', 'milliseconds'), 5_400_000)
  assert.equal(parseQuantity('250', 'milliseconds'), 250)
  assert.equal(parseQuantity('1GiB', 'bytes'), 1_073_741_824)
  assert.equal(parseQuantity('1 GB', 'bytes'), 1_000_000_000)
  assert.equal(parseQuantity('5k', 'count'), 5000)
  for (const text of ['', 'x', '1 y', '-1', '1 h 2']) assert.equal(parseQuantity(text, 'milliseconds'), undefined, text)
})
