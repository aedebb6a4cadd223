import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel, ConfirmChannel } from 'amqplib'
import { withVirtualBroker } from '../support/broker.ts'
import { fill, Inbox, publish, textOf } from '../support/inbox.ts'
import type { Session } from '../support/session.ts'
import { only, since4 } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withVirtualBroker()
const quorum = { 'x-queue-type': 'quorum' }
/** RabbitMQ tries again after three minutes. */
const retries = only({ lapine: 'it waits for a dead letter to be published again' })

/** A queue for dead letters, and a quorum queue whose dead letters go there. */
async function grave(session: Session, arguments_: Record<string, unknown> = {}) {
  const channel = await session.confirmChannel()
  const letters = await session.queue(channel, { exclusive: true }, 'letters')
  const queue = await session.queue(channel, {
    durable: true,
    deadLetterExchange: '',
    deadLetterRoutingKey: letters,
    arguments: { ...quorum, ...arguments_ },
  })
  return { channel, letters, queue }
}

/** Rejects `count` deliveries, with or without requeueing them. */
async function reject(session: Session, queue: string, count: number, requeue: boolean): Promise<void> {
  const channel = await session.channel()
  await channel.prefetch(1)
  const inbox = await Inbox.open(channel, queue)
  for (let left = count; left > 0; left--) channel.reject(await inbox.next(), requeue)
  await channel.close()
}

async function countOf(channel: Channel | ConfirmChannel, queue: string): Promise<number> {
  return (await channel.checkQueue(queue)).messageCount
}

async function becomes(channel: Channel, queue: string, count: number): Promise<void> {
  await eventually(
    () => countOf(channel, queue),
    (found) => found === count,
    `${count} messages in ${queue}`,
  )
}

for (const strategy of ['at-most-once', 'at-least-once']) {
  const arguments_ = { 'x-dead-letter-strategy': strategy, 'x-overflow': 'reject-publish', 'x-delivery-limit': 1 }

  test(`${strategy}: a message that failed too often is dead-lettered for that`, async (t) => {
    const session = await broker.open(t)
    const { channel, letters, queue } = await grave(session, arguments_)
    await fill(channel, queue, ['bad'])
    await reject(session, queue, 2, true)
    const letter = await (await Inbox.open(channel, letters)).next()
    const [death] = letter.properties.headers?.['x-death'] ?? []
    assert.equal(textOf(letter), 'bad')
    assert.deepEqual([death?.reason, death?.queue, death?.count], ['delivery_limit', queue, 1])
    assert.equal(letter.properties.headers?.['x-first-death-reason'], 'delivery_limit')
    assert.equal(await countOf(channel, queue), 0)
  })

  test(`${strategy}: rejected and expired messages are dead-lettered once each`, async (t) => {
    const session = await broker.open(t)
    const { channel, letters, queue } = await grave(session, arguments_)
    await fill(channel, queue, ['rejected'])
    await reject(session, queue, 1, false)
    await publish(channel, { key: queue, body: 'expired', options: { expiration: '50' } })
    await broker.elapse(50)
    const inbox = await Inbox.open(channel, letters)
    const found = (await inbox.take(2)).map((letter) => [
      textOf(letter),
      letter.properties.headers?.['x-death']?.[0]?.reason,
      letter.properties.expiration,
    ])
    assert.deepEqual(found, [
      ['rejected', 'rejected', undefined],
      ['expired', 'expired', undefined],
    ])
    await becomes(channel, queue, 0)
  })
}

test('the dead letter tells how often its message was tried', since4('delivery counts'), async (t) => {
  const session = await broker.open(t)
  const { channel, letters, queue } = await grave(session)
  await fill(channel, queue, ['a'])
  await reject(session, queue, 2, true)
  await reject(session, queue, 1, false)
  const letter = await (await Inbox.open(channel, letters)).next()
  const { 'x-delivery-count': failed, 'x-acquired-count': acquired } = letter.properties.headers ?? {}
  assert.deepEqual([failed, acquired], [3, 3])
})

const atLeastOnce = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' }

test('at least once, a message waits for the exchange that its dead letter goes to', retries, async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = session.name('exchange')
  const queue = await session.queue(channel, {
    durable: true,
    deadLetterExchange: exchange,
    arguments: { ...quorum, ...atLeastOnce, 'x-max-length': 2 },
  })
  await fill(channel, queue, ['a', 'b'])
  await reject(session, queue, 2, false)
  assert.equal(await countOf(channel, queue), 0)
  // What is dead counts until it has arrived.
  await assert.rejects(publish(channel, { key: queue, body: 'one too many' }))
  await channel.assertExchange(exchange, 'fanout', { durable: false })
  const letters = await session.queue(channel)
  await channel.bindQueue(letters, exchange, '')
  await broker.elapse(1000)
  await becomes(channel, letters, 2)
  assert.deepEqual(await (await Inbox.open(channel, letters)).texts(2), ['a', 'b'])
  await publish(channel, { key: queue, body: 'room again' })
})

test('at least once, a queue that refuses gets it later, and one that took it not twice', retries, async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'fanout')
  const [open, full] = [
    await session.queue(channel),
    await session.queue(channel, { exclusive: true, maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } }),
  ]
  for (const letters of [open, full]) await channel.bindQueue(letters, exchange, '')
  await fill(channel, full, ['in the way'])
  const options = { durable: true, deadLetterExchange: exchange, arguments: { ...quorum, ...atLeastOnce } }
  const queue = await session.queue(channel, options)
  await fill(channel, queue, ['a'])
  await reject(session, queue, 1, false)
  await becomes(channel, open, 1)
  await broker.elapse(5000)
  assert.equal(await countOf(channel, open), 1)
  await channel.purgeQueue(full)
  await broker.elapse(1000)
  assert.deepEqual(await (await Inbox.open(channel, full)).texts(1), ['a'])
  assert.equal(await countOf(channel, open), 1)
})

test('a purge takes what waits for its dead letter too', retries, async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = session.name('exchange')
  const options = { durable: true, deadLetterExchange: exchange, arguments: { ...quorum, ...atLeastOnce } }
  const queue = await session.queue(channel, options)
  await fill(channel, queue, ['dead', 'alive'])
  await reject(session, queue, 1, false)
  assert.equal((await channel.purgeQueue(queue)).messageCount, 1)
  await channel.assertExchange(exchange, 'fanout', { durable: false })
  const letters = await session.queue(channel)
  await channel.bindQueue(letters, exchange, '')
  await broker.elapse(5000)
  assert.equal(await countOf(channel, letters), 0)
})

test('a returned message is held back for longer each time it failed', since4('delayed retry'), async (t) => {
  const session = await broker.open(t)
  const retry = { 'x-delayed-retry-type': 'failed', 'x-delayed-retry-min': 100, 'x-delayed-retry-max': 150 }
  const { channel, queue } = await grave(session, retry)
  await fill(channel, queue, ['a'])
  const inbox = await Inbox.open(channel, queue)
  for (const delay of [100, 150, 150]) {
    channel.reject(await inbox.next(), true)
    await channel.checkQueue(queue)
    const before = inbox.messages.length
    await broker.elapse(delay - 1)
    await channel.checkQueue(queue)
    assert.equal(inbox.messages.length, before, 'it came too early')
    await broker.elapse(1)
  }
  channel.nack(await inbox.next())
  assert.equal(textOf(await inbox.next()), 'a')
})
