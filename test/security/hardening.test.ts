import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOnly, ownFiles, readOwn } from '../source-tree.ts'
import { LapineProcess } from '../support/lapine-process.ts'
import { loginOf } from '../support/target.ts'
import { logInWithChannel } from '../support/wire-login.ts'

test('nothing that is read becomes code', () => {
  const sources = ownFiles().filter((path) => /^src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
  const bad = /\beval\(|\bnew Function\b|\bnode:vm\b|\bv8\.deserialize\b|\bcreateRequire\b/
  assert.deepEqual(
    sources.filter((path) => bad.test(codeOnly(readOwn(path)))),
    [],
  )
  // A module is loaded by a name that stands in the source.
  const loaded = /\bawait import\((?!\s*'\.{1,2}\/|\s*'(node:)?[a-z0-9]+')/
  assert.deepEqual(
    sources.filter((path) => loaded.test(readOwn(path))),
    [],
  )
})

test('the broker works where the engine may not make code of texts', async (t) => {
  const lapine = await LapineProcess.start([], { NODE_OPTIONS: '--disallow-code-generation-from-strings' })
  t.after(() => lapine.stop())
  const client = await logInWithChannel(loginOf(lapine.url))
  t.after(() => client.destroy())
  await client.call(1, 'queue.declare', { exclusive: true })
})

test('what runs with the broker runs nothing when it is installed, and is checked against its sum', () => {
  interface Locked {
    readonly dev?: boolean
    readonly optional?: boolean
    readonly link?: boolean
    readonly hasInstallScript?: boolean
    readonly integrity?: string
  }
  const { packages } = JSON.parse(readOwn('package-lock.json')) as { packages: Record<string, Locked> }
  // What is optional is the Node.js of whoever works on the sources.
  const ours = Object.entries(packages).filter(
    ([path, { dev, link, optional }]) => path.includes('node_modules/') && !dev && !link && !optional,
  )
  assert.ok(ours.length > 0)
  assert.deepEqual(
    ours.filter(([, { hasInstallScript, integrity }]) => hasInstallScript || !integrity?.startsWith('sha512-')),
    [],
  )
})
