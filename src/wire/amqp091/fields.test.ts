import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { text } from '../../../test/fuzz/text.ts'
import { fitShortstr, readLonglong, shortstr, writeLonglong } from './fields.ts'

test('a number up to 2^53 is a u64 on the wire', () => {
  const bytes = Buffer.alloc(8)
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      assert.equal(writeLonglong(bytes, 0, value), 8)
      assert.equal(bytes.readBigUInt64BE(0), BigInt(value))
      assert.equal(readLonglong(bytes, 0, 8), value)
    }),
  )
})

test('a short string has its length before it', () => {
  assert.deepEqual(shortstr('grün'), Buffer.from([5, 0x67, 0x72, 0xc3, 0xbc, 0x6e]))
  assert.deepEqual(shortstr(''), Buffer.from([0]))
})

test('a text that is too long is cut between characters', () => {
  assert.equal(fitShortstr('short'), 'short')
  assert.equal(fitShortstr('a'.repeat(300)), 'a'.repeat(255))
  fc.assert(
    fc.property(text({ minLength: 50, maxLength: 400 }), (whole) => {
      const fitted = fitShortstr(whole)
      assert.ok(whole.startsWith(fitted))
      const size = Buffer.byteLength(fitted)
      assert.ok(size <= 255 && (fitted === whole || size > 251))
    }),
  )
})
