import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Address } from '../address.ts'
import { Delivery } from '../delivery.ts'
import { Message } from '../message.ts'
import type { Queue } from '../queue.ts'
import { PriorityReady, type Ready, SingleReady } from './ready.ts'

const address = new Address('', 'q')
const queue = {} as Queue

function delivery(sequence: number, options: { priority?: number; expiresAt?: number; bytes?: number } = {}): Delivery {
  const content = Buffer.alloc(2 + (options.bytes ?? 1))
  const message = new Message(address, content, 0, 2, options.bytes ?? 1)
  return new Delivery(queue, message, sequence, options.expiresAt ?? Number.POSITIVE_INFINITY, options.priority ?? 0)
}

function drain(ready: Ready): number[] {
  const sequences: number[] = []
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) sequences.push(next.sequence)
  return sequences
}

test('what is put back returns to its place, whatever the order of putting back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.infiniteStream(fc.nat()),
      (count, taken, chance) => {
        const ready = new SingleReady()
        for (let sequence = 1; sequence <= count; sequence++) ready.push(delivery(sequence))
        const out: Delivery[] = []
        for (let index = 0; index < Math.min(taken, count); index++) out.push(ready.shift()!)
        out.sort(() => ((chance.next().value ?? 0) % 3) - 1)
        for (const one of out) ready.putBack(one)
        assert.deepEqual(
          Array.from({ length: count }, (_, index) => ready.at(index)?.sequence),
          Array.from({ length: count }, (_, index) => index + 1),
        )
        assert.equal(ready.bytes, count)
        assert.deepEqual(
          drain(ready),
          Array.from({ length: count }, (_, index) => index + 1),
        )
        assert.equal(ready.bytes, 0)
      },
    ),
  )
})

test('a priority queue serves the highest first and drops the oldest of the lowest', () => {
  const ready = new PriorityReady()
  for (const [sequence, priority] of [
    [1, 0],
    [2, 5],
    [3, 0],
    [4, 9],
    [5, 5],
  ] as const)
    ready.push(delivery(sequence, { priority }))
  assert.equal(ready.shiftLeast()?.sequence, 1)
  assert.equal(ready.at(1)?.sequence, 2)
  assert.equal(ready.length, 4)
  assert.deepEqual(drain(ready), [4, 2, 5, 3])
  assert.equal(ready.length, 0)
})

test('heads expire at their time, each priority on its own, and never what stands behind a longer-lived head', () => {
  const single = new SingleReady()
  single.push(delivery(1, { expiresAt: 100 }))
  single.push(delivery(2, { expiresAt: 50 }))
  assert.equal(single.nextExpiry(), 100)
  assert.equal(single.shiftExpired(99), undefined)
  assert.equal(single.shiftExpired(100)?.sequence, 1)
  assert.equal(single.shiftExpired(100)?.sequence, 2)
  const priority = new PriorityReady()
  priority.push(delivery(1, { priority: 1, expiresAt: 100 }))
  priority.push(delivery(2, { priority: 0, expiresAt: 50 }))
  assert.equal(priority.nextExpiry(), 50)
  assert.equal(priority.shiftExpired(60)?.sequence, 2)
  assert.equal(priority.shiftExpired(60), undefined)
  assert.equal(priority.length, 1)
})
