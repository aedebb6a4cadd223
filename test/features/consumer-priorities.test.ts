import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { fill, Inbox, publish, textOf } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

test('a consumer of higher priority is served first while it can take more', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const low = await Inbox.open(await session.channel(), queue)
  const highChannel = await session.channel()
  await highChannel.prefetch(3)
  const high = await Inbox.open(highChannel, queue, { priority: 10 })
  for (const body of ['1', '2', '3', '4', '5']) await publish(publisher, { key: queue, body })
  assert.deepEqual(await high.texts(3), ['1', '2', '3'])
  assert.deepEqual(await low.texts(2), ['4', '5'])
  highChannel.ackAll()
  await publish(publisher, { key: queue, body: '6' })
  assert.deepEqual(await high.texts(1), ['6'])
})

test('consumers of equal priority take turns', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const idle = await Inbox.open(await session.channel(), queue, { noAck: true, priority: -1 })
  const first = await Inbox.open(await session.channel(), queue, { noAck: true, priority: 5 })
  const second = await Inbox.open(await session.channel(), queue, { noAck: true, priority: 5 })
  for (const body of ['1', '2', '3', '4']) await publish(publisher, { key: queue, body })
  await first.take(2)
  await second.take(2)
  assert.equal(idle.messages.length, 0)
})

test('a priority that is no integer is refused', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  const attempt = channel.consume(queue, () => {}, { arguments: { 'x-priority': 'high' } })
  const closure = await refusal(attempt)
  const text = `invalid arg 'x-priority' for queue '${queue}' in vhost '/': "expected integer, got longstr"`
  assert.deepEqual([closure.code, closure.text], [406, `PRECONDITION_FAILED - ${text}`])
})

test('only one consumer of a single-active-consumer queue is served, the next takes over when it goes', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { exclusive: true, arguments: { 'x-single-active-consumer': true } })
  const channels = [await session.channel(), await session.channel(), await session.channel()]
  const inboxes: Inbox[] = []
  for (const channel of channels) inboxes.push(await Inbox.open(channel, queue))
  await fill(publisher, queue, ['a', 'b'])
  assert.deepEqual(await inboxes[0]!.texts(2), ['a', 'b'])
  assert.equal((await publisher.checkQueue(queue)).messageCount, 0)
  assert.deepEqual(
    inboxes.slice(1).map((inbox) => inbox.messages.length),
    [0, 0],
  )
  await channels[0]!.close()
  const back = await inboxes[1]!.take(2)
  assert.deepEqual(
    back.map((message) => [textOf(message), message.fields.redelivered]),
    [
      ['a', true],
      ['b', true],
    ],
  )
  assert.equal(inboxes[2]!.messages.length, 0)
})

test('a cancelled active consumer hands over, keeping what it holds', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { exclusive: true, arguments: { 'x-single-active-consumer': true } })
  const active = await session.channel()
  const first = await Inbox.open(active, queue)
  const second = await Inbox.open(await session.channel(), queue)
  await fill(publisher, queue, ['held'])
  const held = await first.next()
  await active.cancel(await first.tag)
  await fill(publisher, queue, ['next'])
  assert.deepEqual(await second.texts(1), ['next'])
  active.ack(held)
  await eventually(
    () => publisher.checkQueue(queue),
    (counts) => counts.messageCount === 0 && counts.consumerCount === 1,
    'one consumer and nothing ready',
  )
})

test('an exclusive consumer is refused on a single-active-consumer queue', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { exclusive: true, arguments: { 'x-single-active-consumer': true } })
  const closure = await refusal(channel.consume(queue, () => {}, { exclusive: true }))
  assert.deepEqual(
    [closure.code, closure.text],
    [403, `ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`],
  )
})
