import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const here = new URL('./', import.meta.url)
const document = readFileSync(new URL('../../docs/rabbitmq-differences.md', here), 'utf8')
const headings = Array.from(document.matchAll(/^### (.*)$/gm), (match) => match[1]!)

/** Names of differences the tests make allowance for. */
function entriesOf(file: string): string[] {
  const source = readFileSync(new URL(file, here), 'utf8')
  return [...source.matchAll(/(?:differs(?:<\w+>)?|since4)\(\s*'([^']+)'/g)].map((match) => match[1]!)
}

const files = readdirSync(here).filter((file) => file.endsWith('.test.ts') && file !== 'differences.test.ts')
const entries = files.flatMap(entriesOf)

test('every allowance these tests make for RabbitMQ 3 is explained in docs/rabbitmq-differences.md', () => {
  assert.deepEqual(
    [...new Set(entries)].filter((entry) => !headings.includes(entry)),
    [],
  )
})

test('every difference under "RabbitMQ 3.10" in docs/rabbitmq-differences.md is one a test shows', () => {
  assert.deepEqual(
    headings.filter((heading) => !entries.includes(heading)),
    [],
  )
})
