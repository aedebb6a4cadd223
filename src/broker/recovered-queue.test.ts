import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecoveredQueue } from './recovered-queue.ts'

test('what is left comes in the order of sequences, at its last place, whatever was moved and settled', () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), gap: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), pick: fc.nat() }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('run' as const),
          pick: fc.nat(),
          length: fc.integer({ min: 1, max: 40 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), pick: fc.nat() }) },
      // A straggler whose first record is gone with the front of the log.
      { weight: 1, arbitrary: fc.record({ do: fc.constant('straggle' as const), pick: fc.nat() }) },
    ),
    { maxLength: 300, size: 'max' },
  )
  fc.assert(
    fc.property(steps, (script) => {
      const queue = new RecoveredQueue()
      const model = new Map<number, number>()
      let last = 0
      let position = 0
      const add = (sequence: number): void => {
        position += 10
        const expiresAt = sequence % 5 === 0 ? sequence * 100 : Number.POSITIVE_INFINITY
        queue.add({ sequence, position, share: 1, bodySize: 2, durable: true, expiresAt }, sequence % 3)
        model.set(sequence, position)
      }
      for (const step of script) {
        const alive = [...model.keys()]
        if (step.do === 'publish') {
          last += step.gap
          add(last)
        } else if (step.do === 'straggle') {
          const sequence = (step.pick % (last + 1)) + 1
          if (sequence <= last) add(sequence)
        } else if (step.do === 'run') {
          const first = (step.pick % (last + 1)) + 1
          const end = Math.min(first + step.length, last + 1)
          if (first < end) queue.settleRun(first, end)
          for (let sequence = first; sequence < end; sequence++) model.delete(sequence)
        } else if (alive.length > 0) {
          const sequence = alive[step.pick % alive.length]!
          if (step.do === 'move') add(sequence)
          else {
            queue.settle(sequence)
            model.delete(sequence)
          }
        }
      }
      queue.settle(last + 1)
      const left: [number, number][] = []
      queue.drain((entry, priority) => {
        assert.equal(priority, entry.sequence % 3)
        assert.equal(entry.expiresAt, entry.sequence % 5 === 0 ? entry.sequence * 100 : Number.POSITIVE_INFINITY)
        left.push([entry.sequence, entry.position])
      })
      assert.deepEqual(
        left,
        [...model].sort(([a], [b]) => a - b),
      )
      assert.equal(queue.sequence, last + 1)
    }),
  )
})
