import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Core, declare, KeepingConsumer, message, openCore, turns } from '../../test/support/core.ts'
import { longString } from '../std/table.ts'
import { openScene } from './administration/administration.fixture.ts'
import { withProperties } from './message.ts'

/** What is not 0. */
function counted(counters: object | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(counters ?? {}).filter(([, count]) => count !== 0))
}

async function withTraffic(): Promise<Core> {
  const core = await openCore()
  const { access } = core
  const queue = await declare(access, 'q', { durable: true })
  for (const body of ['a', 'b', 'c', 'd']) access.publish(message(access, 'q', body))
  access.publish(message(access, 'q', 'e', { deliveryMode: 2 }))
  access.publish(message(access, 'nowhere', 'f'))
  const consumer = new KeepingConsumer({ credit: 2 }).subscribe(access, 'q')
  await turns()
  consumer.settle('accepted')
  queue.remove(consumer)
  consumer.settle('requeued')
  queue.settle((await access.get('q'))!, 'discarded')
  await access.get('q', true)
  const automatic = new KeepingConsumer({ settled: true }).subscribe(access, 'q')
  await turns()
  queue.remove(automatic)
  assert.equal(await access.get('q'), undefined)
  return core
}

const ofTraffic = {
  publish: 5,
  deliver: 2,
  deliverNoAck: 2,
  get: 1,
  getNoAck: 1,
  getEmpty: 1,
  redeliver: 1,
  ack: 1,
  rejected: 1,
  diskWrites: 1,
}

test('a queue counts what came and what became of it', async () => {
  const { broker } = await withTraffic()
  assert.deepEqual(counted(broker.virtualHost('/')?.queue('q')?.counters), ofTraffic)
})

test('an exchange counts what was published to it, and the places found', async () => {
  const { access, broker } = await withTraffic()
  const vhost = broker.virtualHost('/')!
  assert.deepEqual(counted(vhost.defaultExchange), { publishIn: 6, publishOut: 5 })
  await declare(access, 'other')
  for (const destination of ['q', 'other']) {
    await access.bindQueue({ source: 'amq.fanout', destination, routingKey: '', arguments: [] })
  }
  access.publish(withProperties(message(access, 'q', 'x'), {}, access.address('amq.fanout', '')))
  assert.deepEqual(counted(vhost.exchange('amq.fanout')?.counters), { publishIn: 1, publishOut: 2 })
})

test('totals do not shrink when a queue or a virtual host goes', async () => {
  const { access, broker } = await withTraffic()
  const totals = { ...ofTraffic, publish: 6 }
  assert.deepEqual(counted(broker.statistics.vhost('/')), totals)
  await access.deleteQueue('q', { ifUnused: false, ifEmpty: false })
  assert.deepEqual(counted(broker.statistics.vhost('/')), totals)
  assert.deepEqual(counted(broker.statistics.node()), totals)
  assert.equal(broker.statistics.vhost('unknown'), undefined)
})

test('what was counted in a deleted virtual host stays in the totals of the node', async () => {
  const { core, admin, root } = await openScene()
  await admin.vhosts.put(root, 'shop', {})
  const access = await admin.topology.open(root, 'shop')
  await declare(access, 'q')
  access.publish(message(access, 'q', 'a'))
  const before = core.broker.statistics.node()
  assert.equal(before.publish, 1)
  await admin.vhosts.delete(root, 'shop')
  assert.deepEqual(core.broker.statistics.node(), before)
})

test('a queue counts what it throws out, by why', async () => {
  const { access, broker, clock } = await openCore()
  const queue = await declare(access, 'short', {
    arguments: [
      ['x-max-length', { tag: 'I', value: 2 }],
      ['x-message-ttl', { tag: 'I', value: 1000 }],
      ['x-dead-letter-exchange', longString('')],
      ['x-dead-letter-routing-key', longString('dead')],
    ],
  })
  await declare(access, 'dead')
  for (const body of ['a', 'b', 'c']) access.publish(message(access, 'short', body))
  await turns()
  clock.advance(2000)
  await turns()
  assert.deepEqual(counted(queue.counters), { publish: 3, maxlen: 1, expired: 2 })
  assert.deepEqual(counted(broker.virtualHost('/')?.queue('dead')?.counters), { publish: 3 })
})

test('what comes and goes is counted, declarations of what is there too', async () => {
  const { access, broker } = await openCore()
  const { churn } = broker.statistics
  access.openChannel()
  access.openChannel()
  access.closeChannel()
  await declare(access, 'q')
  await declare(access, 'q')
  access.checkQueue('q')
  await access.deleteQueue('q', { ifUnused: false, ifEmpty: false })
  await access.deleteQueue('q', { ifUnused: false, ifEmpty: false })
  access.close()
  assert.deepEqual(
    { ...churn },
    {
      connectionsCreated: 1,
      connectionsClosed: 1,
      channelsCreated: 2,
      channelsClosed: 2,
      queuesDeclared: 2,
      queuesCreated: 1,
      queuesDeleted: 1,
    },
  )
})
