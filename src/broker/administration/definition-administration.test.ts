import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../std/json.ts'
import { faultOf, logIn, openScene, peer } from './administration.fixture.ts'

/** What RabbitMQ 3.8 exports: a mirrored classic queue, one user of RabbitMQ 2 and all that is left of old fields. */
const from3: JsonObject = {
  rabbit_version: '3.8.9',
  rabbitmq_version: '3.8.9',
  product_name: 'RabbitMQ',
  product_version: '3.8.9',
  users: [
    {
      name: 'ann',
      password_hash: 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR',
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: 'administrator,custom',
    },
    { name: 'old', password_hash: '', administrator: 'true' },
  ],
  vhosts: [{ name: '/' }, { name: 'shop' }],
  permissions: [{ user: 'ann', vhost: 'shop', configure: '.*', write: '.*', read: '.*' }],
  topic_permissions: [{ user: 'ann', vhost: 'shop', exchange: 'events', write: '^{username}', read: '.*' }],
  parameters: [
    {
      component: 'operator_policy',
      name: 'op',
      vhost: 'shop',
      value: { pattern: '.*', 'apply-to': 'queues', priority: 0, definition: { 'max-length': 10 } },
    },
    { component: 'vhost-limits', name: 'limits', vhost: 'shop', value: { 'max-queues': 100 } },
    { component: 'federation-upstream', name: 'up', vhost: 'shop', value: { uri: 'amqp://up' } },
  ],
  global_parameters: [
    { name: 'cluster_name', value: 'rabbit@shop' },
    { name: 'internal_cluster_id', value: 'rabbitmq-cluster-id-theirs' },
  ],
  policies: [
    {
      vhost: 'shop',
      name: 'ha',
      pattern: '^mirrored',
      'apply-to': 'queues',
      priority: 1,
      definition: { 'ha-mode': 'exactly', 'ha-params': 2, 'ha-sync-mode': 'automatic' },
    },
    {
      vhost: 'shop',
      name: 'ttl',
      pattern: '^plain',
      'apply-to': 'all',
      definition: { 'message-ttl': 1000, 'alternate-exchange': 'strays' },
    },
  ],
  queues: [
    { name: 'mirrored.a', vhost: 'shop', durable: true, auto_delete: false, arguments: {} },
    { name: 'plain.a', vhost: 'shop', durable: true, auto_delete: false, arguments: { 'x-max-priority': 5 } },
    { name: 'amq.gen-x', vhost: 'shop', durable: true, auto_delete: false, arguments: {} },
  ],
  exchanges: [
    { name: 'events', vhost: 'shop', type: 'topic', durable: true, auto_delete: false, internal: false, arguments: {} },
    {
      name: 'amq.direct',
      vhost: 'shop',
      type: 'direct',
      durable: true,
      auto_delete: false,
      internal: false,
      arguments: {},
    },
    { name: '', vhost: 'shop', type: 'direct', durable: true, auto_delete: false, internal: false, arguments: {} },
  ],
  bindings: [
    {
      source: 'events',
      vhost: 'shop',
      destination: 'mirrored.a',
      destination_type: 'queue',
      routing_key: 'a.#',
      arguments: {},
    },
    {
      source: '',
      vhost: 'shop',
      destination: 'plain.a',
      destination_type: 'queue',
      routing_key: 'plain.a',
      arguments: {},
    },
    {
      source: 'amq.headers',
      vhost: 'shop',
      destination: 'events',
      destination_type: 'exchange',
      routing_key: '',
      arguments: { 'x-match': 'all', n: 5, deep: { list: [1, 'a', true] } },
    },
  ],
}

/** As `from3`, with something more in one of its lists. */
function plus(list: string, item: JsonObject): JsonObject {
  return { ...from3, [list]: [...((from3[list] ?? []) as JsonObject[]), item] }
}

