import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Delivery } from '../../broker/delivery.ts'
import { Unsettled } from './unsettled.ts'

/** Only its identity matters here. */
const delivery = (tag: number): Delivery => ({ sequence: tag }) as Delivery

test('it agrees with a sorted map, whatever is pushed, taken and put back', () => {
  const command = fc.record({
    what: fc.constantFrom('push', 'push', 'take', 'shift', 'has', 'restore'),
    number: fc.nat(40),
  })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const unsettled = new Unsettled()
      const model = new Map<number, Delivery>()
      const removed: { tag: number; delivery: Delivery }[] = []
      let tag = 0
      for (const { what, number } of commands) {
        const oldest = Math.min(...model.keys())
        if (what === 'push') {
          tag += 1 + (number % 3)
          const pushed = delivery(tag)
          unsettled.push(tag, pushed)
          model.set(tag, pushed)
        } else if (what === 'take') {
          const found = unsettled.take(number)
          assert.equal(found, model.get(number))
          if (model.delete(number)) removed.push({ tag: number, delivery: found! })
        } else if (what === 'shift') {
          const found = unsettled.shift()
          assert.equal(found, model.get(oldest))
          if (model.delete(oldest)) removed.push({ tag: oldest, delivery: found! })
        } else if (what === 'has') assert.equal(unsettled.has(number), model.has(number))
        else {
          unsettled.restore(removed)
          for (const entry of removed.splice(0)) model.set(entry.tag, entry.delivery)
        }
        const tags = [...model.keys()].toSorted((a, b) => a - b)
        assert.equal(unsettled.size, model.size)
        assert.equal(unsettled.oldestTag, tags[0] ?? 0)
        assert.deepEqual(
          [...unsettled],
          tags.map((known) => model.get(known)),
        )
      }
    }),
  )
})
