import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { fill, textOf } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'

const broker = withBroker()

test('a poll takes the oldest message and tells how many are left', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['a', 'b', 'c'])
  const message = await channel.get(queue)
  assert.ok(message)
  assert.deepEqual(
    { ...message.fields },
    { deliveryTag: 1, redelivered: false, exchange: '', routingKey: queue, messageCount: 2 },
  )
  assert.equal(textOf(message), 'a')
})

test('a poll of an empty queue says so', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  assert.equal(await channel.get(await session.queue(channel)), false)
})

test('a polled message that is not acknowledged comes back when its channel closes', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['once more'])
  const polling = await session.channel()
  assert.ok(await polling.get(queue))
  await polling.close()
  const back = await channel.get(queue)
  assert.ok(back)
  assert.deepEqual([textOf(back), back.fields.redelivered], ['once more', true])
})

test('a message polled with no-ack is gone', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['gone'])
  const polling = await session.channel()
  const message = await polling.get(queue, { noAck: true })
  assert.ok(message)
  await polling.close()
  assert.equal(await channel.get(queue), false)
})

test('polling a missing queue is refused with 404', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('missing')
  const closure = await refusal(channel.get(queue))
  assert.deepEqual([closure.code, closure.text], [404, `NOT_FOUND - no queue '${queue}' in vhost '/'`])
})
