import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { tables } from '../../test/fuzz/table-values.ts'
import { DecodeError, type DecodeErrorKind } from './decode-error.ts'
import type { Table, TableValue } from './table.ts'
import { decodeTable, decodeTableInPlace, encodeTable, tableEnd, tableSize, validateTable } from './table-codec.ts'

function decode(bytes: Buffer): Table {
  return decodeTable(bytes, 0, bytes.length)
}

/** One entry under the key `k`. */
function entry(...value: number[]): Buffer {
  return Buffer.from([1, 0x6b, ...value])
}

function refuses(bytes: Buffer, kind: DecodeErrorKind): void {
  for (const read of [decodeTable, decodeTableInPlace, validateTable]) {
    assert.throws(
      () => read(bytes, 0, bytes.length),
      (error) => error instanceof DecodeError && error.kind === kind,
    )
  }
}

describe('a table', () => {
  test('goes out as it came in, whatever is in it', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const bytes = encodeTable(table)
        assert.equal(bytes.length, tableSize(table))
        assert.deepEqual(decode(bytes), table)
        assert.deepEqual(decodeTableInPlace(bytes, 0, bytes.length), table)
        assert.deepEqual(encodeTable(decode(bytes)), bytes)
      }),
      { numRuns: 500 },
    )
  })

  const values: readonly (readonly [hex: string, value: TableValue])[] = [
    ['7400', { tag: 't', value: false }],
    ['7401', { tag: 't', value: true }],
    ['6280', { tag: 'b', value: -128 }],
    ['42ff', { tag: 'B', value: 255 }],
    ['73fffe', { tag: 's', value: -2 }],
    ['75fffe', { tag: 'u', value: 65534 }],
    ['49ffffffff', { tag: 'I', value: -1 }],
    ['69ffffffff', { tag: 'i', value: 4294967295 }],
    ['6cffffffffffffffff', { tag: 'l', value: -1n }],
    ['4cffffffffffffffff', { tag: 'L', value: -1n }],
    ['54ffffffffffffffff', { tag: 'T', value: 2n ** 64n - 1n }],
    ['663fc00000', { tag: 'f', value: 1.5 }],
    ['6680000000', { tag: 'f', value: -0 }],
    ['64fff0000000000000', { tag: 'd', value: Number.NEGATIVE_INFINITY }],
    ['4402000000ff', { tag: 'D', scale: 2, value: 255 }],
    ['5300000002c328', { tag: 'S', value: Buffer.from([0xc3, 0x28]) }],
    ['7800000001ff', { tag: 'x', value: Buffer.from([0xff]) }],
    ['4600000000', { tag: 'F', value: [] }],
    ['4100000003567401', { tag: 'A', value: [{ tag: 'V' }, { tag: 't', value: true }] }],
    ['56', { tag: 'V' }],
  ]
  for (const [hex, value] of values) {
    test(`holds ${hex} as a value of type ${value.tag}`, () => {
      const bytes = entry(...Buffer.from(hex, 'hex'))
      assert.deepEqual(decode(bytes), [['k', value]])
      assert.deepEqual(encodeTable([['k', value]]), bytes)
    })
  }

  test('keeps the payload of a NaN', () => {
    for (const hex of ['667fa00001', '66ffc0dead', '647ff0000000000001', '64fff8000000abcdef']) {
      const bytes = entry(...Buffer.from(hex, 'hex'))
      const table = decode(bytes)
      const value = table[0]![1]
      assert.ok((value.tag === 'f' || value.tag === 'd') && Number.isNaN(value.value))
      assert.equal(encodeTable(table).toString('hex'), bytes.toString('hex'))
    }
  })

  test('keeps duplicates and their order', () => {
    const table: Table = [
      ['b', { tag: 'V' }],
      ['a', { tag: 'B', value: 1 }],
      ['b', { tag: 'B', value: 2 }],
    ]
    assert.deepEqual(decode(encodeTable(table)), table)
  })

  test('takes every boolean octet but zero for true, as RabbitMQ does', () => {
    assert.deepEqual(decode(entry(0x74, 2)), [['k', { tag: 't', value: true }]])
  })

  test('has its strings in a copy unless it is decoded in place', () => {
    const bytes = encodeTable([['k', { tag: 'S', value: Buffer.from('text') }]])
    const copied = decode(bytes)
    const inPlace = decodeTableInPlace(bytes, 0, bytes.length)
    bytes.fill(0x2e)
    assert.deepEqual(copied, [['k', { tag: 'S', value: Buffer.from('text') }]])
    assert.deepEqual(inPlace, [['k', { tag: 'S', value: Buffer.from('....') }]])
  })

  test('cannot have a key longer than 255 bytes', () => {
    const longest = 'ä'.repeat(127)
    assert.deepEqual(decode(encodeTable([[longest, { tag: 'V' }]])), [[longest, { tag: 'V' }]])
    assert.throws(() => encodeTable([['ä'.repeat(128), { tag: 'V' }]]), RangeError)
  })
})

