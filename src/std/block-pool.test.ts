import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlockPool } from './block-pool.ts'

test('a block is used again once it was given back, by any part of it', () => {
  const pool = new BlockPool()
  const block = pool.take(100)
  assert.equal(block.length, 4096)
  assert.notEqual(pool.take(100), block)
  pool.give(block.subarray(7, 9))
  assert.equal(pool.freeBytes, 4096)
  assert.equal(pool.take(4096), block)
  assert.equal(pool.freeBytes, 0)
})

test('a block given back twice is there once', () => {
  const pool = new BlockPool()
  const block = pool.take(100)
  pool.give(block)
  pool.give(block)
  assert.equal(pool.take(1), block)
  assert.notEqual(pool.take(1), block)
})

test('memory of others is not taken', () => {
  const pool = new BlockPool()
  pool.give(Buffer.alloc(4096))
  pool.give(pool.take(1_000_000))
  assert.equal(pool.freeBytes, 0)
})

test('a pool keeps no more than it was told', () => {
  const pool = new BlockPool(40 * 1024)
  const blocks = [pool.take(5000), pool.take(5000), pool.take(10)]
  for (const block of blocks) pool.give(block)
  assert.equal(pool.freeBytes, 36 * 1024)
})
