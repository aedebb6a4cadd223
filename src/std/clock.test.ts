import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock } from './clock.ts'

describe('the clock of the system', () => {
  test('calls a task once after its time, and nothing before', async () => {
    const start = systemClock.monotonic()
    await held((done) => systemClock.after(5, done))
    assert.ok(systemClock.monotonic() - start >= 4)
  })

  test('does not call what was cancelled', async () => {
    const calls: string[] = []
    systemClock.after(1, () => calls.push('cancelled')).cancel()
    systemClock.every(1, () => calls.push('cancelled')).cancel()
    await held((done) => systemClock.after(5, done))
    assert.deepEqual(calls, [])
  })

  test('repeats a task until it is cancelled', async () => {
    let calls = 0
    await held((done) => {
      const timer = systemClock.every(1, () => {
        calls += 1
        if (calls === 3) {
          timer.cancel()
          done()
        }
      })
    })
    assert.equal(calls, 3)
  })

  test('waits for times that node cannot', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    let elapsed = 0
    context.mock.method(performance, 'now', () => elapsed)
    const days = 24 * 60 * 60 * 1000
    let called = 0
    const timer = systemClock.after(60 * days, () => {
      called += 1
    })
    const pass = (milliseconds: number) => {
      elapsed += milliseconds
      context.mock.timers.tick(milliseconds)
    }
    for (let day = 0; day < 59; day++) pass(days)
    assert.equal(called, 0)
    pass(days)
    assert.equal(called, 1)
    timer.cancel()
  })

  test('cancels such a time also after its first part', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    let elapsed = 0
    context.mock.method(performance, 'now', () => elapsed)
    let called = 0
    const timer = systemClock.after(2 ** 32, () => {
      called += 1
    })
    elapsed += 2 ** 31 - 1
    context.mock.timers.tick(2 ** 31 - 1)
    timer.cancel()
    elapsed += 2 ** 32
    context.mock.timers.tick(2 ** 31 - 1)
    context.mock.timers.tick(2 ** 31 - 1)
    assert.equal(called, 0)
  })

  test('defers to the end of the turn, in order', async () => {
    const calls: string[] = []
    await new Promise<void>((resolve) => {
      systemClock.defer(() => calls.push('first'))
      systemClock.defer(resolve)
      queueMicrotask(() => calls.push('microtask'))
    })
    assert.deepEqual(calls, ['microtask', 'first'])
  })
})

/** Timers do not keep the process alive, so something else must. */
async function held(start: (done: () => void) => void): Promise<void> {
  const keeper = setInterval(() => {}, 1000)
  try {
    await new Promise<void>((resolve) => start(resolve))
  } finally {
    clearInterval(keeper)
  }
}
