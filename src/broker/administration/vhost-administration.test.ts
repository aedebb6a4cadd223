import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCore } from '../../../test/support/core.ts'
import { longString, tableGet, tableString } from '../../std/table.ts'
import { VirtualClock } from '../../std/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory-store.ts'
import { internalActor } from './actor.ts'
import { faultOf, logIn, openScene } from './administration.fixture.ts'

const declaration = { durable: true, exclusive: false, autoDelete: false, arguments: [] }

describe('virtual hosts', () => {
  it('are known with their metadata, also after a restart', async () => {
    const store = openMemoryStore(new VirtualClock())
    const root = internalActor('test')
    const first = (await openCore({ store })).broker.administration
    assert.equal(
      await first.vhosts.put(root, 'v', { description: 'd', tags: ['t'], defaultQueueType: 'classic' }),
      'created',
    )
    assert.equal(await first.vhosts.put(root, 'v', { description: 'e' }), 'updated')
    await first.vhosts.setLimits(root, 'v', { 'max-queues': 5 })
    const second = (await openCore({ store })).broker.administration
    assert.deepEqual(await second.vhosts.get(root, 'v'), {
      name: 'v',
      description: 'e',
      tags: ['t'],
      defaultQueueType: 'classic',
      protected: false,
      tracing: false,
      limits: { 'max-queues': 5 },
    })
    assert.equal((await second.topology.listExchanges(root, 'v')).length, 6)
  })

  it('stay traced over a restart, until that is switched off', async () => {
    const store = openMemoryStore(new VirtualClock())
    const root = internalActor('test')
    const first = (await openCore({ store })).broker
    const isTraced = (broker: typeof first) => broker.virtualHost('v')?.taps.isOpen
    await first.administration.vhosts.put(root, 'v', { tracing: true })
    assert.equal(isTraced(first), true)
    const second = (await openCore({ store })).broker
    assert.equal(isTraced(second), true)
    await second.administration.vhosts.put(root, 'v', { description: 'd' })
    assert.equal(isTraced(second), true)
    await second.administration.vhosts.put(root, 'v', { tracing: false })
    assert.equal(isTraced(second), false)
  })

  it('can be entered by whoever makes them', async () => {
    const scene = await openScene()
    const boss = await logIn(scene, 'boss', ['administrator'])
    await scene.admin.vhosts.put(boss, 'v')
    const access = await scene.core.broker.access(boss.authenticated!, 'v', { name: 'x' })
    await access.declareQueue({ ...declaration, name: 'q' })
  })

  it('are deleted with everything in them, and come back empty', async () => {
    const { admin, root } = await openScene()
    await admin.vhosts.put(root, 'v')
    const access = await admin.topology.open(root, 'v')
    for (let number = 0; number < 500; number++) await access.declareQueue({ ...declaration, name: `q${number}` })
    await access.bindQueue({ source: 'amq.topic', destination: 'q1', routingKey: 'k', arguments: [] })
    await admin.policies.set(root, 'v', 'p', { pattern: '.*', definition: { 'max-length': 1 } })
    await admin.operatorPolicies.set(root, 'v', 'p', { pattern: '.*', definition: { 'max-length': 1 } })
    await admin.vhosts.setLimits(root, 'v', { 'max-queues': 1000 })
    await admin.permissions.set(root, 'guest', 'v', { configure: '', write: '', read: '' })
    await admin.vhosts.delete(root, 'v')
    assert.equal(await admin.vhosts.get(root, 'v'), undefined)
    assert.deepEqual(await admin.permissions.list(root, { vhost: 'v' }), [])
    assert.deepEqual(await admin.vhosts.listLimits(root), [])
    await admin.vhosts.put(root, 'v')
    assert.deepEqual(await admin.topology.listQueues(root, 'v'), [])
    assert.deepEqual(await admin.topology.listBindings(root, 'v'), [])
    assert.deepEqual(await admin.policies.list(root, 'v'), [])
    assert.deepEqual(await admin.operatorPolicies.list(root, 'v'), [])
  })

  it('that are protected stay', async () => {
    const { admin, root } = await openScene()
    await admin.vhosts.put(root, 'v', { protected: true })
    assert.equal((await faultOf(admin.vhosts.delete(root, 'v'))).kind, 'precondition-failed')
    await admin.vhosts.protect(root, 'v', false)
    await admin.vhosts.delete(root, 'v')
  })

  it('are as many as there may be', async () => {
    const countLimits = { vhosts: 2, queues: undefined, exchanges: undefined, channels: undefined }
    const { admin, root } = await openScene({ countLimits })
    await admin.vhosts.put(root, 'second')
    assert.equal(
      (await faultOf(admin.vhosts.put(root, 'third'))).message,
      "cannot create vhost 'third': vhost limit of 2 is reached",
    )
    await admin.vhosts.put(root, 'second', { description: 'still mine' })
  })

  it('are shown to those who may know of them', async () => {
    const scene = await openScene()
    const { admin, root } = scene
    await admin.vhosts.put(root, 'v')
    const names = async (tags: readonly string[]) => {
      const actor = await logIn(scene, `with-${tags.join('-')}`, tags)
      await admin.permissions.set(root, actor.user.name, 'v', { configure: '', write: '', read: '' })
      return (await admin.vhosts.list(actor)).map(({ name }) => name)
    }
    assert.deepEqual(await names(['management']), ['v'])
    assert.deepEqual(await names(['policymaker']), ['v'])
    assert.deepEqual(await names(['monitoring']), ['/', 'v'])
    assert.deepEqual(await names(['administrator']), ['/', 'v'])
  })

  it('say of what type queues are that do not say themselves', async () => {
    const { admin, root } = await openScene()
    await admin.vhosts.put(root, 'v', { defaultQueueType: 'classic' })
    const queue = await (await admin.topology.open(root, 'v')).declareQueue({ ...declaration, name: 'q' })
    assert.equal(tableString(tableGet(queue.arguments, 'x-queue-type')), 'classic')
    assert.equal(
      (await faultOf(admin.vhosts.put(root, 'w', { defaultQueueType: 'nope' }))).message,
      "Unsupported default queue type 'nope'",
    )
  })
})