describe('definitions of RabbitMQ 3', () => {
  it('are taken over', async () => {
    const { admin, root, core } = await openScene()
    const counts = await admin.definitions.import(root, from3)
    assert.deepEqual(counts, {
      users: 2,
      vhosts: 2,
      permissions: 1,
      topic_permissions: 1,
      exchanges: 3,
      global_parameters: 2,
      policies: 2,
      parameters: 3,
      queues: 3,
      bindings: 3,
    })
    const ann = await core.broker.authenticate({ user: 'ann', password: 'test12', peer })
    assert.deepEqual(ann.tags, ['administrator', 'custom'])
    assert.deepEqual((await admin.users.get(root, 'old'))?.tags, ['administrator'])
    const queues = await admin.topology.listQueues(root, 'shop')
    const said = queues.map(({ name, policy }) => [name, policy.policy, policy.operatorPolicy, policy.definition])
    assert.deepEqual(said, [
      [
        'mirrored.a',
        'ha',
        'op',
        { 'ha-mode': 'exactly', 'ha-params': 2, 'ha-sync-mode': 'automatic', 'max-length': 10 },
      ],
      ['plain.a', 'ttl', 'op', { 'message-ttl': 1000, 'alternate-exchange': 'strays', 'max-length': 10 }],
    ])
    assert.deepEqual((await admin.vhosts.get(root, 'shop'))?.limits, { 'max-queues': 100 })
    assert.equal((await admin.topology.listBindings(root, 'shop')).length, 2)
    assert.equal((await admin.permissions.listTopic(root, { user: 'ann' })).length, 1)
    assert.equal(await admin.globalParameters.get(root, 'cluster_name'), 'rabbit@shop')
    assert.equal(await admin.globalParameters.get(root, 'internal_cluster_id'), undefined)
  })

  it('leave a warning for what has no effect here', async () => {
    const { admin, root, lines } = await openScene()
    await admin.definitions.import(root, from3)
    const warnings = lines.filter((line) => line.startsWith('warning'))
    assert.deepEqual(warnings, [
      "warning Skipping import of an exchange whose name begins with 'amq.', name: amq.direct, acting user: rmq-internal",
      'warning Not importing the default exchange, acting user: rmq-internal',
      "warning policy 'ha' in vhost 'shop' has settings without effect here: ha-mode, ha-params, ha-sync-mode",
      "warning parameter 'up' of component 'federation-upstream' in vhost 'shop' has no effect here",
      "warning Skipping import of a queue whose name begins with 'amq.', name: amq.gen-x, acting user: rmq-internal",
    ])
  })

  it('can be read twice', async () => {
    const { admin, root } = await openScene()
    await admin.definitions.import(root, from3)
    const first = await admin.definitions.export(root)
    await admin.definitions.import(root, from3)
    assert.deepEqual(await admin.definitions.export(root), first)
  })
})

