import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Ring } from './ring.ts'

test('a ring behaves as an array does, through growth, wrapping and shrinking', () => {
  const steps = fc.array(fc.oneof({ weight: 6, arbitrary: fc.constant('push') }, fc.constantFrom('shift', 'unshift')), {
    maxLength: 400,
  })
  fc.assert(
    fc.property(steps, fc.nat(400), (kinds, drained) => {
      const ring = new Ring<number>()
      const model: number[] = []
      const check = () => {
        assert.equal(ring.length, model.length)
        assert.equal(ring.peek(), model[0])
        assert.equal(ring.at(model.length - 1), model.at(-1) ?? undefined)
      }
      for (const [i, kind] of kinds.entries()) {
        if (kind === 'push') ring.push(i)
        if (kind === 'unshift') ring.unshift(i)
        if (kind === 'push') model.push(i)
        if (kind === 'unshift') model.unshift(i)
        if (kind === 'shift') assert.equal(ring.shift(), model.shift())
        check()
      }
      assert.deepEqual([...ring], model)
      for (let i = 0; i < drained; i++) assert.equal(ring.shift(), model.shift())
      check()
    }),
  )
})

test('a ring has nothing outside its bounds', () => {
  const ring = new Ring<string>()
  ring.push('a')
  assert.equal(ring.at(-1), undefined)
  assert.equal(ring.at(1), undefined)
  ring.clear()
  assert.equal(ring.shift(), undefined)
  assert.equal(ring.length, 0)
})

test('a ring shrinks behind a burst, and not while it goes up and down', () => {
  const ring = new Ring<number>()
  for (let i = 0; i < 100_000; i++) ring.push(i)
  assert.equal(ring.capacity, 131_072)
  while (ring.length > 65_536) ring.shift()
  assert.equal(ring.capacity, 131_072)
  while (ring.length > 10) ring.shift()
  assert.ok(ring.capacity <= 128)
  assert.deepEqual([...ring], [99_990, 99_991, 99_992, 99_993, 99_994, 99_995, 99_996, 99_997, 99_998, 99_999])
})
