import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Place } from '../../broker/queues/spilled-index.ts'
import { DueIndex, emptyDueEntry } from './due-index.ts'

const start = Date.UTC(2026, 0, 1)

interface Taken {
  readonly due: number
  readonly sequence: number
}

/** An index that numbers what it gets. */
class Numbered {
  readonly index = new DueIndex(start)
  #sequence = 0

  push(due: number): void {
    const sequence = ++this.#sequence
    this.index.push({ due, sequence, position: sequence * 100, share: 10 })
  }

  take(time: number, moves = Number.POSITIVE_INFINITY): Taken[] {
    const taken: Taken[] = []
    const entry = emptyDueEntry()
    while (this.index.next <= time) {
      if (!this.index.prepare(time, moves)) continue
      while (this.index.shift(time, entry)) taken.push({ due: entry.due, sequence: entry.sequence })
    }
    return taken
  }
}

test('what is due comes by due time, then by sequence, and nothing before its time', () => {
  const delays = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 10_000_000_000 }))
  const step = fc.oneof(
    fc.record({ push: fc.array(delays, { maxLength: 20 }) }),
    fc.record({ wait: delays, moves: fc.constantFrom(1, 7, 1_000) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new Numbered()
      let model: Taken[] = []
      let now = start
      let sequence = 0
      for (const next of steps) {
        if ('push' in next) {
          for (const delay of next.push) {
            queue.push(now + delay)
            model.push({ due: now + delay, sequence: ++sequence })
          }
          continue
        }
        now += next.wait
        const due = model.filter((entry) => entry.due <= now)
        model = model.filter((entry) => entry.due > now)
        due.sort((a, b) => a.due - b.due || a.sequence - b.sequence)
        assert.deepEqual(queue.take(now, next.moves), due)
        assert.equal(queue.index.length, model.length)
        assert.equal(queue.index.next, Math.min(...model.map((entry) => entry.due)))
      }
    }),
    { numRuns: 300 },
  )
})

test('what is due at one moment comes in the order of publishing, also when more is published meanwhile', () => {
  const queue = new Numbered()
  const due = start + 1000
  for (let count = 0; count < 100; count++) queue.push(due)
  assert.equal(queue.index.prepare(due, 10), false)
  queue.push(due)
  queue.push(due + 1)
  assert.deepEqual(
    queue.take(due, 10).map(({ sequence }) => sequence),
    Array.from({ length: 101 }, (_, index) => index + 1),
  )
  assert.deepEqual(queue.take(due + 1, 10), [{ due: due + 1, sequence: 102 }])
})

test('what is due before what was taken out last is due now', () => {
  const queue = new Numbered()
  queue.push(start + 5000)
  queue.take(start + 5000)
  queue.push(start + 10)
  assert.deepEqual(queue.take(start + 5000), [{ due: start + 5000, sequence: 2 }])
})

test('entries learn their new places, wherever they wait', () => {
  const { index } = new Numbered()
  for (let sequence = 1; sequence <= 300; sequence++) {
    index.push({ due: start + 1 + (sequence % 7) * 1000, sequence, position: sequence, share: 5 })
  }
  index.prepare(start + 5000, 20)
  const seen: number[] = []
  index.visitBefore(101, (sequence, position) => {
    assert.equal(position, sequence)
    seen.push(sequence)
    return true
  })
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, at) => at + 1),
  )
  const left: Place[] = []
  index.relocate(new Map(seen.map((sequence) => [sequence, { position: 1000 + sequence, share: 6 }])), (old) =>
    left.push(old),
  )
  assert.equal(left.length, 100)
  assert.ok(left.every(({ share }) => share === 5))
  assert.equal(
    index.visitBefore(101, () => false),
    true,
  )
  const places = new Map<number, number>()
  index.drain(({ sequence, position }) => places.set(sequence, position))
  assert.equal(places.size, 300)
  for (const [sequence, position] of places) assert.equal(position, sequence <= 100 ? 1000 + sequence : sequence)
  assert.equal(index.next, Number.POSITIVE_INFINITY)
})
