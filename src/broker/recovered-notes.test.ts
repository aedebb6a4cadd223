import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecoveredNotes } from './recovered-notes.ts'

const nothing = Buffer.alloc(0)

test('notes come back by sequence, also of messages that were written again and of those between gaps', () => {
  const notes = new RecoveredNotes((wallTime) => wallTime * 10)
  for (const sequence of [1, 2, 5, 9]) notes.add(sequence, sequence, nothing)
  notes.add(2, 20, nothing)
  notes.add(3, 30, nothing)
  assert.deepEqual(
    [1, 2, 3, 4, 5, 9, 10].map((sequence) => notes.take(sequence)),
    [10, 200, 300, undefined, 50, 90, undefined],
  )
})

test('messages that were skipped do not keep others from being found', () => {
  const notes = new RecoveredNotes((wallTime) => String(wallTime))
  for (let sequence = 1; sequence <= 100; sequence++) notes.add(sequence, sequence, nothing)
  assert.equal(notes.take(57), '57')
  assert.equal(notes.take(99), '99')
})
