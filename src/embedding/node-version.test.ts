import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { refuseOldNode } from './node-version.ts'

test('an old Node.js is told so, and the oldest there may be is that of package.json', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string }
  }
  const oldest = `${engines.node.replace('>=', '')}.0`
  refuseOldNode(oldest)
  refuseOldNode('23.0.0')
  for (const version of ['18.20.4', '20.20.2', '22.17.1']) {
    const message = `lapine needs Node.js ${engines.node.slice(2)} or later; this is ${version}.`
    assert.throws(() => refuseOldNode(version), { message })
  }
})
