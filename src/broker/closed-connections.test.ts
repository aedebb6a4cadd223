import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClosedConnection, ClosedConnections } from './closed-connections.ts'

test('the last 500 are remembered, newest first', () => {
  const closed = new ClosedConnections()
  const told: string[] = []
  const stop = closed.listen(({ name }) => told.push(name))
  for (let n = 1; n <= 1234; n++) {
    closed.note({ name: `c${n}` } as ClosedConnection)
    const kept = [...closed]
    assert.equal(kept.length, Math.min(n, 500))
    assert.deepEqual([kept[0]!.name, kept.at(-1)!.name], [`c${n}`, `c${Math.max(1, n - 499)}`])
    if (n === 3) stop()
  }
  assert.deepEqual(told, ['c1', 'c2', 'c3'])
})
