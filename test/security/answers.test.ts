import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownFiles, readOwn } from '../source-tree.ts'
import { advisories, evidence, reasonOf, threats } from './answers.ts'

/** Advisories that RabbitMQ had published when they were looked through. */
const PUBLISHED = 107

const answers = [...advisories, ...threats]

test('every published advisory and every threat is answered, by a test or by a reason', () => {
  assert.equal(new Set(advisories.map(({ id }) => id)).size, PUBLISHED)
  assert.equal(advisories.length, PUBLISHED)
  assert.deepEqual(
    answers.filter((answer) => (answer.tests ?? []).length === 0 && reasonOf(answer) === undefined),
    [],
  )
  for (const answer of answers) assert.match(reasonOf(answer) ?? 'None.', /^[A-Zg`].{3,}\.$/, answer.id)
})

test('every test that is named exists', () => {
  const files = new Set(ownFiles())
  for (const [name, [path, title]] of Object.entries(evidence)) {
    assert.ok(files.has(path), `${name}: there is no ${path}`)
    assert.ok(titlesOf(readOwn(path)).has(title), `${name}: ${path} has no test '${title}'`)
  }
})

test('every name of a test is known, and every test that is listed answers something', () => {
  const named = new Set(answers.flatMap(({ tests }) => tests ?? []))
  assert.deepEqual(
    [...named].filter((name) => !Object.hasOwn(evidence, name)),
    [],
  )
  assert.deepEqual(
    Object.keys(evidence).filter((name) => !named.has(name)),
    [],
  )
})

/** Titles of tests as they stand in a source, placeholders and all. */
function titlesOf(source: string): Set<string> {
  const titles = source.matchAll(/\b(?:test|it|describe)\(\s*(?:'((?:\\.|[^'\\])*)'|"([^"]*)"|`((?:\\.|[^`\\])*)`)/g)
  return new Set([...titles].map(([, single, double, template]) => single ?? double ?? template ?? ''))
}
