import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsumeMessage, GetMessage } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { fill, Inbox, publish, textOf } from '../support/inbox.ts'
import { refusal, type Session } from '../support/session.ts'
import { differs, since4 } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()
const quorum = { 'x-queue-type': 'quorum' }

/** A quorum queue with `texts` in it. */
async function queueOf(session: Session, texts: readonly string[], arguments_: Record<string, unknown> = {}) {
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { durable: true, arguments: { ...quorum, ...arguments_ } })
  await fill(publisher, queue, texts)
  return { publisher, queue }
}

/** Text, whether it is a redelivery, and the counts in its headers. */
function seen({ content, fields, properties }: ConsumeMessage | GetMessage) {
  const { 'x-delivery-count': failed, 'x-acquired-count': acquired } = properties.headers ?? {}
  return [content.toString(), fields.redelivered, failed, acquired]
}

test('messages come in order, are acknowledged and gone', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue } = await queueOf(session, ['a', 'b', 'c'])
  const channel = await session.channel()
  const inbox = await Inbox.open(channel, queue)
  assert.deepEqual(await inbox.texts(3), ['a', 'b', 'c'])
  channel.ackAll()
  await channel.close()
  await eventually(
    () => publisher.checkQueue(queue),
    (counts) => counts.messageCount === 0 && counts.consumerCount === 0,
    'the queue to be empty',
  )
})

test(
  'a rejected message comes back before the others, counted in its headers',
  since4('delivery counts'),
  async (t) => {
    const session = await broker.open(t)
    const { queue } = await queueOf(session, ['a', 'b'])
    const channel = await session.channel()
    await channel.prefetch(1)
    const inbox = await Inbox.open(channel, queue)
    const messages: unknown[] = []
    for (let round = 0; round < 3; round++) {
      const message = await inbox.next()
      messages.push(seen(message))
      if (round < 2) channel.reject(message, true)
      else channel.ack(message)
    }
    messages.push(seen(await inbox.next()))
    assert.deepEqual(messages, [
      ['a', false, undefined, undefined],
      ['a', true, 1, 1],
      ['a', true, 2, 2],
      ['b', false, undefined, undefined],
    ])
  },
)

test(
  'a nack says nothing against the message: only the acquisition is counted',
  since4('delivery counts'),
  async (t) => {
    const session = await broker.open(t)
    const { queue } = await queueOf(session, ['a'], { 'x-delivery-limit': 1 })
    const channel = await session.channel()
    const inbox = await Inbox.open(channel, queue)
    for (let round = 0; round < 3; round++) channel.nack(await inbox.next())
    assert.deepEqual(seen(await inbox.next()), ['a', true, 0, 3])
  },
)

test('a client that goes away with a message has failed', since4('delivery counts'), async (t) => {
  const session = await broker.open(t)
  const { queue } = await queueOf(session, ['a'])
  const other = await broker.open(t)
  await (await Inbox.open(await other.channel(), queue)).next()
  other.breakOff()
  const inbox = await Inbox.open(await session.channel(), queue)
  assert.deepEqual(seen(await inbox.next()), ['a', true, 1, 1])
})

test('headers that a client put there are kept beside the counts', since4('delivery counts'), async (t) => {
  const session = await broker.open(t)
  const { publisher, queue } = await queueOf(session, [])
  const headers = { mine: 'yes', 'x-delivery-count': 77 }
  await publish(publisher, { key: queue, body: 'a', options: { headers, messageId: 'm' } })
  const channel = await session.channel()
  const inbox = await Inbox.open(channel, queue)
  const first = await inbox.next()
  assert.deepEqual(first.properties.headers, headers)
  channel.reject(first, true)
  const again = await inbox.next()
  assert.deepEqual(again.properties.headers, { mine: 'yes', 'x-delivery-count': 1, 'x-acquired-count': 1 })
  assert.equal(again.properties.messageId, 'm')
})

test('a message that failed more often than the limit allows is gone', async (t) => {
  const session = await broker.open(t)
  const { queue } = await queueOf(session, ['bad', 'good'], { 'x-delivery-limit': 2 })
  const channel = await session.channel()
  await channel.prefetch(1)
  const inbox = await Inbox.open(channel, queue)
  for (let round = 0; round < 3; round++) {
    const message = await inbox.next()
    assert.equal(textOf(message), 'bad')
    channel.reject(message, true)
  }
  assert.deepEqual(await inbox.texts(1), ['good'])
})

