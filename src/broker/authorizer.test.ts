import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionAuthorizer, type PermissionSource } from './authorizer.ts'
import { Fault } from './fault.ts'
import { NameGrants } from './name-grants.ts'
import type { AccessKind, Permission } from './permission.ts'
import type { ResourceKind } from './resource.ts'
import { hasTag } from './user.ts'

const user = { name: 'u', tags: ['monitoring', 'unheard-of'] }
const all: Permission = { configure: '.*', write: '.*', read: '.*' }
const none: Permission = { configure: '', write: '^$', read: '' }

/** A user's permissions that are always the same. */
function fixed(permission: Permission): PermissionSource {
  return { version: 0, grants: (name, vhost) => new NameGrants(name, vhost, permission), topic: () => undefined }
}

describe('permissions', () => {
  const rows: readonly (readonly [
    p: Partial<Permission>,
    a: AccessKind,
    k: ResourceKind,
    name: string,
    ok: boolean,
  ])[] = [
    [all, 'configure', 'queue', 'q', true],
    [all, 'write', 'exchange', '', true],
    [none, 'configure', 'queue', 'q', false],
    [none, 'write', 'exchange', '', false],
    [none, 'read', 'queue', '', false],
    [{ read: 'inner' }, 'read', 'queue', 'has inner part', true],
    [{ read: '^inner$' }, 'read', 'queue', 'has inner part', false],
    [{ read: '^app-' }, 'write', 'queue', 'app-1', false],
    [{ write: '^amq\\.default$' }, 'write', 'exchange', '', true],
    [{ write: '^amq\\.default$' }, 'write', 'exchange', 'other', false],
    [{ write: '^amq\\.default$' }, 'write', 'queue', '', false],
    [{ configure: '^(amq\\.gen.*|app)$' }, 'configure', 'queue', 'amq.gen-abc', true],
  ]
  for (const [permission, access, kind, name, permitted] of rows) {
    it(`${permitted ? 'permit' : 'refuse'} ${access} on ${kind} '${name}' by ${JSON.stringify(permission)}`, () => {
      const authorizer = new PermissionAuthorizer(user, '/', fixed({ ...none, ...permission }))
      const ask = () => authorizer.require(access, kind, name)
      if (permitted) ask()
      else assert.throws(ask, Fault)
    })
  }

  it('are refused with the text of RabbitMQ', () => {
    const authorizer = new PermissionAuthorizer(user, '/', fixed(none))
    assert.throws(
      () => authorizer.require('configure', 'queue', 'q'),
      new Fault('access-refused', "configure access to queue 'q' in vhost '/' refused for user 'u'"),
    )
    assert.throws(
      () => authorizer.require('write', 'exchange', ''),
      new Fault('access-refused', "write access to exchange 'amq.default' in vhost '/' refused for user 'u'"),
    )
  })

  it('that are no regular expressions let nobody in', () => {
    assert.throws(() => new PermissionAuthorizer(user, '/', fixed({ ...all, read: '(' })), Fault)
  })

  it('of any kind are enough to look at a thing', () => {
    for (const access of ['configure', 'write', 'read'] as const) {
      new PermissionAuthorizer(user, '/', fixed({ ...none, [access]: 'q' })).requireAny('queue', 'q')
    }
    assert.throws(() => new PermissionAuthorizer(user, '/', fixed(none)).requireAny('queue', 'q'), Fault)
  })
})

it('a user has the tags it has', () => {
  assert.equal(hasTag(user, 'monitoring'), true)
  assert.equal(hasTag(user, 'administrator'), false)
})

it('what was permitted once is permitted again, what was refused is refused again, whatever the number of names', () => {
  const authorizer = new PermissionAuthorizer(
    { name: 'u', tags: [] },
    '/',
    fixed({ configure: '', write: '^a', read: '' }),
  )
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 200; index++) authorizer.require('write', 'exchange', `a${index}`)
    assert.throws(() => authorizer.require('write', 'exchange', 'b'))
    assert.throws(() => authorizer.require('read', 'exchange', 'a1'))
  }
})
