import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { namePattern } from './name-pattern.ts'

describe('a pattern over names', () => {
  const rows: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ['', '', false],
    ['', 'a', false],
    ['^$', 'a', false],
    ['^$', '', true],
    ['.*', '', true],
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['^(amq\\.gen.*|amq\\.default)$', 'amq.default', true],
    ['^(amq\\.gen.*|amq\\.default)$', 'amq-default', false],
    ['^(?!amq\\.).*', 'amq.gen-1', false],
    ['^(?!amq\\.).*', 'orders', true],
    ['^(?=.*-eu$)orders', 'orders-eu', true],
    ['^(?=.*-eu$)orders', 'orders-us', false],
    ['(?i)^ORDERS', 'orders', true],
    ['(?i:O)RDERS', 'oRDERS', true],
    ['(?i:O)RDERS', 'orders', false],
    ['^[[:alnum:]_-]+$', 'a_B-9', true],
    ['^[^[:space:]]+$', 'a b', false],
    ['^[]a]+$', 'a]', true],
    ['^[a-]+$', 'a-a', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['\\Aab\\z', 'ab', true],
    ['^a{2,3}$', 'a', false],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,3}$', 'aaaa', false],
    ['a{x}', 'a{x}', true],
    ['\\bfoo\\b', 'a foo b', true],
    ['\\bfoo\\b', 'afoo', false],
    ['^\\x41\\x{e4}$', 'Aä', true],
    ['^.$', '😀', true],
    ['^(?<name>a|b)+?$', 'abba', true],
    ['^(a|ab)(c|bcd)(d*)$', 'abcd', true],
    ['()*', 'x', true],
    ['^(()|a)+$', 'aa', true],
  ]
  for (const [pattern, name, matches] of rows) {
    it(`${matches ? 'finds' : 'does not find'} /${pattern}/ in '${name}'`, () => {
      assert.equal(namePattern(pattern).matches(name), matches)
    })
  }

  const refused = [
    '(',
    ')',
    'a)',
    '*',
    'a**',
    '[a',
    '[b-a]',
    'a{3,2}',
    '\\',
    '(a)\\1',
    '(?<=a)b',
    '(?>a)',
    'a++',
    '\\y',
  ]
  for (const pattern of [
    ...refused,
    'a{1001}',
    '(((a{100}){100}){100})',
    '(((){1000}){1000}){1000}',
    '('.repeat(60),
    'x'.repeat(5000),
  ]) {
    it(`refuses /${pattern.slice(0, 30)}/ when it is written, not when it is used`, () => {
      assert.throws(() => namePattern(pattern), SyntaxError)
    })
  }

  it('agrees with the regular expressions of JavaScript where both know the syntax', () => {
    const leaf = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\b', '^', '$', '1', '()')
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
        fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}')).map(([a, many]) => `(${a})${many}`),
        tie('pattern').map((a) => `(?=${a})`),
        tie('pattern').map((a) => `(?!${a})`),
      ),
    }))
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, name, (pattern, name) => {
        assert.equal(namePattern(pattern).matches(name), new RegExp(pattern).test(name), `/${pattern}/ on '${name}'`)
      }),
      { numRuns: 3000 },
    )
  })

  it('never throws anything but a SyntaxError, whatever the pattern', () => {
    const piece = fc.constantFrom(...'()[]{}|*+?^$.\\-:!=<>,aiQEx1', '[:', ':]', '(?', '{1,')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        try {
          namePattern(pieces.join('')).matches('aa1')
        } catch (error) {
          assert.ok(error instanceof SyntaxError)
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('takes no longer than pattern times name, however it was meant', () => {
    const name = `${'a'.repeat(250)}!`
    const evil = ['(a+)+$', '(a|aa)+$', '(a*)*b', '(.*a){12}$', '(?=(a+)+$)b', '((a?){50}){20}b', '^(?!(a|a)*b).*c']
    for (const pattern of evil) {
      const start = performance.now()
      namePattern(pattern).matches(name)
      assert.ok(performance.now() - start < 2000, `/${pattern}/ took too long`)
    }
  })
})
