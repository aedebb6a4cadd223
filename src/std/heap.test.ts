import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heap } from './heap.ts'

test('a heap gives its items out in order, also when more come in between', () => {
  const steps = fc.array(fc.oneof({ weight: 2, arbitrary: fc.integer() }, fc.constant(undefined)))
  fc.assert(
    fc.property(steps, (items) => {
      const heap = new Heap<number>((a, b) => a - b)
      const model: number[] = []
      for (const item of items) {
        if (item === undefined) assert.equal(heap.pop(), model.shift())
        else {
          heap.push(item)
          model.push(item)
          model.sort((a, b) => a - b)
        }
        assert.equal(heap.peek(), model[0])
        assert.equal(heap.length, model.length)
      }
      while (model.length > 0) assert.equal(heap.pop(), model.shift())
      assert.equal(heap.pop(), undefined)
    }),
  )
})

test('a cleared heap is empty', () => {
  const heap = new Heap<number>((a, b) => a - b)
  heap.push(1)
  heap.clear()
  assert.equal(heap.peek(), undefined)
  assert.equal(heap.length, 0)
})
