import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longString } from '../../std/table.ts'
import { TestHead } from './head.fixture.ts'

const consume = {
  name: 'basic.consume',
  queue: 'q',
  consumerTag: 'c',
  noLocal: false,
  noAck: false,
  exclusive: false,
  noWait: false,
  arguments: [['x-priority', { tag: 'I', value: 3 }]],
} as const

test('a connection is shown with who it is and what was agreed on, once it is open', async () => {
  const head = new TestHead()
  head.connect()
  assert.deepEqual([...head.protocol.connections()], [])
  await head.open({ capabilities: ['basic.nack'], heartbeat: 30, frameMax: 8192, name: 'orders' })
  const [shown] = head.protocol.connections()
  assert.ok(shown)
  const { name, userProvidedName, protocol, user, vhost, authMechanism, state, peer } = shown
  assert.deepEqual(
    { name, userProvidedName, protocol, user, vhost, authMechanism, state, host: peer.remoteAddress },
    {
      name: '127.0.0.1:4000 -> 127.0.0.1:5672',
      userProvidedName: 'orders',
      protocol: 'AMQP 0-9-1',
      user: 'guest',
      vhost: '/',
      authMechanism: 'PLAIN',
      state: 'running',
      host: '127.0.0.1',
    },
  )
  assert.deepEqual([shown.frameMax, shown.channelMax, shown.heartbeatSeconds], [8192, 2047, 30])
  assert.equal(shown.connectedAt, head.fake.clock.now())
  assert.deepEqual(shown.clientProperties, [
    ['capabilities', { tag: 'F', value: [['basic.nack', { tag: 't', value: true }]] }],
    ['connection_name', longString('orders')],
  ])
  assert.ok(shown.bytesReceived > 100 && shown.bytesSent > 300 && shown.reads > 0 && shown.writes > 0)
  assert.equal(shown.bytesPending, 0)
})

test('a connection that publishes during an alarm is shown as blocked, others as blocking', async () => {
  const head = new TestHead()
  const client = await head.open({ capabilities: ['connection.blocked'] })
  head.fake.setAlarms('low on memory')
  const [shown] = head.protocol.connections()
  assert.equal(shown?.state, 'blocking')
  await client.publish(1)
  assert.equal(shown?.state, 'blocked')
  head.fake.setAlarms()
  assert.equal(shown?.state, 'running')
})

test('a channel counts what is published on it', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.publish(1)
  await client.call(1, { name: 'confirm.select', noWait: false })
  head.fake.answers = ['transient', 'refused', 'unroutable', 'unroutable', 'stored']
  for (const mandatory of [false, false, true, false, false]) await client.publish(1, { mandatory })
  const [connection] = head.protocol.connections()
  const [channel] = connection?.channels() ?? []
  assert.ok(channel)
  assert.equal(channel.confirm, true)
  assert.equal(channel.messagesUnconfirmed, 1)
  const { publish, confirm, returnUnroutable, dropUnroutable } = channel.counts
  assert.deepEqual([publish, confirm, returnUnroutable, dropUnroutable], [6, 3, 1, 1])
  // What is decided behind one that waits for the disk is confirmed out of order.
  head.fake.answers = ['transient']
  await client.publish(1)
  assert.equal(channel.messagesUnconfirmed, 1)
  assert.equal(channel.counts.confirm, 4)
  head.fake.makeDurable(head.fake.mark)
  await head.settle()
  assert.equal(channel.messagesUnconfirmed, 0)
  assert.equal(channel.counts.confirm, 5)
})

test('a channel counts what it is delivered, and shows its consumers', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(1, { name: 'basic.qos', prefetchSize: 0, prefetchCount: 5, global: false })
  await client.call(1, { name: 'basic.qos', prefetchSize: 0, prefetchCount: 50, global: true })
  await client.call(1, consume)
  head.fake.queue.deliver('one')
  head.fake.queue.deliver('two')
  await client.call(1, { name: 'basic.ack', deliveryTag: 1, multiple: false })
  await client.call(1, { name: 'basic.get', queue: 'q', noAck: true })
  await client.call(1, { name: 'basic.get', queue: 'q', noAck: false })
  const [connection] = head.protocol.connections()
  const [channel] = connection?.channels() ?? []
  assert.ok(channel)
  assert.deepEqual([channel.prefetchCount, channel.globalPrefetchCount, channel.messagesUnacknowledged], [5, 50, 2])
  const { deliver, deliverNoAck, get, getNoAck, getEmpty, redeliver, ack } = channel.counts
  assert.deepEqual([deliver, deliverNoAck, get, getNoAck, getEmpty, redeliver, ack], [2, 0, 1, 1, 0, 0, 1])
  assert.deepEqual(
    [...channel.consumers()],
    [
      {
        tag: 'c',
        queue: 'q',
        ackRequired: true,
        exclusive: false,
        prefetchCount: 5,
        arguments: consume.arguments,
        timeoutMilliseconds: undefined,
        unacknowledged: 1,
      },
    ],
  )
})

test('a transactional channel shows what waits for the commit', async () => {
  const head = new TestHead()
  const client = await head.open()
  await client.call(1, { name: 'tx.select' })
  await client.call(1, consume)
  head.fake.queue.deliver('one')
  await client.call(1, { name: 'basic.ack', deliveryTag: 1, multiple: false })
  await client.publish(1)
  const [connection] = head.protocol.connections()
  const [channel] = connection?.channels() ?? []
  assert.ok(channel?.transactional)
  assert.deepEqual([channel.messagesUncommitted, channel.acksUncommitted, channel.counts.ack], [1, 1, 0])
  await client.call(1, { name: 'tx.commit' })
  assert.deepEqual([channel.messagesUncommitted, channel.acksUncommitted, channel.counts.ack], [0, 0, 1])
})

test('an operator closes a connection, which is told why', async () => {
  const head = new TestHead()
  const client = await head.open()
  const [shown] = head.protocol.connections()
  shown?.close('Closed via management plugin')
  await head.settle()
  const [close] = client.taken()
  assert.ok(close?.name === 'connection.close')
  assert.deepEqual([close.replyCode, close.replyText], [320, 'CONNECTION_FORCED - Closed via management plugin'])
  assert.equal(shown?.state, 'closing')
  await client.call(0, { name: 'connection.close-ok' })
  assert.deepEqual([...head.protocol.connections()], [])
})
