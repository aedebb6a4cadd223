import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Binding } from '../binding.ts'
import { Fault } from '../fault.ts'
import { binding, destination, nowhere, routed } from './destination.fixture.ts'
import { topicExchangeType, topicWords } from './topic.ts'
import { TopicTrie } from './topic-trie.ts'

/** The rule written down as plainly as possible; far too slow for anything but a test. */
function fits(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return words.length === 0
  if (first === '#') return fits(rest, words) || (words.length > 0 && fits(pattern, words.slice(1)))
  return words.length > 0 && (first === '*' || first === words[0]) && fits(rest, words.slice(1))
}

const word = fc.constantFrom('a', 'b', 'c', '', '*', '#')
const pattern = fc.array(word, { maxLength: 6 }).map((words) => words.join('.'))
const key = fc.array(fc.constantFrom('a', 'b', 'c', '', '*', '#'), { maxLength: 7 }).map((words) => words.join('.'))

describe('a topic exchange', () => {
  const rows: readonly (readonly [pattern: string, key: string, matches: boolean])[] = [
    ['stock.usd.nyse', 'stock.usd.nyse', true],
    ['stock.usd.nyse', 'stock.usd', false],
    ['*.usd.*', 'stock.usd.nyse', true],
    ['*.usd.*', 'usd.nyse', false],
    ['*', 'a', true],
    ['*', '', false],
    ['*', 'a.b', false],
    ['*', '.', false],
    ['*.*', '.', true],
    ['', '', true],
    ['', '.', false],
    ['#', '', true],
    ['#', 'a.b.c', true],
    ['a.#', 'a', true],
    ['a.#', 'a.b.c', true],
    ['a.#', 'b.a', false],
    ['#.a', 'a', true],
    ['#.a', 'b.c.a', true],
    ['#.a.#', 'b.a.c', true],
    ['#.a.#', 'b.c', false],
    ['#.#', '', true],
    ['#.*', '', false],
    ['#.*', 'a', true],
    ['a..b', 'a..b', true],
    ['a.*.b', 'a..b', true],
    ['a.#.b', 'a.b', true],
    ['a*', 'ab', false],
    ['a#', 'ab', false],
  ]
  for (const [bindingKey, routingKey, matches] of rows) {
    it(`${matches ? 'routes' : 'does not route'} '${routingKey}' by '${bindingKey}'`, () => {
      const router = topicExchangeType.create([], nowhere)
      router.add(binding(destination('q'), bindingKey))
      assert.deepEqual(routed(router, routingKey), matches ? ['q'] : [])
    })
  }

  it('agrees with the plain rule for any bindings, keys and removals', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pattern, fc.nat(3), fc.boolean())), fc.array(key), (specs, keys) => {
        const queues = ['q0', 'q1', 'q2', 'q3'].map(destination)
        const router = topicExchangeType.create([], nowhere)
        const all = specs.map(([bindingKey, queue, stays]) => ({ b: binding(queues[queue]!, bindingKey), stays }))
        for (const { b } of all) router.add(b)
        for (const { b, stays } of all) if (!stays) router.remove(b)
        const left: Binding[] = all.filter(({ stays }) => stays).map(({ b }) => b)
        for (const routingKey of keys) {
          const expected = left.filter((b) => fits(topicWords(b.routingKey), topicWords(routingKey)))
          const names = [...new Set(expected.map((b) => b.destination.name))].sort()
          assert.deepEqual(routed(router, routingKey), names, `key '${routingKey}'`)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuses a third # in a binding key with the text of RabbitMQ', () => {
    const refused = binding(destination('q'), '#.a.#.#')
    assert.throws(
      () => topicExchangeType.validateBinding?.(refused, []),
      new Fault('precondition-failed', "Topic binding key '#.a.#.#' uses 3 '#' wildcards, at most 2 are allowed"),
    )
    topicExchangeType.validateBinding?.(binding(destination('q'), '#.a#.#'), [])
  })

  it('agrees with the plain rule for keys of many words', () => {
    const many = fc.array(fc.constantFrom('a', 'b'), { minLength: 28, maxLength: 100 })
    const cut = fc.array(fc.constantFrom('*', 'a', '#'), { maxLength: 12 })
    fc.assert(
      fc.property(many, fc.array(fc.tuple(fc.nat(99), fc.nat(99), cut), { maxLength: 8 }), (words, cuts) => {
        const patterns = cuts.map(([from, count, middle]) => {
          const hashes = middle.filter((word, index) => word !== '#' || index === middle.indexOf('#'))
          return [...words.slice(0, from), '#', ...hashes, ...words.slice(from + count)]
        })
        const router = topicExchangeType.create([], nowhere)
        for (const [index, words] of patterns.entries()) router.add(binding(destination(`q${index}`), words.join('.')))
        const expected = patterns.flatMap((pattern, index) => (fits(pattern, words) ? [`q${index}`] : []))
        assert.deepEqual(routed(router, words.join('.')), expected.sort())
      }),
    )
  })

  it('goes through patterns made to backtrack once', () => {
    const trie = new TopicTrie()
    const queue = destination('q')
    for (let stars = 0; stars < 100; stars++) {
      trie.add([...'#'.repeat(20), ...'*'.repeat(stars), '#', 'never'], queue)
    }
    let hits = 0
    trie.match(
      Array.from({ length: 128 }, () => 'a'),
      () => hits++,
    )
    assert.equal(hits, 0)
  })
})

describe('the topic trie', () => {
  it('keeps no node of a pattern that is gone', () => {
    fc.assert(
      fc.property(fc.array(pattern.map((text) => text.split('.'))), (patterns) => {
        const trie = new TopicTrie()
        const queue = destination('q')
        for (const words of patterns) trie.add(words, queue)
        for (const words of patterns) trie.remove(words, queue)
        assert.equal(trie.size, 0)
        assert.equal(trie.wordCount, 0)
        assert.equal(trie.empty, true)
      }),
    )
  })

  it('ignores the removal of what was never added', () => {
    const trie = new TopicTrie()
    trie.add(['a', '*'], destination('q'))
    trie.remove(['a', '*'], destination('other'))
    trie.remove(['a', '#'], destination('q'))
    trie.remove(['b'], destination('q'))
    assert.equal(trie.size, 1)
    assert.equal(trie.wordCount, 1)
  })
})
