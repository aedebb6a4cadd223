import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from './actor.ts'
import { logIn, openScene } from './administration.fixture.ts'

/** Operations that change nothing, by how they are called. */
const reader = /^(list|get|export|plan|browse|preview|open$|limits$|authenticate$|hashPassword$)/

/** Rooms, and the names the operations of some have in the table of operations. */
const rooms = [
  'users',
  'permissions',
  'vhosts',
  'policies',
  'operatorPolicies',
  'parameters',
  'globalParameters',
  'topology',
  'messages',
  'connections',
  'definitions',
  'featureFlags',
] as const

type Operation = (actor: Actor, ...parameters: readonly unknown[]) => unknown

/** What passes for a name, a definition, a permission and all else an operation is given before it is authorized. */
const anything = { user: 'u', vhost: '/', name: 'n', component: 'c', exchange: 'x', pattern: '', definition: {} }

test('every operation that changes something is in the audit log, also when it is refused', async () => {
  const scene = await openScene({ auditFormat: 'json' })
  const nobody = await logIn(scene, 'nobody', [])
  const silent: string[] = []
  let audited = 0
  for (const room of rooms) {
    const operations = scene.admin[room] as unknown as Readonly<Record<string, Operation>>
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(operations))) {
      if (name === 'constructor' || reader.test(name)) continue
      scene.lines.length = 0
      for (const parameters of [
        ['u', '/', anything],
        [anything, anything, anything],
      ]) {
        try {
          await operations[name]!(nobody, ...parameters)
        } catch {
          // Refused, as it should be; or not called as it has to be, which is not in the log either.
        }
      }
      if (scene.lines.some((line) => line.includes('"outcome":"refused"'))) audited++
      else silent.push(`${room}.${name}`)
    }
  }
  assert.deepEqual(silent, [])
  assert.ok(audited > 20, `only ${audited} were found`)
})