describe('exported definitions', () => {
  it('make the same of an empty broker', async () => {
    const one = await openScene({ nodeName: 'rabbit@one', product: { name: 'RabbitMQ', version: '4.2.0' } })
    await one.admin.definitions.import(one.root, from3)
    await one.admin.users.put(one.root, 'bob', { password: { password: 'x' }, tags: [] })
    await one.admin.users.setLimits(one.root, 'bob', { 'max-channels': 7 })
    const exported = await one.admin.definitions.export(one.root)
    const two = await openScene({ nodeName: 'rabbit@one', product: { name: 'RabbitMQ', version: '4.2.0' } })
    await two.admin.definitions.import(two.root, JSON.parse(JSON.stringify(exported)) as JsonObject)
    const { global_parameters: _, ...rest } = await two.admin.definitions.export(two.root)
    const { global_parameters: __, ...expected } = exported
    const unordered = (all: JsonObject) =>
      Object.fromEntries(
        Object.entries(all).map(([key, value]) => {
          return [key, Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value]
        }),
      )
    const name = { original_cluster_name: 'n', explanation: 'e' }
    assert.deepEqual(unordered({ ...rest, ...name }), unordered({ ...expected, ...name }))
  })

  it('have RabbitMQ’s form', async () => {
    const { admin, root } = await openScene({ nodeName: 'rabbit@one', product: { name: 'P', version: '4.2.0' } })
    await admin.definitions.import(root, from3)
    const all = await admin.definitions.export(root)
    assert.deepEqual(Object.keys(all).sort(), [
      'bindings',
      'exchanges',
      'explanation',
      'global_parameters',
      'original_cluster_name',
      'parameters',
      'permissions',
      'policies',
      'product_name',
      'product_version',
      'queues',
      'rabbit_version',
      'rabbitmq_definition_format',
      'rabbitmq_version',
      'topic_permissions',
      'users',
      'vhosts',
    ])
    assert.equal(all.explanation, "Definitions of cluster 'rabbit@shop'")
    assert.deepEqual((all.vhosts as JsonObject[])[1], {
      name: 'shop',
      limits: { 'max-queues': 100 },
      metadata: { description: '', tags: [], default_queue_type: 'classic' },
    })
    assert.deepEqual((all.bindings as JsonObject[])[1], {
      source: 'events',
      vhost: 'shop',
      destination: 'mirrored.a',
      destination_type: 'queue',
      routing_key: 'a.#',
      arguments: {},
    })
    assert.deepEqual((all.parameters as JsonObject[])[0], {
      vhost: 'shop',
      component: 'operator_policy',
      name: 'op',
      value: { pattern: '.*', 'apply-to': 'queues', definition: { 'max-length': 10 }, priority: 0 },
    })
    assert.deepEqual((all.queues as JsonObject[])[1], {
      name: 'plain.a',
      vhost: 'shop',
      type: 'classic',
      durable: true,
      auto_delete: false,
      arguments: { 'x-max-priority': 5 },
    })
  })

  it('of one virtual host go into another', async () => {
    const { admin, root } = await openScene()
    await admin.definitions.import(root, from3)
    const shop = await admin.definitions.export(root, 'shop')
    assert.equal(shop.rabbitmq_definition_format, 'single_virtual_host')
    assert.equal(shop.original_vhost_name, 'shop')
    assert.equal('users' in shop, false)
    await admin.vhosts.put(root, 'copy')
    await admin.definitions.import(root, shop, 'copy')
    const copy = await admin.definitions.export(root, 'copy')
    const without = ({ original_vhost_name: _, explanation: __, ...rest }: JsonObject) => rest
    assert.deepEqual(without(copy), without(shop))
  })

  it('leave out what goes with its connection', async () => {
    const { admin, root, core } = await openScene()
    const declaration = { durable: true, autoDelete: false, arguments: [] }
    await core.access.declareQueue({ ...declaration, name: 'exclusive', exclusive: true })
    await core.access.declareQueue({ ...declaration, name: 'transient', durable: false, exclusive: false })
    await core.access.bindQueue({ source: 'amq.direct', destination: 'transient', routingKey: 'k', arguments: [] })
    const all = await admin.definitions.export(root)
    assert.deepEqual([all.queues, all.exchanges, all.bindings], [[], [], []])
  })
})

