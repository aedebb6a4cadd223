import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash32 } from './hash32.ts'
import { PseudoRandom } from './pseudo-random.ts'
import { systemRandom } from './random.ts'

test('every number below the end comes about as often as the others', () => {
  const chance = PseudoRandom.from(systemRandom)
  const counts = new Array<number>(7).fill(0)
  for (let round = 0; round < 70_000; round++) counts[chance.below(7)]!++
  for (const count of counts) assert.ok(count > 9_400 && count < 10_600, String(counts))
})

test('equal seeds tell the same story', () => {
  const one = new PseudoRandom(7)
  const other = new PseudoRandom(7)
  for (let round = 0; round < 10; round++) assert.equal(one.below(1000), other.below(1000))
})

test('a hash is the same for a text and its bytes, and hardly ever for two texts', () => {
  assert.equal(hash32('key-1'), hash32(Buffer.from('key-1')))
  const hashes = new Set(Array.from({ length: 10_000 }, (_, index) => hash32(`key-${index}`)))
  assert.ok(hashes.size > 9_998)
})

test('short texts spread over few places evenly', () => {
  const counts = new Array<number>(5).fill(0)
  for (let index = 0; index < 50_000; index++) counts[hash32(String(index)) % 5]!++
  for (const count of counts) assert.ok(count > 9_600 && count < 10_400, String(counts))
})
