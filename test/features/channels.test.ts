import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { contentHeader, method } from '../support/wire-client.ts'

const broker = withBroker()

test('a channel number can be used again right after the channel was closed', async (t) => {
  const client = await broker.wireChannel(t)
  for (let round = 0; round < 3; round++) {
    await client.call(1, 'channel.close', { code: 200, text: 'done' })
    await client.call(1, 'channel.open')
  }
})

test('a channel number can be used again right after an error closed the channel', async (t) => {
  const client = await broker.wireChannel(t)
  client.send(1, 'queue.declare', { queue: 'not-there', passive: true })
  const close = await client.expect('channel.close')
  assert.deepEqual(close.fields, {
    code: 404,
    text: `NOT_FOUND - no queue 'not-there' in vhost '${broker.login.vhost}'`,
    classId: 50,
    methodId: 10,
  })
  client.write(method(1, 'channel.close-ok'), method(1, 'channel.open'))
  await client.expect('channel.open-ok')
  await client.call(1, 'queue.declare', { exclusive: true })
})

test('a closed channel ignores everything until close-ok', async (t) => {
  const client = await broker.wireChannel(t)
  client.write(
    method(1, 'queue.declare', { queue: 'not-there', passive: true }),
    method(1, 'queue.declare', { exclusive: true }),
    method(1, 'basic.publish', { exchange: 'not-there-either' }),
    contentHeader(1, 0),
    method(1, 'basic.ack', { deliveryTag: 99n }),
  )
  await client.expect('channel.close')
  client.write(method(1, 'channel.close-ok'), method(1, 'channel.open'))
  await client.expect('channel.open-ok')
})

test('an error on one channel leaves the others of its connection alone', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  client.send(1, 'basic.get', { queue: 'not-there' })
  await client.expect('channel.close')
  const declared = await client.call(2, 'queue.declare', { exclusive: true })
  assert.equal(declared.channel, 2)
})

test('a server that was asked to close a channel answers a crossing close as well', async (t) => {
  const client = await broker.wireChannel(t)
  client.write(method(1, 'basic.get', { queue: 'not-there' }), method(1, 'channel.close', { code: 200 }))
  await client.expect('channel.close')
  await client.expect('channel.close-ok')
  client.write(method(1, 'channel.close-ok'), method(2, 'channel.open'))
  await client.expect('channel.open-ok')
})

test('every channel the negotiated limit allows can be open at once, and one more is refused', async (t) => {
  const client = await broker.wire(t, { tune: { channelMax: 50 } })
  const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
  for (const channel of numbers) client.send(channel, 'channel.open')
  // RabbitMQ answers for each channel when it is ready, in no particular order.
  const opened = new Set<number>()
  for (const _ of numbers) opened.add((await client.expect('channel.open-ok')).channel)
  assert.deepEqual(opened, new Set(numbers))
  client.send(51, 'channel.open')
  const close = await client.expect('connection.close')
  assert.equal(close.fields.code, 530)
  assert.equal(
    close.fields.text,
    'NOT_ALLOWED - number of channels opened (50) has reached the negotiated channel_max (50)',
  )
})

test('two thousand channels work side by side on one connection', async (t) => {
  const client = await broker.wire(t)
  const numbers = Array.from({ length: 2000 }, (_, index) => index + 1)
  client.write(...numbers.map((channel) => method(channel, 'channel.open')))
  for (const _ of numbers) await client.expect('channel.open-ok')
  client.write(...numbers.map((channel) => method(channel, 'basic.qos', { prefetchCount: 1 })))
  for (const _ of numbers) await client.expect('basic.qos-ok')
})

test('channel.flow that lets the client go on is answered', async (t) => {
  const client = await broker.wireChannel(t)
  const answer = await client.call(1, 'channel.flow', { active: true })
  assert.equal(answer.fields.active, true)
})

test('the legacy access.request is answered with a ticket', async (t) => {
  const client = await broker.wireChannel(t)
  const answer = await client.call(1, 'access.request', { realm: '/data', active: true })
  assert.equal(answer.fields.ticket, 1)
})

test('closing the connection is answered', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(0, 'connection.close', { code: 200, text: 'goodbye' })
})
