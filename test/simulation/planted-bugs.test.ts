import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hunt } from './hunt.ts'
import { plantedBugs } from './planted-bugs.ts'

test('every bug can be planted into the sources as they are', () => {
  for (const { file, text } of plantedBugs.flatMap(({ edits }) => edits)) {
    const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8')
    assert.equal(source.split(text).length, 2, `${file}: ${text}`)
  }
})

for (const part of ['no sync of the directory', 'acknowledgements are not written', 'forgets what was handed out']) {
  test(`the simulation finds a bug that was planted: ${part}`, async () => {
    const { caught } = await hunt(plantedBugs.find(({ name }) => name.includes(part))!, 60)
    assert.ok(caught !== undefined)
  })
}
