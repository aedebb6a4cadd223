import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from './json-body.ts'

const nested = (depth: number) => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`

test('a body is read unless it is no JSON or nested too deep', () => {
  assert.deepEqual(parseJson('{"a":[1,{"b":"}]"}]}'), { a: [1, { b: '}]' }] })
  assert.ok(parseJson(nested(64)))
  for (const bad of [nested(65), '['.repeat(1e6), '{"a"', '"\\', '}}}}', '']) {
    assert.throws(() => parseJson(bad), SyntaxError)
  }
})

test('brackets within texts are no levels', () => {
  const text = '\\"[{'.repeat(200)
  assert.equal(parseJson(`"${text}"`), '"[{'.repeat(200))
})