test('unless told otherwise the limit is twenty', since4('delivery limit'), async (t) => {
  const session = await broker.open(t)
  const { queue } = await queueOf(session, ['bad', 'good'])
  const channel = await session.channel()
  await channel.prefetch(1)
  const inbox = await Inbox.open(channel, queue)
  let attempts = 0
  for (let message = await inbox.next(); textOf(message) === 'bad'; message = await inbox.next()) {
    attempts++
    channel.reject(message, true)
  }
  assert.equal(attempts, 21)
})

test('without a limit what comes back goes behind everything else', async (t) => {
  const session = await broker.open(t)
  const unlimited = differs('delivery limit', { lapine: { 'x-delivery-limit': -1 }, rabbitmq3: {} })
  const { queue } = await queueOf(session, ['a', 'b', 'c'], unlimited)
  const channel = await session.channel()
  await channel.prefetch(1)
  const inbox = await Inbox.open(channel, queue)
  channel.reject(await inbox.next(), true)
  const texts: string[] = []
  for (let count = 0; count < 3; count++) {
    const message = await inbox.next()
    texts.push(`${textOf(message)}${message.fields.redelivered ? ' again' : ''}`)
    channel.ack(message)
  }
  assert.deepEqual(texts, ['b', 'c', 'a again'])
})

test('higher priorities are served first', since4('priorities of quorum queues'), async (t) => {
  const session = await broker.open(t)
  const { publisher, queue } = await queueOf(session, [])
  for (const priority of [0, 4, 5, undefined, 31, 200, 9]) {
    const options = priority === undefined ? {} : { priority }
    await publish(publisher, { key: queue, body: String(priority ?? 'none'), options })
  }
  const inbox = await Inbox.open(await session.channel(), queue)
  assert.deepEqual(await inbox.texts(7), ['31', '200', '9', '5', '4', 'none', '0'])
})

test('a poll takes one message at a time and tells how many are left', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue } = await queueOf(session, ['a', 'b'])
  const message = await publisher.get(queue)
  assert.ok(message !== false)
  assert.deepEqual([textOf(message), message.fields.messageCount], ['a', 1])
  publisher.ack(message)
  assert.equal((await publisher.purgeQueue(queue)).messageCount, 1)
  assert.equal(await publisher.get(queue), false)
})

test('a queue with a single active consumer answers no polls', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue } = await queueOf(session, ['a'], { 'x-single-active-consumer': true })
  const closure = await refusal(publisher.get(queue))
  const text = `cannot obtain access to locked queue '${queue}' in vhost '/'. basic.get operations are not supported by quorum queues with single active consumer`
  assert.deepEqual([closure.code, closure.text], [405, `RESOURCE_LOCKED - ${text}`])
})

test('a prefetch for the whole channel is not supported', async (t) => {
  const session = await broker.open(t)
  const { queue } = await queueOf(session, [])
  const channel = await session.channel()
  await channel.prefetch(5, true)
  channel.consume(queue, () => {}).catch(() => {})
  const closure = await session.closed
  const text = `NOT_IMPLEMENTED - queue '${queue}' in vhost '/' does not support global qos`
  assert.deepEqual([closure.code, closure.text], [540, text])
})

test('nobody has a quorum queue for itself', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue } = await queueOf(session, [])
  await Inbox.open(await session.channel(), queue, { exclusive: true })
  await Inbox.open(await session.channel(), queue)
  await eventually(
    () => publisher.checkQueue(queue),
    (counts) => counts.consumerCount === 2,
    'both consumers',
  )
})

test(
  'an active consumer makes way for one of higher priority when it holds nothing',
  since4('single active consumer by priority'),
  async (t) => {
    const session = await broker.open(t)
    const { publisher, queue } = await queueOf(session, ['a', 'b'], { 'x-single-active-consumer': true })
    const lowChannel = await session.channel()
    await lowChannel.prefetch(1)
    const low = await Inbox.open(lowChannel, queue, { priority: 1 })
    const held = await low.next()
    const high = await Inbox.open(await session.channel(), queue, { priority: 2 })
    lowChannel.ack(held)
    assert.deepEqual(await high.texts(1), ['b'])
    await fill(publisher, queue, ['c'])
    assert.deepEqual(await high.texts(1), ['c'])
    assert.equal(low.messages.length, 1)
  },
)
