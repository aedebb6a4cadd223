import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChunkIndex } from './chunk-index.ts'

const KiB = 1024

/** An index of chunks of 10 messages each, `bytes` long, one a second. */
function filled(count: number, bytes: number): ChunkIndex {
  const index = new ChunkIndex()
  for (let chunk = 0; chunk < count; chunk++) index.add(chunk * 10, 1000 * chunk, 64 + chunk * bytes)
  return index
}

test('a chunk is found from the last known place before it', () => {
  const index = filled(1000, KiB)
  assert.ok(index.length >= 15 && index.length <= 17, `${index.length} places for a megabyte`)
  for (let offset = 0; offset < 10_000; offset += 7) {
    const place = index.before(offset)!
    const chunk = Math.floor(offset / 10)
    assert.ok(place.offset <= offset)
    assert.equal(place.position, 64 + (place.offset / 10) * KiB)
    assert.ok(chunk - place.offset / 10 <= 64, 'not further than a step')
  }
  assert.equal(new ChunkIndex().before(5), undefined)
})

test('a time is found from a place before the first chunk that is not older', () => {
  const index = filled(1000, KiB)
  for (const second of [0, 1, 100, 500, 999, 5000]) {
    const place = index.since(second * 1000)!
    assert.ok(place.offset <= second * 10)
    assert.ok(second - place.offset / 10 <= 129 || second > 999)
  }
  assert.equal(index.since(-5)?.offset, 0)
})

test('a clock that was set back hides nothing that is not older', () => {
  const index = new ChunkIndex()
  for (const [chunk, time] of [100, 200, 900, 300, 400].entries()) index.add(chunk, time, 64 + chunk * 100 * KiB)
  assert.ok(index.since(350)!.offset <= 2)
})

test('however much is added, no more than 32,768 places are known, evenly', () => {
  const index = filled(400_000, 64 * KiB)
  assert.ok(index.length <= 32_768)
  assert.ok(index.length > 16_000)
  const place = index.before(3_999_990)!
  assert.ok(399_999 - place.offset / 10 <= 32)
  assert.equal(index.before(0)!.offset, 0)
})

test('what was given up is forgotten, but for the place from which the rest is found', () => {
  const index = filled(1000, KiB)
  index.dropBefore(5005)
  const place = index.before(0)!
  assert.ok(place.offset <= 5005 && place.offset >= 5005 - 640)
  assert.equal(index.before(9999)!.offset, filled(1000, KiB).before(9999)!.offset)
  index.dropBefore(1_000_000)
  assert.equal(index.length, 1)
})

test('what is saved is loaded', () => {
  const index = filled(50_000, 64 * KiB)
  const numbers = Float64Array.from([7, ...index.save(), 8])
  assert.equal(index.savedLength, numbers.length - 2)
  const loaded = new ChunkIndex()
  assert.equal(loaded.load(numbers, 1), numbers.length - 1)
  for (const offset of [0, 77, 123_456, 499_999]) assert.deepEqual(loaded.before(offset), index.before(offset))
  // It goes on with the same step.
  for (const one of [index, loaded]) one.add(500_000, 9e9, 64 + 50_000 * 64 * KiB)
  assert.equal(loaded.length, index.length)
})