describe('limits of the whole', () => {
  it('hold for queues and exchanges', async () => {
    const { core } = await openScene({
      countLimits: { queues: 1, exchanges: 7, vhosts: undefined, channels: undefined },
    })
    const { access } = core
    await access.declareQueue({ ...declaration, name: 'a' })
    assert.equal(
      (await faultOf(access.declareQueue({ ...declaration, name: 'b' }))).message,
      "cannot declare queue 'b': queue limit in cluster (1) is reached",
    )
    const exchange = { type: 'direct', durable: true, autoDelete: false, internal: false, arguments: [] }
    await access.declareExchange({ ...exchange, name: 'x' })
    assert.equal(
      (await faultOf(access.declareExchange({ ...exchange, name: 'y' }))).message,
      "cannot declare exchange 'y' in vhost '/': exchange limit of 7 is reached",
    )
    await access.declareExchange({ ...exchange, name: 'x' })
  })

  it('hold for channels, and closing one makes room', async () => {
    const limits = { queues: undefined, exchanges: undefined, vhosts: undefined, channels: 2 }
    const { core } = await openScene({ countLimits: limits, nodeName: 'rabbit@here' })
    const { access, broker } = core
    const other = await broker.access(access.user as never, '/', { name: 'other' })
    access.openChannel()
    other.openChannel()
    assert.throws(() => access.openChannel(), {
      message: "number of channels opened on node 'rabbit@here' has reached the maximum allowed limit of 2",
    })
    other.close()
    access.openChannel()
    access.closeChannel()
    access.openChannel()
    assert.throws(() => access.openChannel())
  })
})

