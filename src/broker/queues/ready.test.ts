import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Address } from '../address.ts'
import { Delivery } from '../delivery.ts'
import { Message } from '../message.ts'
import type { Queue } from '../queue.ts'
import { PriorityReady, type Ready, SingleReady } from './ready.ts'
import { ReadyList } from './ready-list.ts'

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

test('a priority queue serves the highest first, and within a priority the oldest', () => {
  const ready = new PriorityReady()
  for (const [sequence, priority] of [
    [1, 0],
    [2, 5],
    [3, 0],
    [4, 9],
    [5, 5],
  ] as const)
    ready.push(delivery(sequence, { priority }))
  assert.equal(ready.length, 5)
  assert.deepEqual(drain(ready), [4, 2, 5, 1, 3])
  assert.equal(ready.length, 0)
})

/** What expires by a time, in the order in which it is told, and as told: from memory or from disk. */
function expired(ready: Ready | ReadyList, now: number, max = Number.POSITIVE_INFINITY): number[] {
  const sequences: number[] = []
  ready.expire(
    now,
    max,
    (one) => sequences.push(one.sequence),
    (entry) => sequences.push(entry.sequence),
  )
  return sequences
}

test('messages expire at their time, also behind one that lives longer, in the order of their times', () => {
  const single = new SingleReady()
  single.push(delivery(1, { expiresAt: 100 }))
  single.push(delivery(2, { expiresAt: 50 }))
  single.push(delivery(3))
  single.push(delivery(4, { expiresAt: 40 }))
  assert.equal(single.nextExpiry(), 40)
  assert.deepEqual(expired(single, 39), [])
  assert.deepEqual(expired(single, 50), [4, 2])
  assert.equal(single.length, 2)
  assert.equal(single.bytes, 2)
  assert.deepEqual(expired(single, 100), [1])
  assert.equal(single.nextExpiry(), Number.POSITIVE_INFINITY)
  assert.deepEqual(drain(single), [3])
})

test('each priority has its own expiries', () => {
  const priority = new PriorityReady()
  priority.push(delivery(1, { priority: 1, expiresAt: 100 }))
  priority.push(delivery(2, { priority: 0, expiresAt: 50 }))
  assert.equal(priority.nextExpiry(), 50)
  assert.deepEqual(expired(priority, 60), [2])
  assert.deepEqual(expired(priority, 60), [])
  assert.equal(priority.length, 1)
})

test('messages that expire in order are never looked through: their head tells', () => {
  const ready = new SingleReady()
  for (let sequence = 1; sequence <= 5000; sequence++) ready.push(delivery(sequence, { expiresAt: sequence }))
  assert.deepEqual(expired(ready, 2), [1, 2])
  assert.equal(ready.nextExpiry(), 3)
  assert.deepEqual(expired(ready, 3), [3])
})

test('a long list is looked through no more often than its length allows', () => {
  const ready = new SingleReady()
  ready.push(delivery(1))
  for (let sequence = 2; sequence <= 10_240; sequence++) ready.push(delivery(sequence, { expiresAt: sequence }))
  assert.deepEqual(expired(ready, 2), [2])
  const next = ready.nextExpiry()
  assert.ok(next > 3 && next <= 2 + 10, `${next}`)
  assert.deepEqual(expired(ready, next - 1), [])
  assert.equal(expired(ready, next).length, next - 2)
})

test('of what is on disk no more expires at once than is asked for', () => {
  const list = new ReadyList()
  for (let sequence = 1; sequence <= 9; sequence++) {
    const one = delivery(sequence, { expiresAt: sequence % 2 === 1 ? 10 : 20 })
    one.position = sequence
    list.push(one)
  }
  spill(list, 1)
  assert.deepEqual(expired(list, 10, 2), [1, 3, 5])
  assert.deepEqual(expired(list, 10, 0), [])
  assert.deepEqual(expired(list, 10), [7, 9])
  assert.equal(list.nextExpiry(), 20)
  assert.equal(list.length, 4)
  assert.equal(list.bytes, 4)
  assert.deepEqual(
    list.nextSpilled(9, 9).map((entry) => entry.sequence),
    [2, 4, 6, 8],
  )
})

