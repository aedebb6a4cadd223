import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { authorizationMatrix } from '../../scripts/authorization-matrix.ts'

test('who may do what is what the golden matrix says', () => {
  const golden = readFileSync(new URL('authorization-matrix.txt', import.meta.url), 'utf8')
  assert.equal(authorizationMatrix(), golden, 'permissions changed: look at the difference, then npm run generate')
})
