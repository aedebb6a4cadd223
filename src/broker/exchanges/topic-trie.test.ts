import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { destination } from './destination.fixture.ts'
import { topicWords } from './topic.ts'
import { TopicTrie } from './topic-trie.ts'

const bindings = 10_000
const some = fc.sample(fc.integer(), { seed: 5, numRuns: 40_000 })
let drawn = 0

/** As many words, each `a` or `*`: whatever the others are, all of them fit a key of `a`s. */
function anyOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => ((some[drawn++ % some.length]! >> (index % 20)) & 1 ? 'a' : '*'))
}

const keyOf = (count: number): string[] => Array.from({ length: count }, () => 'a')

const attacks: readonly (readonly [name: string, pattern: (index: number) => string[], key: string[]])[] = [
  ['as many words as a key holds', () => anyOf(126), keyOf(126)],
  ['many words behind a #', () => ['#', ...anyOf(124)], keyOf(127)],
  ['many words between two #', () => ['#', ...anyOf(63), '#'], keyOf(127)],
  ['many words between two #, the last of them rare', () => ['#', ...anyOf(62), 'b', '#'], [...keyOf(126), 'b']],
  [
    'few words between two # and a key of empty words',
    () => ['#', ...anyOf(24), '', '#'],
    [...keyOf(40), ...topicWords('.'.repeat(170))],
  ],
  [
    'two # anywhere',
    (index) => [...keyOf(index % 100), '#', ...keyOf(20), '#', ...keyOf(100 - (index % 100))],
    keyOf(127),
  ],
]

describe('ten thousand hostile topic bindings', () => {
  for (const [name, pattern, key] of attacks) {
    it(`cost a message little: ${name}`, () => {
      const trie = new TopicTrie()
      const queue = destination('q')
      const patterns = Array.from({ length: bindings }, (_, index) => pattern(index))
      for (const words of patterns) trie.add(words, queue)
      let best = Number.POSITIVE_INFINITY
      let look = Number.POSITIVE_INFINITY
      let found = 0
      for (let round = 0; round < 12; round++) {
        found = 0
        const start = performance.now()
        trie.match(key, () => {
          found++
        })
        best = Math.min(best, performance.now() - start)
        look = Math.min(look, lookAt(patterns))
      }
      assert.ok(found > 0, 'the patterns fit the key')
      // 1 to 1.5 times a look; with a node for each word it took 75 to 600 ms.
      assert.ok(best < 12 * look, `${best} ms, and looking at every word once ${look} ms`)
    })
  }
})

/** How long it takes to look at each word of the patterns once, in milliseconds. */
function lookAt(patterns: readonly string[][]): number {
  let stars = 0
  const start = performance.now()
  for (const words of patterns) for (const word of words) if (word.length === 1 && word === '*') stars++
  const end = performance.now()
  assert.ok(stars > 0 || patterns[0]!.length > 100)
  return end - start
}

describe('the tree of patterns', () => {
  it('has at most two nodes per pattern, whatever their length', () => {
    const trie = new TopicTrie()
    for (let index = 0; index < 1000; index++) trie.add(anyOf(100), destination('q'))
    assert.ok(trie.size <= 2000, `${trie.size} nodes`)
  })

  it('is as after the first day when bindings came and went for long', () => {
    const trie = new TopicTrie()
    const queue = destination('q')
    trie.add(['stays', '*'], queue)
    for (let round = 0; round < 200; round++) {
      const patterns = Array.from({ length: 20 }, (_, index) => [`w${round}`, ...anyOf(20), `x${index}`, '#'])
      for (const pattern of patterns) trie.add(pattern, queue)
      for (const pattern of patterns.toReversed()) trie.remove(pattern, queue)
    }
    assert.equal(trie.size, 1)
    assert.equal(trie.wordCount, 1)
    assert.ok(trie.labelRoom <= 2048, `room for ${trie.labelRoom} symbols`)
    const found: string[] = []
    trie.match(['stays', 'here'], ({ name }) => found.push(name))
    assert.deepEqual(found, ['q'])
  })

  it('fits keys of up to 256 words', () => {
    const words = fc.array(fc.constantFrom('a', '', 'b'), { minLength: 90, maxLength: 250 })
    fc.assert(
      fc.property(words, fc.nat(250), fc.nat(40), fc.boolean(), (key, from, count, spoiled) => {
        const middle = key.slice(from, from + count).map((word, index) => (index % 3 === 1 ? '*' : word))
        const pattern = ['#', ...middle, ...(spoiled ? ['c'] : []), '#']
        const trie = new TopicTrie()
        trie.add(pattern, destination('q'))
        trie.add(['#', 'c', '#'], destination('never'))
        const found: string[] = []
        trie.match(key, ({ name }) => found.push(name))
        assert.deepEqual(found, spoiled ? [] : ['q'])
      }),
    )
  })
})
