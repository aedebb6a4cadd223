import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCore } from '../../../test/support/core.ts'
import { VirtualClock } from '../../std/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory-store.ts'
import { internalActor } from './actor.ts'
import { faultOf, logIn, openScene, peer, type Scene } from './administration.fixture.ts'

function authenticate({ core }: Scene, user: string, password: string): Promise<unknown> {
  return core.broker.authenticate({ user, password, peer })
}

describe('users', () => {
  it('log in once they were made, by the password they were given last', async () => {
    const scene = await openScene()
    const { admin, root } = scene
    assert.equal(await admin.users.put(root, 'ann', { password: { password: 'one' }, tags: ['management'] }), 'created')
    await authenticate(scene, 'ann', 'one')
    assert.equal(await admin.users.put(root, 'ann', { password: { password: 'two' }, tags: [] }), 'updated')
    assert.equal((await faultOf(authenticate(scene, 'ann', 'one'))).message, "user 'ann' - invalid credentials")
    await authenticate(scene, 'ann', 'two')
  })

  it('bring the hash of their password along from RabbitMQ', async () => {
    const scene = await openScene()
    const { admin, root } = scene
    const passwordHash = 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR'
    await admin.users.put(root, 'ann', { password: { passwordHash }, tags: [] })
    await authenticate(scene, 'ann', 'test12')
    assert.deepEqual(await admin.users.get(root, 'ann'), {
      name: 'ann',
      tags: [],
      passwordHash,
      hashingAlgorithm: 'rabbit_password_hashing_sha256',
      limits: {},
    })
    const refused = await faultOf(admin.users.put(root, 'ann', { password: { passwordHash: 'no hash' }, tags: [] }))
    assert.equal(refused.kind, 'precondition-failed')
    assert.equal(scene.lines.join('\n').includes(passwordHash), false)
  })

  it('without a password are let in by nothing but another proof', async () => {
    const scene = await openScene()
    await scene.admin.users.put(scene.root, 'ann', { password: { password: 'one' }, tags: [] })
    await scene.admin.users.clearPassword(scene.root, 'ann')
    for (const password of ['one', '']) await faultOf(authenticate(scene, 'ann', password))
    const user = await scene.core.broker.authenticate({ user: 'ann', password: undefined, peer })
    assert.equal(user.name, 'ann')
  })

  it('are gone with their permissions, which a new one of the name does not get', async () => {
    const scene = await openScene()
    const { admin, root, core } = scene
    await logIn(scene, 'ann', [])
    await admin.permissions.set(root, 'ann', '/', { configure: '.*', write: '.*', read: '.*' })
    await admin.permissions.setTopic(root, { user: 'ann', vhost: '/', exchange: 'amq.topic' }, { write: '', read: '' })
    await admin.users.setLimits(root, 'ann', { 'max-channels': 1 })
    await admin.users.delete(root, 'ann')
    assert.equal(await admin.users.get(root, 'ann'), undefined)
    const { authenticated } = await logIn(scene, 'ann', [])
    const refused = await faultOf(core.broker.access(authenticated!, '/', { name: 'x' }))
    assert.deepEqual(refused, { kind: 'not-allowed', message: "access to vhost '/' refused for user 'ann'" })
    assert.deepEqual(await admin.permissions.listTopic(root), [])
    assert.deepEqual(await admin.users.listLimits(root), [])
  })

  it('that are not there cannot be changed', async () => {
    const { admin, root } = await openScene()
    const expected = { kind: 'not-found', message: "User 'ann' does not exist" }
    assert.deepEqual(await faultOf(admin.users.delete(root, 'ann')), expected)
    assert.deepEqual(await faultOf(admin.users.setTags(root, 'ann', [])), expected)
    assert.deepEqual(await faultOf(admin.users.changePassword(root, 'ann', { password: 'x' })), expected)
    assert.deepEqual(await faultOf(admin.permissions.clear(root, 'ann', '/')), expected)
  })

  it('are there again after a restart, with all that belongs to them', async () => {
    const store = openMemoryStore(new VirtualClock())
    const first = (await openCore({ store })).broker.administration
    const root = internalActor('test')
    await first.users.put(root, 'ann', { password: { password: 'one' }, tags: ['monitoring'] })
    await first.permissions.set(root, 'ann', '/', { configure: 'c', write: 'w', read: 'r' })
    await first.permissions.setTopic(root, { user: 'ann', vhost: '/', exchange: 'x' }, { write: 'a', read: 'b' })
    await first.users.setLimits(root, 'ann', { 'max-channels': 1, 'max-connections': 2 })
    await first.users.clearLimits(root, 'ann', 'max-channels')
    const second = (await openCore({ store })).broker.administration
    const { passwordHash: _, ...ann } = (await second.users.get(root, 'ann'))!
    const hashingAlgorithm = 'rabbit_password_hashing_sha256'
    assert.deepEqual(ann, { name: 'ann', tags: ['monitoring'], hashingAlgorithm, limits: { 'max-connections': 2 } })
    assert.equal((await second.permissions.list(root, { user: 'ann' })).length, 1)
    assert.equal((await second.permissions.listTopic(root, { user: 'ann', exchange: 'x' })).length, 1)
  })

  it('have no limits but those there are, and numbers', async () => {
    const { admin, root } = await openScene()
    assert.equal(
      (await faultOf(admin.users.setLimits(root, 'guest', { 'max-queues': 1, 'max-channels': 'x' }))).message,
      'Validation failed\n\nUnrecognised terms [{<<"max-queues">>,1}] in guest\n' +
        'max-channels should be a number, actually was <<"x">>\n',
    )
  })

  it('get passwords that the rules allow', async () => {
    const scene = await openScene({ passwordBytesMin: 8, passwordPattern: '[0-9]' })
    const put = (password: string) => scene.admin.users.put(scene.root, 'ann', { password: { password }, tags: [] })
    assert.equal((await faultOf(put('short1'))).message, 'minimum required password length is set to 8')
    assert.equal(
      (await faultOf(put('longenough'))).message,
      'provided password does not match the validator regular expression',
    )
    await put('longenough1')
  })

  it('take as long to be refused whether they are there or not, hashed as most of them are', async () => {
    const scene = await openScene({ passwordHashing: 'scrypt' })
    const time = async (user: string): Promise<number> => {
      const started = performance.now()
      await faultOf(authenticate(scene, user, 'wrong'))
      return performance.now() - started
    }
    await time('guest')
    const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!
    const there: number[] = []
    const strangers: number[] = []
    for (let round = 0; round < 5; round++) {
      there.push(await time('guest'))
      strangers.push(await time(`stranger${round}`))
    }
    // Far apart they would be by a factor of a thousand.
    assert.ok(median(strangers) > median(there) / 4, `${median(strangers)} ms against ${median(there)} ms`)
  })
})

