import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfirmWindow } from './confirm-window.ts'

function windowOf(sent: number): { window: ConfirmWindow; samples: number[] } {
  const samples: number[] = []
  const window = new ConfirmWindow((sentAt) => samples.push(sentAt))
  for (let i = 1; i <= sent; i++) window.sent(1, i)
  return { window, samples }
}

test('single confirms in any order and cumulative ones are counted once each', () => {
  const { window } = windowOf(10)
  window.settle(3, 'one')
  window.settle(1, 'one')
  assert.equal(window.outstanding, 8)
  window.settle(5, 'up-to')
  assert.equal(window.outstanding, 5)
  window.settle(10, 'up-to')
  assert.equal(window.outstanding, 0)
})

test('a sampled message is timed when everything up to it is confirmed', () => {
  const { window, samples } = windowOf(4)
  window.settle(2, 'one')
  assert.deepEqual(samples, [])
  window.settle(1, 'one')
  assert.deepEqual(samples, [1, 2])
  window.settle(4, 'up-to')
  assert.deepEqual(samples, [1, 2, 3, 4])
})

test('a confirm of something never sent, or a second confirm, is an error', () => {
  const { window } = windowOf(3)
  assert.throws(() => window.settle(4, 'up-to'), /confirmed message 4 of 3/)
  window.settle(2, 'one')
  assert.throws(() => window.settle(2, 'one'), /twice/)
  window.settle(3, 'up-to')
  assert.throws(() => window.settle(1, 'one'), /twice/)
})
