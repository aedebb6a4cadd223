import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { tables } from '../../test/fuzz/table-values.ts'
import {
  longString,
  type Table,
  type TableValue,
  tableBoolean,
  tableDelete,
  tableGet,
  tableInteger,
  tableSet,
  tableString,
  tableTypeName,
} from './table.ts'
import { decodeTable, encodeTable } from './table-codec.ts'
import { tablesEqual, tableValuesEqual } from './table-equality.ts'

const one: TableValue = { tag: 'B', value: 1 }
const two: TableValue = { tag: 'I', value: 2 }

describe('a table', () => {
  test('answers with the first value of a key', () => {
    const table: Table = [
      ['a', one],
      ['b', two],
      ['a', two],
    ]
    assert.equal(tableGet(table, 'a'), one)
    assert.equal(tableGet(table, 'c'), undefined)
  })

  test('is copied when a key is set or deleted', () => {
    const table: Table = [
      ['a', one],
      ['b', two],
      ['a', two],
    ]
    assert.deepEqual(tableSet(table, 'a', two), [
      ['a', two],
      ['b', two],
    ])
    assert.deepEqual(tableSet([['b', two]], 'a', one), [
      ['b', two],
      ['a', one],
    ])
    assert.deepEqual(tableDelete(table, 'a'), [['b', two]])
    assert.equal(tableDelete(table, 'c'), table)
    assert.equal(table.length, 3)
  })
})

describe('a value', () => {
  test('is text, integer or boolean only where its type says so', () => {
    assert.equal(tableString(longString('größer')), 'größer')
    assert.equal(tableString({ tag: 'x', value: Buffer.from('a') }), undefined)
    assert.equal(tableString(undefined), undefined)
    assert.equal(tableInteger({ tag: 'l', value: 5n }), 5)
    assert.equal(tableInteger({ tag: 'l', value: 2n ** 60n }), 2n ** 60n)
    assert.equal(tableInteger({ tag: 's', value: -3 }), -3)
    assert.equal(tableInteger({ tag: 'T', value: 5n }), undefined)
    assert.equal(tableInteger({ tag: 'd', value: 5 }), undefined)
    assert.equal(tableBoolean({ tag: 't', value: false }), false)
    assert.equal(tableBoolean(one), undefined)
  })

  test('has the type name that RabbitMQ prints', () => {
    // Names as rabbit_binary_parser of RabbitMQ 3.10.8 answers for each tag.
    const names = 't bool b byte B unsignedbyte s short u unsignedshort I signedint i unsignedint l long L long f float'
    const more = 'd double D decimal S longstr T timestamp F table A array x binary V void'
    const words = `${names} ${more}`.split(' ')
    for (let i = 0; i < words.length; i += 2) {
      assert.equal(tableTypeName({ tag: words[i] } as TableValue), words[i + 1])
    }
  })
})

describe('equality', () => {
  const rows: readonly (readonly [a: TableValue, b: TableValue, equal: boolean])[] = [
    [one, { tag: 'l', value: 1n }, true],
    [{ tag: 'L', value: 2n ** 60n }, { tag: 'l', value: 2n ** 60n }, true],
    [one, two, false],
    [one, { tag: 'd', value: 1 }, false],
    [one, { tag: 'T', value: 1n }, false],
    [one, { tag: 't', value: true }, false],
    [{ tag: 'T', value: 1n }, { tag: 'T', value: 1n }, true],
    [{ tag: 'f', value: 1.5 }, { tag: 'd', value: 1.5 }, true],
    [{ tag: 'd', value: Number.NaN }, { tag: 'd', value: Number.NaN }, true],
    [longString('a'), longString('a'), true],
    [longString('a'), longString('b'), false],
    [longString('a'), { tag: 'x', value: Buffer.from('a') }, false],
    [{ tag: 'V' }, { tag: 'V' }, true],
    [{ tag: 'V' }, { tag: 't', value: false }, false],
    [{ tag: 'D', scale: 1, value: 10 }, { tag: 'D', scale: 1, value: 10 }, true],
    [{ tag: 'D', scale: 1, value: 10 }, { tag: 'D', scale: 2, value: 100 }, false],
    [{ tag: 'A', value: [one, two] }, { tag: 'A', value: [{ tag: 's', value: 1 }, two] }, true],
    [{ tag: 'A', value: [one, two] }, { tag: 'A', value: [two, one] }, false],
    [{ tag: 'A', value: [one] }, { tag: 'A', value: [one, two] }, false],
    [{ tag: 'F', value: [['a', one]] }, { tag: 'F', value: [['a', { tag: 'l', value: 1n }]] }, true],
    [{ tag: 'F', value: [['a', one]] }, { tag: 'A', value: [one] }, false],
  ]
  for (const [i, [a, b, equal]] of rows.entries()) {
    test(`of ${tableTypeName(a)} and ${tableTypeName(b)} (row ${i}) is ${equal}`, () => {
      assert.equal(tableValuesEqual(a, b), equal)
      assert.equal(tableValuesEqual(b, a), equal)
    })
  }

  test('counts a missing value equal to a missing one only', () => {
    assert.equal(tableValuesEqual(undefined, undefined), true)
    assert.equal(tableValuesEqual(undefined, { tag: 'V' }), false)
  })

  test('of tables does not look at the order of keys', () => {
    const a: Table = [
      ['a', one],
      ['b', two],
    ]
    assert.equal(tablesEqual(a, [...a].reverse()), true)
    assert.equal(tablesEqual(a, [['a', one]]), false)
    assert.equal(
      tablesEqual(a, [
        ['a', one],
        ['c', two],
      ]),
      false,
    )
  })

  test('holds between a table and its copy over the wire', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const bytes = encodeTable(table)
        return tablesEqual(table, decodeTable(bytes, 0, bytes.length))
      }),
    )
  })
})
