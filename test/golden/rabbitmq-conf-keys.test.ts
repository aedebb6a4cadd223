import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { acceptedBecause } from '../../src/server/accepted-keys.ts'
import { settingRows } from '../../src/server/setting-rows.ts'

/** Every key that the schemas of RabbitMQ 4.3 and of its plug-ins have; `$` stands for a name. */
const known = readFileSync(new URL('rabbitmq-conf-keys.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')

function hasRow(words: readonly string[]): boolean {
  return settingRows.some(
    (row) =>
      row.words.length === words.length && row.words.every((word, at) => word.startsWith('$') || word === words[at]),
  )
}

test('every key of RabbitMQ has an effect here, or a reason why not', () => {
  assert.ok(known.length > 900)
  const unknown = known.filter((key) => {
    const words = key.split('.').map((word) => (word.startsWith('$') ? 'some' : word))
    return !hasRow(words) && (acceptedBecause(words) ?? '') === ''
  })
  assert.deepEqual(unknown, [])
})
