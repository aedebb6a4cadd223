import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The proofs in a form that takes seconds; the campaigns run by `npm run prove:…`. */
const forms: readonly (readonly [proof: string, ...options: string[]])[] = [
  ['kill', '--rounds', '2'],
  ['sessions', '--rounds', '2'],
  ['power', '--rounds', '1'],
  ['power', '--rounds', '1', '--without-sync'],
  ['errno', '--rounds', '1'],
  ['full', '--rounds', '1', '--way', '5'],
  ['garbage', '--sessions', '600'],
  ['connections', '--count', '400'],
  ['leaks', '--cycles', '60'],
]

for (const [proof, ...options] of forms) {
  test(`prove:${[proof, ...options].join(' ')} passes, or says why it cannot run here`, (t) => {
    const program = fileURLToPath(new URL(`./${proof}.ts`, import.meta.url))
    const args = [program, '--seed', '20261121', ...options]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 })
    const skipped = /skipped: (.*)/.exec(stdout)?.[1]
    if (skipped !== undefined) return t.skip(skipped)
    assert.equal(status, 0, `${stdout}\n${stderr}`)
    assert.match(stdout, / passed$/m)
  })
}