describe('parameters', () => {
  it('are for components there are, which check them and are told of them', async () => {
    const { admin, root, core, events } = await openScene()
    const told: string[] = []
    const place = { vhost: '/', component: 'mirror', name: 'm' }
    assert.equal(
      (await faultOf(admin.parameters.set(root, { ...place, value: 1 }))).message,
      'Validation failed\n\ncomponent mirror not found\n',
    )
    core.broker.addParameterKind({
      component: 'mirror',
      validate: ({ value }) => (typeof value === 'number' ? [] : ['value should be a number']),
      applied: ({ value }) => told.push(`applied ${value}`),
      cleared: ({ name }) => told.push(`cleared ${name}`),
    })
    assert.equal(
      (await faultOf(admin.parameters.set(root, { ...place, value: 'x' }))).message,
      'Validation failed\n\nvalue should be a number\n',
    )
    assert.equal(await admin.parameters.set(root, { ...place, value: 1 }), 'created')
    assert.equal(await admin.parameters.set(root, { ...place, value: 1 }), 'updated')
    assert.equal(await admin.parameters.set(root, { ...place, value: 2 }), 'updated')
    await admin.parameters.clear(root, place)
    assert.deepEqual(told, ['applied 1', 'applied 2', 'cleared m'])
    assert.equal((await faultOf(admin.parameters.clear(root, place))).message, 'Parameter does not exist')
    assert.deepEqual(
      events.map(({ type }) => type),
      ['parameter.set', 'parameter.set', 'parameter.cleared'],
    )
  })

  it('that were there before their component are told to it when it comes', async () => {
    const { admin, root, core } = await openScene()
    const shovel = { vhost: '/', component: 'shovel', name: 's', value: { 'src-uri': 'amqp://' } }
    await admin.definitions.import(root, { parameters: [shovel] })
    const told: string[] = []
    core.broker.addParameterKind({ component: 'shovel', validate: () => [], applied: ({ name }) => told.push(name) })
    assert.deepEqual(told, ['s'])
  })

  it('of the whole can be anything', async () => {
    const { admin, root } = await openScene({ clusterName: 'first' })
    assert.equal((await admin.definitions.export(root)).original_cluster_name, 'first')
    await admin.globalParameters.set(root, 'cluster_name', 'second')
    await admin.globalParameters.set(root, '__proto__', { a: [1, null] })
    assert.deepEqual(await admin.globalParameters.get(root, '__proto__'), { a: [1, null] })
    assert.equal((await admin.definitions.export(root)).original_cluster_name, 'second')
    await admin.globalParameters.clear(root, 'cluster_name')
    assert.equal((await faultOf(admin.globalParameters.clear(root, 'cluster_name'))).kind, 'not-found')
  })
})

describe('connections', () => {
  it('are listed to their user and to those who watch, and closed by their user and administrators', async () => {
    const scene = await openScene()
    const { admin, core, root } = scene
    const ended: string[] = []
    const own = await logIn(scene, 'own', ['management'])
    await admin.permissions.set(root, 'own', '/', { configure: '', write: '', read: '' })
    const owner = { name: 'c1', end: (reason: string) => void ended.push(reason) }
    await core.broker.access(own.authenticated!, '/', owner)
    const names = async (actor: typeof own) => (await admin.connections.list(actor)).map(({ name }) => name)
    assert.deepEqual(await names(own), ['c1'])
    assert.deepEqual(await names(await logIn(scene, 'watcher', ['monitoring'])), ['test', 'c1'])
    const other = await logIn(scene, 'other', ['monitoring'])
    assert.equal((await faultOf(admin.connections.close(other, 'c1'))).message, 'User not authorised to access object')
    await admin.connections.close(own, 'c1', 'enough')
    assert.equal(await admin.connections.closeAllOfUser(root, 'own', 'all'), 1)
    assert.deepEqual(ended, ['enough', 'all'])
    assert.equal((await faultOf(admin.connections.close(root, 'nope'))).kind, 'not-found')
  })
})

describe('what a policy says of an exchange', () => {
  it('stands behind what it was declared with', async () => {
    const { admin, root, core } = await openScene()
    const exchange = { type: 'direct', durable: true, autoDelete: false, internal: false }
    const { access } = core
    await access.declareExchange({ ...exchange, name: 'said', arguments: [['alternate-exchange', longString('own')]] })
    await access.declareExchange({ ...exchange, name: 'unsaid', arguments: [] })
    await admin.policies.set(root, '/', 'p', { pattern: 'said', definition: { 'alternate-exchange': 'policy' } })
    const alternates = (await admin.topology.listExchanges(root)).map(({ name, alternate }) => `${name}: ${alternate}`)
    assert.ok(alternates.includes('said: own'))
    assert.ok(alternates.includes('unsaid: policy'))
  })
})
