import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { RecentRows } from './recent-rows.ts'

describe('recent rows', () => {
  test('are the last thousand, newest first, shown in batches', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const recent = new RecentRows<{ n: number }>()
    for (let n = 0; n < 1500; n++) recent.push({ n })
    assert.equal(recent.rows.value.length, 0)
    mock.timers.tick(1000)
    assert.equal(recent.rows.value.length, 1000)
    assert.deepEqual([recent.rows.value[0]?.n, recent.rows.value.at(-1)?.n], [1499, 500])
    mock.timers.reset()
  })

  test('stand still while they are paused, and then have all that came', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const recent = new RecentRows<{ n: number }>()
    recent.pause(true)
    for (let n = 0; n < 3; n++) recent.push({ n })
    mock.timers.tick(1000)
    assert.deepEqual([recent.rows.value.length, recent.waiting.value], [0, 3])
    recent.pause(false)
    assert.deepEqual([recent.rows.value.map(({ n }) => n), recent.waiting.value], [[2, 1, 0], 0])
    recent.clear()
    assert.equal(recent.rows.value.length, 0)
    mock.timers.reset()
  })
})
