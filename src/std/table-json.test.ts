import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { longString, type Table } from './table.ts'
import { tableFromJson, tableToJson } from './table-json.ts'

describe('field tables as JSON', () => {
  it('keep what JSON can say', () => {
    const table: Table = [
      ['text', longString('é')],
      ['flag', { tag: 't', value: true }],
      ['small', { tag: 'b', value: -5 }],
      ['large', { tag: 'l', value: 2n ** 40n }],
      ['real', { tag: 'd', value: 1.5 }],
      ['decimal', { tag: 'D', scale: 2, value: 125 }],
      ['time', { tag: 'T', value: 1_700_000_000n }],
      ['nothing', { tag: 'V' }],
      ['list', { tag: 'A', value: [longString('a'), { tag: 'I', value: 1 }] }],
      ['table', { tag: 'F', value: [['inner', { tag: 't', value: false }]] }],
      ['not a number', { tag: 'd', value: Number.NaN }],
    ]
    assert.deepEqual(tableToJson(table), {
      text: 'é',
      flag: true,
      small: -5,
      large: 2 ** 40,
      real: 1.5,
      decimal: 1.25,
      time: 1_700_000_000,
      nothing: null,
      list: ['a', 1],
      table: { inner: false },
      'not a number': null,
    })
  })

  it('come back as they went where nothing was lost', () => {
    const json = {
      text: 'a',
      number: 5,
      real: 1.5,
      flag: true,
      nothing: null,
      list: [1, 'a', [true]],
      table: { a: {} },
    }
    assert.deepEqual(tableToJson(tableFromJson(json)), json)
    assert.deepEqual(tableFromJson({ number: 5 }), [['number', { tag: 'l', value: 5n }]])
  })

  it('are not deceived by the names of entries', () => {
    const table = tableFromJson(JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'))
    assert.equal(JSON.stringify(tableToJson(table)), '{"__proto__":{"polluted":true},"constructor":1}')
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  })

  it('take the first of entries with one name, as tables do', () => {
    assert.deepEqual(
      tableToJson([
        ['a', longString('1')],
        ['a', longString('2')],
      ]),
      { a: '1' },
    )
  })
})
