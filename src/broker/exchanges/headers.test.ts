import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { longString, type Table, type TableValue, tableGet } from '../../std/table.ts'
import { Address } from '../address.ts'
import { Fault } from '../fault.ts'
import { Message } from '../message.ts'
import { encodeProperties } from '../properties.ts'
import { binding, destination, nowhere, routed } from './destination.fixture.ts'
import { headersExchangeType } from './headers.ts'

const text = (value: string): TableValue => longString(value)
const short = (value: number): TableValue => ({ tag: 's', value })
const long = (value: bigint): TableValue => ({ tag: 'l', value })
const void_: TableValue = { tag: 'V' }

function message(headers: Table | undefined): Message {
  const properties = encodeProperties(headers === undefined ? {} : { headers })
  return new Message(new Address('x', ''), properties, 0, properties.length, 0)
}

function match(arguments_: Table, headers: Table | undefined): boolean {
  const router = headersExchangeType.create([], nowhere)
  router.add(binding(destination('q'), 'ignored', arguments_))
  return routed(router, 'any', message(headers)).length === 1
}

describe('a headers exchange', () => {
  const all = ['x-match', text('all')] as const
  const any = ['x-match', text('any')] as const
  const allX = ['x-match', text('all-with-x')] as const
  const anyX = ['x-match', text('any-with-x')] as const
  const rows: readonly (readonly [why: string, args: Table, headers: Table | undefined, matches: boolean])[] = [
    ['no arguments match everything', [], [['a', short(1)]], true],
    ['no arguments match a message without headers', [], undefined, true],
    ['all of nothing matches', [all], [], true],
    ['any of nothing does not', [any], [['a', short(1)]], false],
    [
      'all is the default',
      [
        ['a', short(1)],
        ['b', short(2)],
      ],
      [['a', short(1)]],
      false,
    ],
    [
      'all hold',
      [all, ['a', short(1)], ['b', text('x')]],
      [
        ['b', text('x')],
        ['c', void_],
        ['a', short(1)],
      ],
      true,
    ],
    [
      'one of all fails',
      [all, ['a', short(1)], ['b', text('x')]],
      [
        ['b', text('y')],
        ['a', short(1)],
      ],
      false,
    ],
    ['one of any holds', [any, ['a', short(1)], ['b', text('x')]], [['b', text('x')]], true],
    ['none of any holds', [any, ['a', short(1)]], [['a', short(2)]], false],
    ['integers compare whatever their width', [['a', short(1)]], [['a', long(1n)]], true],
    ['a text is not a number', [['a', text('1')]], [['a', short(1)]], false],
    ['void asks for presence', [['a', void_]], [['a', text('whatever')]], true],
    ['void is not content with absence', [['a', void_]], [['b', void_]], false],
    ['void is met by a void', [['a', void_]], [['a', void_]], true],
    ['a value is not met by a void', [['a', short(1)]], [['a', void_]], false],
    ['x- arguments are skipped by all', [all, ['x-a', short(1)]], [], true],
    ['x- arguments are skipped by any', [any, ['x-a', short(1)]], [['x-a', short(1)]], false],
    ['x- arguments count for all-with-x', [allX, ['x-a', short(1)]], [], false],
    ['x- arguments hold for all-with-x', [allX, ['x-a', short(1)]], [['x-a', short(1)]], true],
    ['x- arguments hold for any-with-x', [anyX, ['x-a', short(1)], ['b', void_]], [['x-a', short(1)]], true],
    ['x-match itself is never a condition', [allX], [], true],
    [
      'tables compare as a whole',
      [['a', { tag: 'F', value: [['k', short(1)]] }]],
      [['a', { tag: 'F', value: [['k', long(1n)]] }]],
      true,
    ],
    [
      'of a header that comes twice the last counts',
      [['a', short(2)]],
      [
        ['a', short(1)],
        ['a', short(2)],
      ],
      true,
    ],
    ['names of the prototype are ordinary', [['__proto__', void_]], [['a', void_]], false],
  ]
  for (const [why, arguments_, headers, matches] of rows) {
    it(why, () => assert.equal(match(arguments_, headers), matches))
  }

  it('agrees with the plain rule', () => {
    const name = fc.constantFrom('a', 'b', 'x-c')
    const value = fc.constantFrom(short(1), long(1n), text('1'), void_)
    const table = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key })
    const mode = fc.constantFrom('all', 'any', 'all-with-x', 'any-with-x')
    fc.assert(
      fc.property(mode, table, table, (mode, conditions, headers) => {
        const counted = conditions.filter(([key]) => mode.endsWith('-with-x') || !key.startsWith('x-'))
        const holds = counted.map(([key, wanted]) => plainlyEqual(wanted, tableGet(headers, key)))
        const expected = mode.startsWith('all') ? holds.every(Boolean) : holds.some(Boolean)
        assert.equal(match([['x-match', text(mode)], ...conditions], headers), expected)
      }),
    )
  })

  const refusals: readonly (readonly [value: TableValue, text: string])[] = [
    [text('foo'), 'Invalid x-match field value <<"foo">>; expected all, any, all-with-x, or any-with-x'],
    [text('x"y\\z\n'), 'Invalid x-match field value <<"x\\"y\\\\z\\n">>; expected all, any, all-with-x, or any-with-x'],
    [{ tag: 'b', value: 5 }, 'Invalid x-match field type byte (value 5); expected longstr'],
    [{ tag: 't', value: true }, 'Invalid x-match field type bool (value true); expected longstr'],
    [{ tag: 'd', value: 1.5 }, 'Invalid x-match field type double (value 1.5); expected longstr'],
    [{ tag: 'D', scale: 2, value: 5 }, 'Invalid x-match field type decimal (value {2,5}); expected longstr'],
    [{ tag: 'x', value: Buffer.of(255, 1) }, 'Invalid x-match field type binary (value <<255,1>>); expected longstr'],
    [void_, 'Invalid x-match field type void (value undefined); expected longstr'],
    [
      { tag: 'A', value: [{ tag: 'b', value: 1 }, text('a')] },
      'Invalid x-match field type array (value [{byte,1},{longstr,<<"a">>}]); expected longstr',
    ],
    [
      { tag: 'F', value: [['a', { tag: 'b', value: 1 }]] },
      'Invalid x-match field type table (value [{<<"a">>,byte,1}]); expected longstr',
    ],
  ]
  for (const [value, refusal] of refusals) {
    it(`says: ${refusal}`, () => {
      const bad = binding(destination('q'), '', [['x-match', value]])
      assert.throws(() => headersExchangeType.validateBinding?.(bad, []), new Fault('precondition-failed', refusal))
    })
  }

  it('stops routing to a binding that was removed', () => {
    const router = headersExchangeType.create([], nowhere)
    const one = binding(destination('one'), '')
    router.add(one)
    router.add(binding(destination('two'), ''))
    router.remove(one)
    assert.deepEqual(routed(router, '', message([])), ['two'])
  })
})

function plainlyEqual(wanted: TableValue, value: TableValue | undefined): boolean {
  if (value === undefined) return false
  if (wanted.tag === 'V') return true
  if (wanted.tag === 'S') return value.tag === 'S' && wanted.value.equals(value.value)
  return value.tag === 's' || value.tag === 'l'
}