/** Lets all but the first `count` leave memory. */
function spill(list: ReadyList, count: number): void {
  list.spill(
    { count, bytes: 1000 },
    (one) => ({
      sequence: one.sequence,
      position: one.position,
      share: 1,
      bodySize: 1,
      durable: true,
      expiresAt: one.expiresAt,
    }),
    () => undefined,
  )
}

const commands = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('push' as const),
      count: fc.integer({ min: 1, max: 30 }),
      ttl: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 5, 50),
    }),
    fc.record({ do: fc.constant('wait' as const), count: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ do: fc.constant('put back' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('spill' as const), count: fc.integer({ min: 0, max: 10 }) }),
    fc.record({ do: fc.constant('read' as const), count: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ do: fc.constant('move' as const), count: fc.integer({ min: 1, max: 50 }) }),
  ),
  { maxLength: 60 },
)

/** What a list holds is what a sorted array holds, wherever its parts are; places on disk stay known. */
test('leaving memory and coming back changes neither order nor bytes nor places nor expiries', () => {
  fc.assert(
    fc.property(commands, (steps) => {
      const list = new ReadyList()
      const model: number[] = []
      const places = new Map<number, number>()
      const out: Delivery[] = []
      const expiries = new Map<number, number>()
      let sequence = 0
      let now = 0
      for (const step of steps) {
        if (step.do === 'wait') {
          now += step.count
          const due = model.filter((one) => expiries.get(one)! <= now)
          assert.ok(due.length === 0 || list.nextExpiry() <= now, 'an expiry went unnoticed')
          assert.deepEqual(
            expired(list, now).sort((a, b) => a - b),
            due,
          )
          for (const one of due) model.splice(model.indexOf(one), 1)
          assert.ok(list.nextExpiry() > now)
          continue
        }
        for (let left = step.count; left > 0; left--) {
          if (step.do === 'push') {
            const one = delivery(++sequence, { expiresAt: now + step.ttl })
            expiries.set(sequence, one.expiresAt)
            one.position = sequence * 100
            one.share = 1
            places.set(sequence, one.position)
            list.push(one)
            model.push(sequence)
          } else if (step.do === 'take') {
            const one = list.shift()
            if (one === undefined) break
            assert.equal(one.sequence, model.shift())
            assert.equal(one.position, places.get(one.sequence))
            out.push(one)
          } else if (step.do === 'put back') {
            const one = out.splice(left % Math.max(out.length, 1), 1)[0]
            if (one === undefined) break
            list.putBack(one)
            model.push(one.sequence)
            model.sort((a, b) => a - b)
          } else if (step.do === 'read') {
            const [entry] = list.nextSpilled(1, 1)
            if (entry === undefined) break
            assert.equal(entry.position, places.get(entry.sequence))
            assert.equal(entry.expiresAt, expiries.get(entry.sequence))
            const one = delivery(entry.sequence, { expiresAt: entry.expiresAt })
            one.position = entry.position
            list.unspill(one)
          }
        }
        if (step.do === 'spill') {
          spill(list, step.count)
        } else if (step.do === 'move') {
          const moved = new Map([[step.count, { position: 1_000_000 + step.count, share: 1 }]])
          list.relocate(moved, (old) => {
            assert.equal(old.position, places.get(step.count))
            places.set(step.count, 1_000_000 + step.count)
          })
        }
        assert.equal(list.length, model.length)
        assert.equal(list.bytes, model.length)
        const visited: number[] = []
        list.visitBefore(Number.MAX_SAFE_INTEGER, (one, position) => {
          assert.equal(position, places.get(one))
          visited.push(one)
          return true
        })
        assert.deepEqual(
          visited.sort((a, b) => a - b),
          model,
        )
      }
    }),
  )
})
