import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { fill, Inbox, publish, textOf } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

test('a queue serves its consumers in turn', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const inboxes: Inbox[] = []
  for (let index = 0; index < 3; index++)
    inboxes.push(await Inbox.open(await session.channel(), queue, { noAck: true }))
  for (let number = 0; number < 9; number++) await publish(publisher, { key: queue, body: String(number) })
  assert.deepEqual(await inboxes[0]!.texts(3), ['0', '3', '6'])
  assert.deepEqual(await inboxes[1]!.texts(3), ['1', '4', '7'])
  assert.deepEqual(await inboxes[2]!.texts(3), ['2', '5', '8'])
})

test('a consumer gets what was in the queue before it came, in order', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const texts = Array.from({ length: 500 }, (_, index) => `message ${index}`)
  await fill(channel, queue, texts)
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  assert.deepEqual(await inbox.texts(500), texts)
})

test('a delivery tells consumer, exchange, key and its number on the channel', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, 'amq.direct', 'some.key')
  const inbox = await Inbox.open(channel, queue, { consumerTag: 'mine' })
  await publish(channel, { exchange: 'amq.direct', key: 'some.key', body: 'a' })
  await publish(channel, { exchange: 'amq.direct', key: 'some.key', body: 'b' })
  const fields = { consumerTag: 'mine', redelivered: false, exchange: 'amq.direct', routingKey: 'some.key' }
  assert.deepEqual({ ...(await inbox.next()).fields }, { ...fields, deliveryTag: 1 })
  assert.deepEqual({ ...(await inbox.next()).fields }, { ...fields, deliveryTag: 2 })
})

test('a consumer without a tag gets one from the broker', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const inbox = await Inbox.open(channel, await session.queue(channel))
  assert.match(await inbox.tag, /^amq\.ctag-[A-Za-z0-9_-]{22}$/)
})

test('a tag in use on a channel cannot be used again on it', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const consumer = { queue: declared.fields.queue as string, tag: 'taken' }
  await client.call(1, 'basic.consume', consumer)
  await client.call(2, 'basic.consume', consumer)
  client.send(1, 'basic.consume', consumer)
  const close = await client.expect('connection.close')
  assert.deepEqual(close.fields, {
    code: 530,
    text: "NOT_ALLOWED - attempt to reuse consumer tag 'taken'",
    classId: 60,
    methodId: 20,
  })
})

test('a cancelled consumer gets no more, and what it holds stays with it until settled', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const inbox = await Inbox.open(channel, queue)
  await publish(channel, { key: queue, body: 'held' })
  const held = await inbox.next()
  assert.deepEqual(await channel.cancel(await inbox.tag), { consumerTag: await inbox.tag })
  await publish(channel, { key: queue, body: 'later' })
  assert.equal((await channel.checkQueue(queue)).messageCount, 1)
  assert.equal(inbox.messages.length, 1)
  channel.nack(held)
  const first = await channel.get(queue, { noAck: true })
  assert.ok(first)
  assert.deepEqual([textOf(first), first.fields.redelivered], ['held', true])
})

test('cancelling an unknown tag is answered all the same', async (t) => {
  const client = await broker.wireChannel(t)
  const answer = await client.call(1, 'basic.cancel', { tag: 'never-was' })
  assert.equal(answer.fields.tag, 'never-was')
})

test('consuming from a missing queue is refused with 404', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('missing')
  assert.deepEqual(await refusal(channel.consume(queue, () => {})), {
    code: 404,
    text: `NOT_FOUND - no queue '${queue}' in vhost '/'`,
    classId: 60,
    methodId: 20,
  })
})

test('an exclusive consumer keeps others out, and may not come second', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  const text = `ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`
  const only = await Inbox.open(channel, queue, { exclusive: true })
  const second = await refusal((await session.channel()).consume(queue, () => {}))
  assert.deepEqual([second.code, second.text], [403, text])
  await channel.cancel(await only.tag)
  await Inbox.open(channel, queue)
  const late = await refusal((await session.channel()).consume(queue, () => {}, { exclusive: true }))
  assert.deepEqual([late.code, late.text], [403, text])
})

test('the broker cancels the consumers of a queue that is deleted', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  const inbox = await Inbox.open(channel, queue)
  await (await session.channel()).deleteQueue(queue)
  await inbox.cancelled()
})

test('who deletes a queue hears that it is gone before that its own consumers are', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(1, 'basic.consume', { queue, tag: 'own' })
  client.send(1, 'queue.delete', { queue })
  const seen = [await client.next(), await client.next()]
  assert.deepEqual(
    seen.map(({ name }) => name),
    ['queue.delete-ok', 'basic.cancel'],
  )
})

test('clients that do not know consumer_cancel_notify are not told of a cancellation', async (t) => {
  const client = await broker.wireChannel(t, { capabilities: {} })
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(1, 'basic.consume', { queue, tag: 'old' })
  await client.call(2, 'channel.open')
  await client.call(2, 'queue.delete', { queue })
  await client.call(1, 'basic.qos')
})

test('a server-sent cancel names the consumer and wants no answer', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(1, 'basic.consume', { queue, tag: 'told' })
  await client.call(2, 'channel.open')
  client.send(2, 'queue.delete', { queue })
  const seen = [await client.next(), await client.next()]
  const cancel = seen.find((frame) => frame.name === 'basic.cancel')
  assert.deepEqual(cancel?.fields, { tag: 'told', nowait: true })
  assert.equal(cancel?.channel, 1)
})

test('what a closed channel held goes back to the queue as redelivered', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  await fill(publisher, queue, ['a', 'b'])
  const consuming = await session.channel()
  const inbox = await Inbox.open(consuming, queue)
  await inbox.take(2)
  await consuming.close()
  const next = await Inbox.open(publisher, queue)
  const back = await next.take(2)
  assert.deepEqual(
    back.map((message) => [textOf(message), message.fields.redelivered]),
    [
      ['a', true],
      ['b', true],
    ],
  )
})

test('what a killed client held goes to the consumers that remain', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { autoDelete: false, durable: true })
  const doomed = await broker.open(t)
  const first = await Inbox.open(await doomed.channel(), queue)
  await publish(publisher, { key: queue, body: 'job' })
  assert.equal((await first.next()).fields.redelivered, false)
  const second = await Inbox.open(await session.channel(), queue)
  doomed.breakOff()
  const again = await second.next()
  assert.deepEqual([textOf(again), again.fields.redelivered], ['job', true])
})

test('automatic acknowledgement leaves nothing unsettled', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { durable: true })
  const reader = await broker.open(t)
  const inbox = await Inbox.open(await reader.channel(), queue, { noAck: true })
  await publish(publisher, { key: queue, body: 'gone for good' })
  await inbox.next()
  reader.breakOff()
  await eventually(
    () => publisher.checkQueue(queue),
    (counts) => counts.consumerCount === 0,
    'the consumer to go',
  )
  assert.equal((await publisher.checkQueue(queue)).messageCount, 0)
})

test('no-local is accepted and has no effect', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const inbox = await Inbox.open(channel, queue, { noLocal: true, noAck: true })
  await publish(channel, { key: queue, body: 'from myself' })
  assert.deepEqual(await inbox.texts(1), ['from myself'])
})

test('consume with nowait is served without an answer', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  client.send(1, 'basic.consume', { queue, tag: 'quiet', noAck: true, nowait: true })
  client.publish(1, { routingKey: queue }, 'x')
  const delivery = await client.expect('basic.deliver')
  assert.equal(delivery.fields.tag, 'quiet')
})