describe('events and the audit log', () => {
  it('tell of what was done to users, by whom', async () => {
    const { admin, root, events } = await openScene()
    await admin.users.put(root, 'ann', { password: { password: 'one' }, tags: ['a'] })
    await admin.users.setTags(root, 'ann', ['b'])
    await admin.users.changePassword(root, 'ann', { password: 'two' })
    await admin.users.clearPassword(root, 'ann')
    await admin.permissions.set(root, 'ann', '/', { configure: '', write: '', read: '' })
    await admin.permissions.clear(root, 'ann', '/')
    await admin.users.setLimits(root, 'ann', { 'max-channels': 5 })
    await admin.users.clearLimits(root, 'ann')
    await admin.users.delete(root, 'ann')
    assert.deepEqual(
      events.map(({ type }) => type),
      [
        'user.created',
        'user.tags.set',
        'user.tags.set',
        'user.password.changed',
        'user.password.cleared',
        'permission.created',
        'permission.deleted',
        'user.limits.set',
        'user.limits.cleared',
        'user.deleted',
      ],
    )
    assert.deepEqual(events[0]!.properties, { name: 'ann', user_who_performed_action: 'rmq-internal' })
    assert.equal(JSON.stringify(events).includes('two'), false)
  })

  it('say who, what, from where and what came of it, and no secrets', async () => {
    const scene = await openScene({ auditFormat: 'text' })
    const { admin, lines } = scene
    const clerk = await logIn(scene, 'clerk', ['management'])
    await faultOf(admin.users.put(clerk, 'ann\nforged', { password: { password: 'hunter2' }, tags: [] }))
    await faultOf(authenticate(scene, 'guest', 'hunter3'))
    const audited = lines.filter((line) => line.includes('audit: '))
    assert.deepEqual(audited.slice(1), [
      "info audit: users.put of user 'clerk' by user 'rmq-internal' via test: done",
      "info audit: login of user 'clerk' from 127.0.0.1:50000: done",
      "info audit: users.put of user 'ann forged' by user 'clerk' via http from 127.0.0.1:50000: refused (Not administrator user)",
      "info audit: login of user 'guest' from 127.0.0.1:50000: refused (user 'guest' - invalid credentials)",
    ])
    assert.equal(lines.join('\n').includes('hunter'), false)
  })

  it('have a form for machines', async () => {
    const scene = await openScene({ auditFormat: 'json' })
    await scene.admin.users.put(scene.root, 'ann', { password: { password: 'x' }, tags: [] })
    const line = scene.lines.filter((found) => found.includes('"audit"')).at(-1)!
    assert.deepEqual(JSON.parse(line.slice('info '.length)), {
      audit: { operation: 'users.put', user: 'rmq-internal', via: 'test', what: "user 'ann'", outcome: 'done' },
    })
  })

  it('are silent unless they are asked for', async () => {
    const scene = await openScene()
    await scene.admin.users.put(scene.root, 'ann', { password: { password: 'x' }, tags: [] })
    assert.deepEqual(
      scene.lines.filter((line) => line.includes('audit')),
      [],
    )
  })
})
