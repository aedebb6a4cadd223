/**
 * A topic exchange among a million bindings of MQTT's shapes: what each takes of memory, how fast they are made, and
 * what it takes to find those that a message is for.
 *
 *   node --expose-gc bench/trie.ts [--bindings 1000000]
 */
import { parseArgs } from 'node:util'
import type { Destination } from '../src/broker/binding.ts'
import { topicWords } from '../src/broker/exchanges/topic.ts'
import { TopicTrie } from '../src/broker/exchanges/topic-trie.ts'

const { values } = parseArgs({ options: { bindings: { type: 'string', default: '1000000' } } })
const count = Number(values.bindings)
const KEYS = 100_000

/** Patterns of one shape; the key of the same number fits one of them, or as many as the title says. */
const shapes = [
  {
    title: '`devices.N.#`: one fits',
    pattern: (n: number) => `devices.${n}.#`,
    key: (n: number) => `devices.${n}.a.b`,
  },
  {
    title: '`sites.S.*.D.temp`: one fits',
    pattern: (n: number) => `sites.${n % 1000}.*.${n}.temp`,
    key: (n: number) => `sites.${n % 1000}.x.${n}.temp`,
  },
  { title: '`*.N.state`: none fits', pattern: (n: number) => `*.${n}.state`, key: (n: number) => `devices.${n}.other` },
]

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

console.log('| patterns | bytes each | bindings/s | µs/match | found by 100,000 keys |')
console.log('| --- | --- | --- | --- | --- |')
for (const { title, pattern, key } of shapes) {
  const trie = new TopicTrie()
  // One object for all: only the tree is weighed.
  const destination = { name: 'queue' } as Destination
  const before = heapBytes()
  const started = performance.now()
  for (let n = 0; n < count; n++) trie.add(topicWords(pattern(n)), destination)
  const added = performance.now()
  const bytes = (heapBytes() - before) / count
  const keys = Array.from({ length: KEYS }, (_, n) => topicWords(key((n * 7919) % count)))
  let found = 0
  const matchingFrom = performance.now()
  for (const words of keys) trie.match(words, () => found++)
  const microseconds = ((performance.now() - matchingFrom) * 1000) / KEYS
  const perSecond = Math.round((count / (added - started)) * 1000).toLocaleString('en-US')
  console.log(`| ${title} | ${bytes.toFixed(0)} | ${perSecond} | ${microseconds.toFixed(2)} | ${found} |`)
}