describe('the length of a table', () => {
  test('tells where it ends', () => {
    assert.equal(tableEnd(Buffer.from([9, 0, 0, 0, 2, 1, 2, 3]), 1, 8), 7)
  })

  test('is not believed beyond the input', () => {
    assert.throws(() => tableEnd(Buffer.from([0, 0, 0, 3, 1, 2]), 0, 6), DecodeError)
    assert.throws(() => tableEnd(Buffer.from([255, 255, 255, 255, 1, 2]), 0, 6), DecodeError)
    assert.throws(() => tableEnd(Buffer.from([0, 0, 0]), 0, 3), DecodeError)
  })
})

describe('bad tables', () => {
  test('that end early are refused, wherever they are cut', () => {
    const whole = Buffer.concat(
      ['7401', '73fffe', '4cffffffffffffffff', '530000000161', '4600000003016156', '410000000156'].map((hex) =>
        entry(...Buffer.from(hex, 'hex')),
      ),
    )
    const starts = new Set([0])
    for (let cut = 1; cut < whole.length; cut++) {
      const bytes = whole.subarray(0, cut)
      try {
        starts.add(encodeTable(decode(bytes)).length)
      } catch (error) {
        assert.ok(error instanceof DecodeError)
      }
    }
    // Only cuts between entries leave a table.
    assert.deepEqual([...starts], [0, 4, 9, 20, 28, 38])
  })

  test('with lengths that lie are refused before anything is allocated', () => {
    for (const tag of [0x53, 0x78, 0x46, 0x41]) {
      for (const length of [1, 2, 0x7fffffff, 0x80000000, 0xffffffff]) {
        const bytes = entry(tag, 0, 0, 0, 0)
        bytes.writeUInt32BE(length, 3)
        const before = process.memoryUsage().arrayBuffers
        refuses(bytes, 'malformed')
        assert.ok(process.memoryUsage().arrayBuffers - before <= 65536)
      }
    }
  })

  test('whose inner lengths reach over the outer ones are refused', () => {
    refuses(entry(0x46, 0, 0, 0, 7, 1, 0x61, 0x53, 0, 0, 0, 1), 'malformed')
    refuses(Buffer.concat([entry(0x41, 0, 0, 0, 2, 0x49, 0), entry(0x49, 0, 0, 0, 0)]), 'malformed')
  })

  test('with unknown tags are refused', () => {
    const known = new Set(Buffer.from('tbBsuIilLfdDSTFAxV'))
    for (let tag = 0; tag < 256; tag++) {
      if (!known.has(tag)) refuses(entry(tag, 0, 0, 0, 0, 0, 0, 0, 0), 'malformed')
    }
  })

  test('with keys that are no UTF-8 are refused', () => {
    refuses(Buffer.from([1, 0xff, 0x56]), 'malformed-utf8')
    refuses(Buffer.from([2, 0xc3, 0x28, 0x56]), 'malformed-utf8')
  })
})

describe('nesting', () => {
  /** Tables in tables or arrays in arrays around one void; the outermost table counts as well. */
  function nested(tag: 'F' | 'A', depth: number): Buffer {
    const [prefix, head, tail] = tag === 'F' ? ['', '\x01kF', '\x01kV'] : ['\x01k', 'A', 'V']
    const step = head.length + 4
    const bytes = Buffer.alloc(prefix.length + (depth - 1) * step + tail.length)
    let at = bytes.write(prefix, 'latin1')
    for (let level = 1; level < depth; level++) {
      bytes.write(head, at, 'latin1')
      at += step
      bytes.writeUInt32BE(bytes.length - at, at - 4)
    }
    bytes.write(tail, at, 'latin1')
    return bytes
  }

  test('is fine down to 64', () => {
    for (const tag of ['F', 'A'] as const) {
      const bytes = nested(tag, 64)
      validateTable(bytes, 0, bytes.length)
      assert.deepEqual(encodeTable(decode(bytes)), bytes)
    }
  })

  for (const depth of [65, 66, 100, 1000, 10_000, 100_000]) {
    test(`is refused at a depth of ${depth}`, () => {
      refuses(nested('F', depth), 'nested-too-deep')
      refuses(nested('A', depth), 'nested-too-deep')
    })
  }

  test('does not hide how wide a table may be: a million voids cost a few octets each', () => {
    const bytes = Buffer.alloc(7 + 1_000_000, 'V')
    bytes.write('\x01kA', 'latin1')
    bytes.writeUInt32BE(1_000_000, 3)
    const before = process.memoryUsage().heapUsed
    const [, array] = decode(bytes)[0]!
    assert.ok(array.tag === 'A' && array.value.length === 1_000_000)
    assert.ok(process.memoryUsage().heapUsed - before < 32 * bytes.length)
  })
})