describe('definitions with something wrong in them', () => {
  const rows: readonly (readonly [what: string, definitions: JsonObject, message: string])[] = [
    ['no tags', plus('users', { name: 'x', password_hash: '' }), 'tags_not_present'],
    [
      'two passwords',
      plus('users', { name: 'x', tags: '', password: 'a', password_hash: '' }),
      'both_password_and_password_hash_are_provided',
    ],
    [
      'a strange hash',
      plus('users', { name: 'x', tags: '', password_hash: 'AAAA' }),
      "the password hash of user 'x' is no rabbit_password_hashing_sha256",
    ],
    [
      'a hash nobody knows',
      plus('users', { name: 'x', tags: '', hashing_algorithm: 'rot13' }),
      "user 'x' has the unknown hashing algorithm 'rot13'",
    ],
    [
      'nowhere',
      plus('permissions', { user: 'ann', vhost: 'nope', configure: '', write: '', read: '' }),
      'Please create virtual host "nope" prior to importing definitions.',
    ],
    [
      'no place',
      plus('queues', { name: 'q' }),
      'Virtual host does not exist and is not specified in definitions file.',
    ],
    [
      'nobody',
      plus('permissions', { user: 'nobody', vhost: '/', configure: '', write: '', read: '' }),
      'no_such_user: nobody',
    ],
    [
      'a bad policy',
      plus('policies', { vhost: 'shop', name: 'p', pattern: '.*', definition: { nope: 1 } }),
      'Validation failed\n\n[{<<"nope">>,1}] are not recognised policy settings\n (shop/p)',
    ],
    [
      'a bad operator policy',
      plus('parameters', {
        vhost: 'shop',
        component: 'operator_policy',
        name: 'p',
        value: { pattern: '.*', definition: { 'dead-letter-exchange': '' } },
      }),
      'Validation failed\n\n[{<<"dead-letter-exchange">>,<<>>}] are not recognised policy settings\n (shop/p)',
    ],
    [
      'a bad parameter',
      plus('parameters', { vhost: '/', component: 'nope', name: 'n', value: 1 }),
      'Validation failed\n\ncomponent nope not found\n (//nope/n)',
    ],
    [
      'a policy as a parameter',
      plus('parameters', { vhost: '/', component: 'policy', name: 'n', value: {} }),
      'policies may not be set using this method (//policy/n)',
    ],
    ['a bad exchange', plus('exchanges', { vhost: '/', name: 'x', type: 'nope' }), "unknown exchange type 'nope'"],
    ['a bad name', plus('queues', { vhost: '/', name: 5 }), 'one of the queues has the name 5, which is not allowed'],
    ['no list', { queues: 'all of them' }, 'queues must be a list'],
    [
      'too many queues',
      plus('queues', { vhost: '/', name: 'second' }),
      'Adding 1 queue(s) to virtual host "/" would exceed the limit of 0 queue(s).\n\nThis virtual host currently has 0 queue(s) defined.\n\nImport aborted!',
    ],
  ]
  for (const [what, definitions, message] of rows) {
    it(`change nothing: ${what}`, async () => {
      const { admin, root } = await openScene()
      await admin.vhosts.setLimits(root, '/', { 'max-queues': 0 })
      const before = await admin.definitions.export(root)
      const fault = await faultOf(admin.definitions.import(root, definitions))
      assert.deepEqual(fault, { kind: 'precondition-failed', message })
      assert.deepEqual(await admin.definitions.export(root), before)
    })
  }

  it('or that are none are refused', async () => {
    const { admin, root } = await openScene()
    for (const nothing of [null, 5, 'x', []]) {
      assert.equal((await faultOf(admin.definitions.import(root, nothing))).message, 'not_json')
    }
    assert.deepEqual(await faultOf(admin.definitions.import(root, {}, 'nope')), {
      kind: 'not-found',
      message: 'Please create virtual host "nope" prior to importing definitions.',
    })
  })

  it('keep to names as dangerous as they are', async () => {
    const { admin, root } = await openScene()
    const names = ['__proto__', 'constructor', 'toString', '../x']
    const queues = names.map((name) => ({ name, vhost: '/', durable: true, arguments: {} }))
    await admin.definitions.import(root, { queues, vhosts: names.map((name) => ({ name })) })
    const all = await admin.definitions.export(root)
    assert.deepEqual(
      (all.queues as JsonObject[]).map(({ name }) => name),
      names,
    )
    assert.deepEqual(
      (all.vhosts as JsonObject[]).map(({ name }) => name),
      ['/', ...names],
    )
  })
})

describe('who imports definitions', () => {
  it('is an administrator, and is named in the events', async () => {
    const scene = await openScene()
    const clerk = await logIn(scene, 'clerk', ['management'])
    assert.equal((await faultOf(scene.admin.definitions.import(clerk, from3))).kind, 'access-refused')
    assert.equal((await faultOf(scene.admin.definitions.export(clerk))).kind, 'access-refused')
    const boss = await logIn(scene, 'boss', ['administrator'])
    await scene.admin.definitions.import(boss, from3)
    assert.deepEqual(scene.events.at(-1)?.properties.user_who_performed_action, 'boss')
  })
})

describe('ten thousand queues', () => {
  it('are imported while others get their turn', async () => {
    const { admin, root, core } = await openScene()
    const queues = Array.from({ length: 10_000 }, (_, number) => ({ name: `q${number}`, vhost: '/', durable: true }))
    const bindings = queues.map(({ name }) => ({
      source: 'amq.direct',
      vhost: '/',
      destination: name,
      routing_key: name,
    }))
    let worst = 0
    let last = performance.now()
    const timer = setInterval(() => {
      worst = Math.max(worst, performance.now() - last)
      last = performance.now()
    }, 1)
    await admin.definitions.import(root, { queues, bindings })
    clearInterval(timer)
    assert.equal(core.access.checkQueue('q9999').depth, 0)
    assert.ok(worst < 500, `others waited ${worst} ms`)
  })
})
