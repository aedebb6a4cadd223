import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHardError, replyCodes } from './codes.ts'

test('only errors of content, access and preconditions leave the connection open', () => {
  const soft = Object.values(replyCodes).filter((code) => code > 200 && !isHardError(code))
  assert.deepEqual(soft, [311, 312, 313, 403, 404, 405, 406])
})
