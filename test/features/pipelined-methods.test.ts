import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { fill, Inbox, textOf } from '../support/inbox.ts'

/** Methods that a client sends without waiting for answers, so that a broker may read them at once. */
const broker = withBroker()

function send(channel: Channel, queue: string, bodies: readonly string[]): void {
  for (const body of bodies) channel.publish('', queue, Buffer.from(body))
}

test('a poll sees a full queue after it dropped its oldest messages', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 2 })
  send(channel, queue, ['a', 'b', 'c', 'd'])
  const polled = await Promise.all([channel.get(queue), channel.get(queue), channel.get(queue)])
  assert.deepEqual(
    polled.map((message) => message && textOf(message)),
    ['c', 'd', false],
  )
})

test('a queue of length zero keeps nothing for a poll', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 0 })
  send(channel, queue, ['gone'])
  assert.equal(await channel.get(queue), false)
})

test('a consumer does not get what a full queue dropped before it came', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 1 })
  send(channel, queue, ['a', 'b'])
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  send(channel, queue, ['c'])
  assert.deepEqual(await inbox.texts(2), ['b', 'c'])
})

test('what was published before a consumer is cancelled is that consumer’s', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  const high = await Inbox.open(channel, queue, { noAck: true, priority: 1, consumerTag: 'high' })
  const low = await Inbox.open(channel, queue, { noAck: true })
  send(channel, queue, ['a', 'b'])
  const cancelled = channel.cancel('high')
  send(channel, queue, ['c'])
  await cancelled
  assert.deepEqual(await high.texts(2), ['a', 'b'])
  assert.deepEqual(await low.texts(1), ['c'])
})

test('what was published before a purge or a deletion is its consumers’', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  send(channel, queue, ['a'])
  const purged = channel.purgeQueue(queue)
  send(channel, queue, ['b'])
  const deleted = channel.deleteQueue(queue)
  assert.deepEqual(await inbox.texts(2), ['a', 'b'])
  assert.deepEqual([await purged, await deleted], [{ messageCount: 0 }, { messageCount: 0 }])
})

test('a prefetch shared by the consumers of a channel serves their queues in turns', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queues = [await session.queue(channel), await session.queue(channel), await session.queue(channel)]
  for (const queue of queues) await fill(channel, queue, Array.from({ length: 20 }, String))
  await channel.prefetch(1, true)
  const served: string[] = []
  const { promise: twenty, resolve } = Promise.withResolvers<void>()
  for (const queue of queues) {
    await channel.consume(queue, (message) => {
      served.push(queue)
      if (served.length === 20) resolve()
      else if (served.length < 20) channel.ack(message!)
    })
  }
  await twenty
  assert.deepEqual(new Set(served), new Set(queues))
})

test('a prefetch of the channel that is used up holds back consumers that do not acknowledge, too', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  await channel.prefetch(1, true)
  const held = await session.queue(channel)
  const first = await Inbox.open(channel, held)
  await fill(channel, held, ['held'])
  const message = await first.next()
  const queue = await session.queue(channel)
  const second = await Inbox.open(channel, queue, { noAck: true })
  await fill(channel, queue, ['waits'])
  assert.equal((await channel.checkQueue(queue)).messageCount, 1)
  channel.ack(message)
  assert.deepEqual(await second.texts(1), ['waits'])
})
