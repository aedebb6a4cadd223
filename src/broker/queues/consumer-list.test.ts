import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consumer } from '../consumer.ts'
import { ConsumerList } from './consumer-list.ts'

interface Seat extends Consumer {
  free: boolean
}

function seat(tag: string, priority = 0): Seat {
  return {
    tag,
    priority,
    settled: false,
    exclusive: false,
    prefetch: 0,
    sharesPrefetch: false,
    arguments: [],
    free: true,
    ready() {
      return this.free
    },
    deliver() {},
    cancelled() {},
  }
}

function served(list: ConsumerList, times: number): string {
  return Array.from({ length: times }, () => list.next()?.tag ?? '-').join('')
}

test('consumers of one priority take turns, and one that cannot take more is passed over', () => {
  const list = new ConsumerList('off')
  const [a, b, c] = [seat('a'), seat('b'), seat('c')]
  for (const consumer of [a, b, c]) list.add(consumer)
  assert.equal(served(list, 4), 'abca')
  b.free = false
  assert.equal(served(list, 3), 'cac')
  b.free = true
  assert.equal(served(list, 2), 'ab')
})

test('a higher priority is served alone until none of it is ready', () => {
  const list = new ConsumerList('off')
  const [low, high] = [seat('l', -1), seat('h', 10)]
  list.add(low)
  list.add(high)
  assert.equal(served(list, 2), 'hh')
  high.free = false
  assert.equal(served(list, 1), 'l')
  low.free = false
  assert.equal(served(list, 1), '-')
})

test('removing a consumer leaves the turn with the one behind it', () => {
  const list = new ConsumerList('off')
  const [a, b, c] = [seat('a'), seat('b'), seat('c')]
  for (const consumer of [a, b, c]) list.add(consumer)
  assert.equal(served(list, 2), 'ab')
  assert.equal(list.remove(a), true)
  assert.equal(list.remove(a), false)
  assert.equal(served(list, 2), 'cb')
  assert.equal(list.length, 2)
  assert.deepEqual(
    [...list].map((consumer) => consumer.tag),
    ['b', 'c'],
  )
})

test('with a single active consumer only the first in line receives, then its successor', () => {
  const list = new ConsumerList('first in line')
  const [a, b] = [seat('a'), seat('b')]
  list.add(a)
  list.add(b)
  assert.equal(served(list, 3), 'aaa')
  a.free = false
  assert.equal(served(list, 1), '-')
  list.remove(a)
  assert.equal(served(list, 2), 'bb')
})

test('by priority, the active consumer makes way as soon as it holds nothing', () => {
  const list = new ConsumerList('highest priority')
  const [low, high, highest] = [seat('low', 1), seat('high', 2), seat('highest', 3)]
  list.add(low)
  assert.equal(list.next(), low)
  list.onHandedOut(low)
  list.add(high)
  assert.equal(list.active, low)
  assert.equal(list.next(), undefined)
  assert.equal(list.onSettled(low), true)
  assert.equal(list.next(), high)
  list.add(highest)
  assert.equal(list.next(), highest)
  list.remove(highest)
  assert.equal(list.next(), high)
})
