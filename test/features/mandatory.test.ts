import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Message } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { publish } from '../support/inbox.ts'

const broker = withBroker()

test('a mandatory message nobody takes comes back whole, with 312 NO_ROUTE', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = await session.exchange(channel, 'topic')
  const returned = once(channel, 'return') as Promise<[Message]>
  channel.publish(exchange, 'nobody.here', Buffer.from('come back'), {
    mandatory: true,
    contentType: 'text/plain',
    headers: { trace: 'abc' },
    messageId: 'm-1',
  })
  const [message] = await returned
  assert.deepEqual(
    { ...message.fields },
    { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey: 'nobody.here' },
  )
  assert.equal(message.content.toString(), 'come back')
  assert.equal(message.properties.contentType, 'text/plain')
  assert.equal(message.properties.messageId, 'm-1')
  assert.deepEqual({ ...message.properties.headers }, { trace: 'abc' })
})

test('the return of a publish comes before its confirm', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(1, 'confirm.select')
  client.publish(1, { routingKey: 'nobody', mandatory: true }, 'back')
  const returned = await client.expect('basic.return')
  assert.deepEqual(returned.fields, { code: 312, text: 'NO_ROUTE', exchange: '', routingKey: 'nobody' })
  assert.equal((await client.next()).type, 2)
  assert.equal((await client.next()).payload.toString(), 'back')
  const ack = await client.expect('basic.ack')
  assert.equal(ack.fields.deliveryTag, 1n)
})

test('a mandatory message that somebody takes does not come back', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  await client.call(1, 'confirm.select')
  client.publish(1, { routingKey: declared.fields.queue as string, mandatory: true }, 'kept')
  await client.expect('basic.ack')
})

test('an unroutable message that is not mandatory is confirmed and dropped', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  channel.on('return', () => assert.fail('it was not mandatory'))
  await publish(channel, { key: session.name('nobody'), body: 'dropped' })
})

test('a mandatory message of no bytes comes back with an empty body', async (t) => {
  const client = await broker.wireChannel(t)
  client.publish(1, { routingKey: 'nobody', mandatory: true })
  await client.expect('basic.return')
  const header = await client.next()
  assert.equal(header.type, 2)
  assert.equal(header.payload.readBigUInt64BE(4), 0n)
  await client.call(1, 'channel.close', { code: 200 })
})
