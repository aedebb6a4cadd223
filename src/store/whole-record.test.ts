import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WholeRecord } from './whole-record.ts'

test('a record in bytes of its own shows its header and its body, which may be empty', () => {
  const bytes = Buffer.from('headerbody')
  const record = new WholeRecord(8, 1, 4, bytes)
  assert.deepEqual([record.header.toString(), record.body.toString()], ['header', 'body'])
  const bare = new WholeRecord(8, 1, 0, bytes)
  assert.deepEqual([bare.header.toString(), bare.body.toString()], ['headerbody', ''])
})
