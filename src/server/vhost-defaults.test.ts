import assert from 'node:assert/strict'
import { it } from 'node:test'
import { noListeners } from '../../test/support/no-listeners.ts'
import { internalActor } from '../broker/administration/actor.ts'
import { silentLogger } from '../std/logger.ts'
import { readSettings } from './configuration.ts'
import { startServer } from './server.ts'

const actor = internalActor('test')

const configuration = `
default_limits.vhosts.shops.pattern = ^shop
default_limits.vhosts.shops.max_connections = 7
default_limits.vhosts.shops.max_queues = 3
default_limits.vhosts.rest.max_queues = 9
default_policies.operator.transient.vhost_pattern = ^shop
default_policies.operator.transient.queue_pattern = ^amq\\.
default_policies.operator.transient.apply_to = classic_queues
default_policies.operator.transient.expires = 1h30m
default_policies.operator.transient.message_ttl = 5000
default_policies.operator.transient.max_length_bytes = 2MB
default_policies.operator.transient.delivery_limit = -1
default_policies.operator.transient.classic_queues.ha_mode = all
default_policies.operator.nothing.vhost_pattern = .*
default_users.ann.vhost_pattern = ^shop
default_users.ann.password = secret
default_users.ann.tags = monitoring, custom
default_users.ann.configure = ^ann
default_users.guest.write = ^only
default_users.bob.vhost_pattern = ^elsewhere
`

it('a new virtual host begins with the limits, operator policies and users the settings have for it', async (t) => {
  const content = [noListeners, configuration].join('\n')
  const { settings, warnings } = await readSettings([{ path: 'test.conf', content }], {}, {})
  assert.equal(warnings.length, 1)
  const { broker, close } = await startServer({ settings, dataDirectory: undefined, logger: silentLogger })
  t.after(close)
  const { vhosts, operatorPolicies, users, permissions } = broker.administration
  await vhosts.put(actor, 'shop-1')
  await vhosts.put(actor, 'else')
  assert.deepEqual((await vhosts.get(actor, 'shop-1'))?.limits, { 'max-connections': 7, 'max-queues': 3 })
  assert.deepEqual((await vhosts.get(actor, 'else'))?.limits, { 'max-queues': 9 })
  assert.deepEqual((await vhosts.get(actor, '/'))?.limits, { 'max-queues': 9 }, 'the first one of all too')
  assert.deepEqual(await operatorPolicies.list(actor), [
    {
      ...{ kind: 'operator-policy', vhost: 'shop-1', name: 'transient', pattern: '^amq\\.', applyTo: 'classic_queues' },
      priority: 0,
      definition: { expires: 5_400_000, 'message-ttl': 5000, 'max-length-bytes': 2e6, 'delivery-limit': -1 },
    },
  ])
  assert.deepEqual((await users.get(actor, 'ann'))?.tags, ['monitoring', 'custom'])
  assert.equal((await users.authenticate(actor, 'ann', 'secret')).name, 'ann')
  assert.equal((await users.authenticate(actor, 'guest', 'guest')).name, 'guest', 'who was there keeps the password')
  assert.equal(await users.get(actor, 'bob'), undefined)
  const given = (await permissions.list(actor)).filter(({ vhost }) => vhost === 'shop-1')
  assert.deepEqual(given.map(({ user, configure, write, read }) => [user, configure, write, read]).sort(), [
    ['ann', '^ann', '.*', '.*'],
    ['guest', '.*', '^only', '.*'],
  ])
})
