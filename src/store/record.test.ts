import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { checksum, wordsOf } from './checksum.ts'
import * as record from './record.ts'

const noise = wordsOf(Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256)))

test('the checksum is that of zlib for every length, offset and seed', () => {
  for (let length = 0; length < 500; length++) {
    const from = length % 13
    const seed = (length * 2654435761) >>> 0
    const expected = crc32(noise.buffer.subarray(from, from + length), seed)
    assert.equal(checksum(noise, from, from + length, seed), expected)
  }
})

test('a record reads as it was written, wherever it lies', () => {
  const places = fc.record({
    type: fc.integer({ min: 1, max: 255 }),
    position: fc.nat({ max: 2 ** 50 }).map((value) => value * 8),
    distance: fc.nat({ max: 2 ** 32 - 1 }),
    headerSize: fc.nat({ max: 400 }),
    bodySize: fc.nat({ max: 600 }),
  })
  fc.assert(
    fc.property(places, fc.nat({ max: 10 }), fc.nat({ max: 2 ** 32 - 1 }), (head, slot, seed) => {
      const words = wordsOf(Buffer.alloc(1200, 0xee))
      const at = slot * 8
      const size = record.recordSize(head.headerSize, head.bodySize)
      record.writeHead(words, at, head)
      const content = at + record.HEAD_SIZE
      noise.buffer.copy(words.buffer, content, 0, head.headerSize + head.bodySize)
      record.completeRecord(words, at, seed)
      assert.ok(record.claimsPosition(words.view, at, head.position))
      assert.equal(record.typeAt(words.view, at), head.type)
      assert.equal(record.positionAt(words.view, at), head.position)
      assert.equal(record.distanceAt(words.view, at), head.distance)
      assert.equal(record.headerSizeAt(words.view, at), head.headerSize)
      assert.equal(record.bodySizeAt(words.view, at), head.bodySize)
      assert.ok(record.headVerifies(words, at, seed) && record.bodyVerifies(words, at, seed))
      assert.ok(!record.headVerifies(words, at, (seed + 1) >>> 0), 'another segment does not know it')
      const end = content + head.headerSize + head.bodySize
      assert.ok(words.buffer.subarray(end, at + size).every((byte) => byte === 0))
      assert.equal(words.buffer[at + size], 0xee)
    }),
    { numRuns: 300 },
  )
})

test('every flipped bit of a record shows', () => {
  const words = wordsOf(Buffer.alloc(160))
  const head = { type: 3, position: 8192, distance: 96, headerSize: 20, bodySize: 50 }
  record.writeHead(words, 0, head)
  noise.buffer.copy(words.buffer, record.HEAD_SIZE, 0, 70)
  record.completeRecord(words, 0, 42)
  for (let bit = 0; bit < (record.HEAD_SIZE + 70) * 8; bit++) {
    words.buffer[bit >> 3]! ^= 1 << (bit & 7)
    const sane = record.headerSizeAt(words.view, 0) + record.bodySizeAt(words.view, 0) <= 128
    const head = sane && record.claimsPosition(words.view, 0, 8192) && record.headVerifies(words, 0, 42)
    const verifies = head && record.bodyVerifies(words, 0, 42)
    assert.equal(verifies, false, `bit ${bit}`)
    // A bad body leaves its header readable.
    if (bit >= (record.HEAD_SIZE + 20) * 8) assert.ok(head)
    words.buffer[bit >> 3]! ^= 1 << (bit & 7)
  }
})
