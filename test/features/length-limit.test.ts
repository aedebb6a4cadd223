import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { drain, fill, publish } from '../support/inbox.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

test('a full queue drops its oldest messages', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 3 })
  for (const body of ['a', 'b', 'c', 'd', 'e']) await publish(channel, { key: queue, body })
  assert.deepEqual(await drain(channel, queue), ['c', 'd', 'e'])
})

test('messages with consumers do not count against the limit', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 2 })
  await fill(channel, queue, ['held'])
  const held = await channel.get(queue)
  assert.ok(held)
  for (const body of ['a', 'b']) await publish(channel, { key: queue, body })
  assert.equal((await channel.checkQueue(queue)).messageCount, 2)
  channel.nack(held)
  await eventually(
    () => channel.checkQueue(queue),
    (counts) => counts.messageCount === 2,
    'two messages to stay',
  )
})

test('a limit in bytes counts bodies', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, arguments: { 'x-max-length-bytes': 100 } })
  for (const letter of ['a', 'b', 'c']) await publish(channel, { key: queue, body: letter.repeat(40) })
  assert.deepEqual(
    (await drain(channel, queue)).map((text) => text[0]),
    ['b', 'c'],
  )
})

test('a message larger than the limit in bytes pushes out everything, itself too', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, arguments: { 'x-max-length-bytes': 10 } })
  await publish(channel, { key: queue, body: 'small' })
  await publish(channel, { key: queue, body: 'far too large' })
  assert.deepEqual(await drain(channel, queue), [])
})

test('of a limit in messages and one in bytes the tighter counts', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, {
    exclusive: true,
    maxLength: 2,
    arguments: { 'x-max-length-bytes': 1000 },
  })
  for (const body of ['a', 'b', 'c']) await publish(channel, { key: queue, body })
  assert.deepEqual(await drain(channel, queue), ['b', 'c'])
})

test('a queue that rejects publishes keeps what it has and refuses the new one', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 2, overflow: 'reject-publish' })
  await fill(channel, queue, ['a', 'b'])
  await assert.rejects(publish(channel, { key: queue, body: 'c' }), /nacked/)
  assert.deepEqual(await drain(channel, queue), ['a', 'b'])
  await publish(channel, { key: queue, body: 'd' })
  assert.deepEqual(await drain(channel, queue), ['d'])
})

test('a publish that one of two queues rejects is refused, and stays in the other', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const full = await session.queue(channel, { exclusive: true, maxLength: 0, overflow: 'reject-publish' })
  const open = await session.queue(channel)
  const fanout = await session.exchange(channel, 'fanout')
  await channel.bindQueue(full, fanout, '')
  await channel.bindQueue(open, fanout, '')
  await assert.rejects(publish(channel, { exchange: fanout, key: '', body: 'half' }), /nacked/)
  await eventually(
    () => channel.checkQueue(open),
    (counts) => counts.messageCount === 1,
    'the message in the other queue',
  )
})

test('without confirms a rejected publish is dropped in silence', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 0, overflow: 'reject-publish' })
  channel.sendToQueue(queue, Buffer.from('lost'))
  assert.equal((await channel.checkQueue(queue)).messageCount, 0)
})

test('reject-publish-dlx dead-letters what it refuses', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const graveyard = await session.queue(channel)
  const queue = await session.queue(channel, {
    exclusive: true,
    maxLength: 1,
    overflow: 'reject-publish-dlx',
    deadLetterExchange: '',
    deadLetterRoutingKey: graveyard,
  })
  await fill(channel, queue, ['kept'])
  await assert.rejects(publish(channel, { key: queue, body: 'refused' }), /nacked/)
  const dead = await eventually(
    () => channel.get(graveyard, { noAck: true }),
    (got) => got !== false,
    'a dead letter',
  )
  assert.ok(dead)
  assert.equal(dead.content.toString(), 'refused')
  assert.equal(dead.properties.headers?.['x-death']?.[0]?.reason, 'maxlen')
  assert.deepEqual(await drain(channel, queue), ['kept'])
})

test('a queue of length zero hands messages to waiting consumers only', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, maxLength: 0 })
  await publish(channel, { key: queue, body: 'dropped' })
  assert.equal((await channel.checkQueue(queue)).messageCount, 0)
})
