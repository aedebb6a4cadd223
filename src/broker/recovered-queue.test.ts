import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptyEntry } from './queues/spilled-index.ts'
import { RecoveredQueue } from './recovered-queue.ts'

/** What a log says about a queue, in order: messages with growing sequences, runs settled, messages written again. */
const said = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('published' as const), gap: fc.nat({ max: 3 }) }),
    fc.record({
      kind: fc.constant('settled' as const),
      back: fc.nat({ max: 20 }),
      count: fc.integer({ min: 1, max: 8 }),
    }),
    fc.record({ kind: fc.constant('moved' as const), back: fc.nat({ max: 20 }) }),
  ),
  { maxLength: 120 },
)

test('what is left of a queue is what was not settled, in order and where it was written last', () => {
  fc.assert(
    fc.property(said, (events) => {
      const queue = new RecoveredQueue()
      const alive = new Map<number, number>()
      let position = 0
      let highest = 0
      // Published in what the log has given up: only those written again are there.
      const before = new Set([1, 2, 3, 4, 5, 6, 7, 8])
      let last = before.size
      const add = (sequence: number) => {
        position += 8
        highest = Math.max(highest, sequence)
        queue.add({ ...emptyEntry(), sequence, position }, 0)
        alive.set(sequence, position)
      }
      for (const event of events) {
        if (event.kind === 'published') {
          last += 1 + event.gap
          add(last)
        } else if (event.kind === 'moved') {
          const sequence = last - event.back
          if (alive.has(sequence) || before.has(sequence)) add(sequence)
        } else {
          const first = Math.max(1, last - event.back)
          const end = Math.min(last + 1, first + event.count)
          if (end <= first) continue
          queue.settleRun(first, end)
          highest = Math.max(highest, end - 1)
          for (let sequence = first; sequence < end; sequence++) {
            alive.delete(sequence)
            before.delete(sequence)
          }
        }
      }
      const left: [number, number][] = []
      queue.forEach((entry) => {
        left.push([entry.sequence, entry.position])
      })
      assert.deepEqual(
        left,
        [...alive].sort(([a], [b]) => a - b),
      )
      assert.equal(queue.sequence, highest)
    }),
    { numRuns: 1000 },
  )
})
