import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { matches } from './binding-match.ts'

const bound = (key: string, arguments_: Record<string, unknown> = {}) => ({
  ...{ source: 'x', destination: 'q', destination_type: 'queue' as const },
  ...{ routing_key: key, arguments: arguments_ },
})
const letter = (key: string, headers: Record<string, unknown> = {}) => ({ exchange: 'x', key, headers })

describe('whether a binding fits a message', () => {
  for (const [pattern, key, fits] of [
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.#', 'a', true],
    ['#.c', 'a.b.c', true],
    ['#', '', true],
    ['a.#.b', 'a.b', true],
    ['a.#.b.*', 'a.x.b.y.b.z', true],
    ['a.#.b', 'a.b.c', false],
    ['*', '', true],
    ['', '', true],
  ] as const) {
    test(`topic: ${pattern} ${fits ? 'fits' : 'does not fit'} ${key}`, () => {
      assert.equal(matches('topic', bound(pattern), letter(key)), fits)
    })
  }

  test('direct goes by the key, also by those in CC; fanout by nothing', () => {
    assert.equal(matches('direct', bound('a'), letter('a')), true)
    assert.equal(matches('direct', bound('a'), letter('b')), false)
    assert.equal(matches('direct', bound('a'), letter('b', { CC: ['a'] })), true)
    assert.equal(matches('fanout', bound('a'), letter('b')), true)
  })

  test('headers: all of them or any, without those that begin with x- unless asked', () => {
    const all = bound('', { 'x-match': 'all', a: 1, b: null, 'x-c': 1 })
    assert.equal(matches('headers', all, letter('', { a: 1, b: 2 })), true)
    assert.equal(matches('headers', all, letter('', { a: 1 })), false)
    assert.equal(matches('headers', bound('', { 'x-match': 'any', a: 1, b: 2 }), letter('', { b: 2 })), true)
    assert.equal(matches('headers', bound('', { 'x-match': 'all-with-x', 'x-c': 1 }), letter('')), false)
    assert.equal(matches('headers', bound('', { 'x-match': 'any' }), letter('', { a: 1 })), false)
  })

  test('of other types nothing is known', () => {
    assert.equal(matches('x-random', bound('a'), letter('a')), undefined)
  })
})
