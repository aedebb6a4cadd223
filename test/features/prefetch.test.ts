import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { fill, Inbox, publish } from '../support/inbox.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index))

/** Waits until exactly `count` messages are left in the queue. */
function left(channel: Channel, queue: string, count: number): Promise<unknown> {
  return eventually(
    async () => (await channel.checkQueue(queue)).messageCount,
    (ready) => ready === count,
    `${count} messages to be left`,
  )
}

test('a consumer is handed no more than its prefetch, and one more for each it settles', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, numbers(10))
  await channel.prefetch(3)
  const inbox = await Inbox.open(channel, queue)
  const [first] = await inbox.take(3)
  await left(channel, queue, 7)
  assert.equal(inbox.messages.length, 3)
  channel.ack(first!)
  await inbox.next()
  await left(channel, queue, 6)
  assert.equal(inbox.messages.length, 4)
})

test('the prefetch applies to consumers that come after it, each on its own', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const before = await session.queue(channel)
  const after = await session.queue(channel)
  const early = await Inbox.open(channel, before)
  await channel.prefetch(1)
  const late = await Inbox.open(channel, after)
  const later = await Inbox.open(channel, after)
  await fill(channel, before, numbers(5))
  await fill(channel, after, numbers(5))
  await early.take(5)
  await late.next()
  await later.next()
  await left(channel, after, 3)
})

test('a prefetch of zero is no limit', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await channel.prefetch(1)
  await channel.prefetch(0)
  const inbox = await Inbox.open(channel, queue)
  await fill(channel, queue, numbers(100))
  await inbox.take(100)
})

test('a global prefetch is shared by the consumers of a channel', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await channel.prefetch(4, true)
  const inboxes = [await Inbox.open(channel, queue), await Inbox.open(channel, queue)]
  await fill(channel, queue, numbers(10))
  await left(channel, queue, 6)
  assert.equal(inboxes[0]!.messages.length + inboxes[1]!.messages.length, 4)
  channel.ackAll()
  await left(channel, queue, 2)
})

test('a global prefetch and one per consumer hold both', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await channel.prefetch(3)
  await channel.prefetch(5, true)
  await Inbox.open(channel, queue)
  await fill(channel, queue, numbers(10))
  await left(channel, queue, 7)
  await Inbox.open(channel, queue)
  await left(channel, queue, 5)
})

test('raising the global prefetch lets waiting messages flow', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await channel.prefetch(1, true)
  await Inbox.open(channel, queue)
  await fill(channel, queue, numbers(10))
  await left(channel, queue, 9)
  await channel.prefetch(6, true)
  await left(channel, queue, 4)
})

test('automatic acknowledgement ignores the prefetch', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await channel.prefetch(1)
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  await fill(channel, queue, numbers(20))
  await inbox.take(20)
})

test('polling is not limited by the prefetch', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, numbers(3))
  await channel.prefetch(1)
  for (let count = 0; count < 3; count++) assert.ok(await channel.get(queue))
})

test('a consumer at its limit leaves the messages to the others', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const slowChannel = await session.channel()
  await slowChannel.prefetch(1)
  const slow = await Inbox.open(slowChannel, queue)
  const quick = await Inbox.open(await session.channel(), queue, { noAck: true })
  for (const body of numbers(10)) await publish(publisher, { key: queue, body })
  await quick.take(9)
  assert.equal(slow.messages.length, 1)
})

test('a cancelled consumer gives its share of the global prefetch back when it settles', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await channel.prefetch(2, true)
  const first = await Inbox.open(channel, queue)
  await fill(channel, queue, numbers(6))
  await first.take(2)
  await channel.cancel(await first.tag)
  await Inbox.open(channel, queue)
  await left(channel, queue, 4)
  channel.ackAll()
  await left(channel, queue, 2)
})

test('a nack with requeue frees the prefetch too', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['again'])
  await channel.prefetch(1)
  const inbox = await Inbox.open(channel, queue)
  channel.nack(await inbox.next())
  const again = await inbox.next()
  assert.equal(again.fields.redelivered, true)
})
