import assert from 'node:assert/strict'
import { isUtf8 as nodeIsUtf8 } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { text } from '../../test/fuzz/text.ts'
import { isUtf8 } from './utf8.ts'

test('well-formed UTF-8 is what node takes for it, for every sequence of interesting bytes', () => {
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee]
  const leads = [...edges, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
  for (const a of leads) {
    for (const b of leads) {
      for (const c of leads) {
        for (const d of [0x00, 0x80, 0xbf, 0xc2]) {
          for (let size = 1; size <= 4; size++) {
            const bytes = Buffer.from([a, b, c, d]).subarray(0, size)
            assert.equal(isUtf8(bytes, 0, size), nodeIsUtf8(bytes), bytes.toString('hex'))
          }
        }
      }
    }
  }
})

test('well-formed UTF-8 is what node takes for it, for text with damage', () => {
  const damaged = fc.tuple(text(), fc.nat(), fc.nat(255)).map(([whole, at, byte]) => {
    const bytes = Buffer.from(whole)
    if (bytes.length > 0) bytes[at % bytes.length] = byte
    return bytes
  })
  fc.assert(fc.property(damaged, (bytes) => isUtf8(bytes, 0, bytes.length) === nodeIsUtf8(bytes)))
})

test('only the bytes between start and end count', () => {
  const bytes = Buffer.from([0xff, 0x41, 0xc3, 0xa4, 0xff])
  assert.equal(isUtf8(bytes, 1, 4), true)
  assert.equal(isUtf8(bytes, 1, 3), false)
  assert.equal(isUtf8(bytes, 2, 2), true)
})
