import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeapGrowth } from './heap-growth.ts'

const MB = 1024 * 1024

test('a small heap may grow, and a large one is left to V8', () => {
  const set: number[] = []
  const growth = new HeapGrowth((percent) => set.push(percent))
  for (const megabytes of [20, 30, 80, 200, 40]) growth.look(megabytes * MB)
  assert.deepEqual(set, [300, 0, 300])
})
