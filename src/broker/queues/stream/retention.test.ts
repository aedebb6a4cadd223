import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RetentionRules, StreamSegments } from './retention.ts'

const rules: RetentionRules = { maxLengthBytes: undefined, maxAgeMilliseconds: undefined, segmentBytes: 100 }

/** Segments of these sizes, the n-th written to last at n seconds. */
function segments(...sizes: readonly number[]): StreamSegments {
  const made = new StreamSegments()
  for (const [index, bytes] of sizes.entries()) {
    made.begin(index * 10)
    if (bytes > 0) made.grow({ firstOffset: index * 10, position: 1000 * index, bytes, timestamp: 1000 * (index + 1) })
  }
  return made
}

test('without rules everything stays', () => {
  const made = segments(100, 100, 0)
  assert.equal(made.enforce(rules, 1e9), 0)
  assert.equal(made.length, 3)
})

test('the newest segments that fit together stay', () => {
  for (const [max, dropped] of [
    [1000, 0],
    [300, 0],
    [299, 1],
    [200, 1],
    [100, 2],
    [99, 3],
    [0, 3],
  ] as const) {
    const made = segments(100, 100, 100, 0)
    assert.equal(made.enforce({ ...rules, maxLengthBytes: max }, 0), dropped, `of 300 bytes for ${max}`)
  }
})

test('a segment goes when its last chunk is too old', () => {
  for (const [now, dropped] of [
    [5999, 0],
    [6001, 1],
    [7001, 2],
    [1e9, 3],
  ] as const) {
    const made = segments(100, 100, 100, 100)
    assert.equal(made.enforce({ ...rules, maxAgeMilliseconds: 5000 }, now), dropped, `at ${now}`)
  }
})

test('the last segment stays, whatever the rules say', () => {
  const made = segments(100)
  assert.equal(made.enforce({ ...rules, maxLengthBytes: 1, maxAgeMilliseconds: 1 }, 1e12), 0)
})

test('both rules hold', () => {
  const made = segments(100, 100, 100, 100)
  assert.equal(made.enforce({ ...rules, maxLengthBytes: 300, maxAgeMilliseconds: 5000 }, 7001), 2)
})

test('a segment is full when it has reached its size', () => {
  assert.ok(segments().isFull(rules), 'there is none')
  assert.ok(!segments(99).isFull(rules))
  assert.ok(segments(100).isFull(rules))
})

test('what was given up before is dropped again, up to the segment that an offset lies in', () => {
  const made = segments(1, 1, 1)
  made.dropBefore(15)
  assert.equal(made.first?.firstOffset, 10)
  made.dropBefore(15)
  assert.equal(made.length, 2)
})

test('what is saved is loaded', () => {
  const made = segments(100, 50)
  const numbers = Float64Array.from([0, ...made.save()])
  assert.equal(made.savedLength, numbers.length - 1)
  const loaded = new StreamSegments()
  assert.equal(loaded.load(numbers, 1), numbers.length)
  assert.deepEqual(loaded.save(), made.save())
  assert.equal(loaded.bytes, 150)
})
