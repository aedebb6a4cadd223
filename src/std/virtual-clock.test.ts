import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VirtualClock } from './virtual-clock.ts'

describe('virtual time', () => {
  test('stands still until it is moved', () => {
    const clock = new VirtualClock(1000)
    assert.equal(clock.now(), 1000)
    assert.equal(clock.monotonic(), 0)
    clock.advance(250)
    assert.equal(clock.now(), 1250)
    assert.equal(clock.monotonic(), 250)
  })

  test('runs timers in the order of their times, then of their arming, each at its own time', () => {
    const clock = new VirtualClock()
    const calls: string[] = []
    const note = (name: string) => () => calls.push(`${name}@${clock.monotonic()}`)
    clock.after(30, note('c'))
    clock.after(10, note('a'))
    clock.after(10, note('b'))
    clock.after(0, note('now'))
    clock.advance(29)
    assert.deepEqual(calls, ['now@0', 'a@10', 'b@10'])
    clock.advance(1)
    assert.deepEqual(calls.slice(3), ['c@30'])
    assert.equal(clock.monotonic(), 30)
  })

  test('runs what a timer arms while it is still due', () => {
    const clock = new VirtualClock()
    const calls: number[] = []
    clock.after(10, () => clock.after(10, () => calls.push(clock.monotonic())))
    clock.advance(100)
    assert.deepEqual(calls, [20])
  })

  test('repeats, until cancelled from within', () => {
    const clock = new VirtualClock()
    const calls: number[] = []
    const timer = clock.every(10, () => {
      calls.push(clock.monotonic())
      if (calls.length === 3) timer.cancel()
    })
    clock.advance(100)
    assert.deepEqual(calls, [10, 20, 30])
  })

  test('does not run what was cancelled', () => {
    const clock = new VirtualClock()
    const timer = clock.after(10, () => assert.fail('cancelled'))
    timer.cancel()
    timer.cancel()
    clock.advance(2 ** 40)
  })

  test('settles when no deferred task is left, those that come meanwhile included', async () => {
    const clock = new VirtualClock()
    const calls: string[] = []
    clock.defer(() => {
      calls.push('first')
      clock.defer(() => calls.push('second'))
    })
    assert.deepEqual(calls, [])
    await clock.settle()
    assert.deepEqual(calls, ['first', 'second'])
  })
})
