import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { tables } from '../../../test/fuzz/table-values.ts'
import { DecodeError } from '../../std/decode-error.ts'
import { encodeTable } from '../../std/table-codec.ts'
import { ContentHeader, decodeContentHeader, validateProperties } from './content-header.ts'
import { shortstr } from './fields.ts'

const strings = fc.string({ maxLength: 40 }).map(shortstr)
const octets = fc.nat(255).map((value) => Buffer.from([value]))
const headers = tables.map((table) => {
  const bytes = encodeTable(table)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
})
const timestamps = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((array) => Buffer.from(array))

/** The fourteen properties in the order of their flags. */
const kinds = [
  ...[strings, strings, headers, octets, octets, strings, strings, strings, strings, timestamps],
  ...[strings, strings, strings, strings],
]

/** Any compact form. */
const properties = fc.tuple(fc.nat(2 ** 14 - 1), fc.tuple(...kinds)).map(([present, fields]) => {
  const flags = Buffer.alloc(2)
  flags.writeUInt16BE(present << 2)
  return Buffer.concat([flags, ...fields.filter((_, i) => present & (1 << (13 - i)))])
})

function header(size: bigint, compact: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(60)
  head.writeUInt16BE(7, 2)
  head.writeBigUInt64BE(size, 4)
  return Buffer.concat([head, compact])
}

describe('a content header', () => {
  test('says how long the body is and where the properties are', () => {
    fc.assert(
      fc.property(properties, fc.maxSafeNat(), fc.nat(9), (compact, size, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset), header(BigInt(size), compact), Buffer.alloc(3)])
        const into = new ContentHeader()
        decodeContentHeader(bytes, offset, bytes.length - 3, into)
        assert.equal(into.classId, 60)
        assert.equal(into.bodySize, size)
        assert.deepEqual(bytes.subarray(into.propertiesStart, into.propertiesEnd), compact)
      }),
    )
  })

  test('with a body size above 2^53 is refused', () => {
    for (const size of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      const bytes = header(size, Buffer.alloc(2))
      assert.throws(() => decodeContentHeader(bytes, 0, bytes.length, new ContentHeader()), DecodeError)
    }
  })

  test('shorter than its fixed part is refused', () => {
    const bytes = header(0n, Buffer.alloc(2))
    for (let end = 0; end < bytes.length; end++) {
      assert.throws(() => decodeContentHeader(bytes, 0, end, new ContentHeader()), DecodeError)
    }
  })
})

describe('properties', () => {
  test('are refused when anything is missing or follows', () => {
    fc.assert(
      fc.property(properties, fc.nat(), (compact, cut) => {
        validateProperties(compact, 0, compact.length)
        assert.throws(() => validateProperties(compact, 0, cut % compact.length), DecodeError)
        const longer = Buffer.concat([compact, Buffer.alloc(1)])
        assert.throws(() => validateProperties(longer, 0, longer.length), DecodeError)
      }),
      { numRuns: 500 },
    )
  })

  test('have fourteen flags and no second word of them', () => {
    for (const flags of [1, 2, 3]) {
      const bytes = Buffer.from([0, flags, 0, 0])
      assert.throws(() => validateProperties(bytes, 0, 4), DecodeError)
    }
  })

  test('may be strings of any bytes, as identifiers in binary are', () => {
    const bytes = Buffer.from([0x04, 0x00, 3, 0xff, 0x00, 0xc3])
    validateProperties(bytes, 0, bytes.length)
  })

  test('may not have headers that are no table', () => {
    const bytes = Buffer.from([0x20, 0x00, 0, 0, 0, 3, 1, 0x41, 0x5a])
    assert.throws(() => validateProperties(bytes, 0, bytes.length), DecodeError)
  })
})
