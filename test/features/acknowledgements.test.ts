import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { drain, fill, Inbox, publish, textOf } from '../support/inbox.ts'
import type { Session } from '../support/session.ts'

const broker = withBroker()

/** A queue holding `texts`, and a channel with a consumer that was handed all of them. */
async function handedOut(session: Session, texts: readonly string[]) {
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  await fill(publisher, queue, texts)
  const channel = await session.channel()
  const inbox = await Inbox.open(channel, queue)
  const messages = await inbox.take(texts.length)
  await channel.cancel(await inbox.tag)
  return { publisher, queue, channel, messages }
}

test('an acknowledged message is gone, the others come back with the channel', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue, channel, messages } = await handedOut(session, ['a', 'b', 'c'])
  channel.ack(messages[1]!)
  await channel.close()
  assert.deepEqual(await drain(publisher, queue), ['a', 'c'])
})

test('multiple acknowledges everything up to a tag, and zero everything there is', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue, channel, messages } = await handedOut(session, ['a', 'b', 'c', 'd'])
  channel.ack(messages[1]!, true)
  await channel.recover()
  assert.deepEqual(await drain(publisher, queue), ['c', 'd'])
  const again = await handedOut(session, ['e', 'f'])
  again.channel.ackAll()
  await again.channel.close()
  assert.deepEqual(await drain(again.publisher, again.queue), [])
})

test('a requeued message returns to where it was', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue, channel, messages } = await handedOut(session, ['a', 'b', 'c', 'd'])
  await publish(publisher, { key: queue, body: 'e' })
  channel.nack(messages[2]!)
  channel.nack(messages[0]!)
  await channel.recover()
  assert.deepEqual(await drain(publisher, queue), ['a', 'b', 'c', 'd', 'e'])
})

test('nack with multiple requeues everything up to a tag in its old order', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue, channel, messages } = await handedOut(session, ['a', 'b', 'c', 'd'])
  channel.nack(messages[2]!, true, true)
  await channel.prefetch(0)
  assert.deepEqual(await drain(publisher, queue), ['a', 'b', 'c'])
  channel.ack(messages[3]!)
})

test('reject without requeue throws a message away', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue, channel, messages } = await handedOut(session, ['a', 'b'])
  channel.reject(messages[0]!, false)
  channel.reject(messages[1]!, true)
  await channel.prefetch(0)
  assert.deepEqual(await drain(publisher, queue), ['b'])
})

test('a requeued message is marked as redelivered, the others are not', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue, channel, messages } = await handedOut(session, ['a'])
  await publish(publisher, { key: queue, body: 'fresh' })
  channel.nack(messages[0]!)
  await channel.prefetch(0)
  const inbox = await Inbox.open(publisher, queue)
  const again = await inbox.take(2)
  assert.deepEqual(
    again.map((message) => [textOf(message), message.fields.redelivered]),
    [
      ['a', true],
      ['fresh', false],
    ],
  )
})

test('recover gives back everything the channel holds, even to the same consumer', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['a', 'b'])
  const inbox = await Inbox.open(channel, queue)
  await inbox.take(2)
  await channel.recover()
  const again = await inbox.take(2)
  assert.deepEqual(
    again.map((message) => [textOf(message), message.fields.redelivered]),
    [
      ['a', true],
      ['b', true],
    ],
  )
})

test('recover-async does the same without an answer', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  client.publish(1, { routingKey: queue }, 'x')
  client.send(1, 'basic.consume', { queue, nowait: true, tag: 'c' })
  await client.expect('basic.deliver')
  await client.next()
  await client.next()
  client.send(1, 'basic.recover-async', { requeue: true })
  const again = await client.expect('basic.deliver')
  assert.equal(again.fields.redelivered, true)
})

const unknownTag = (tag: number | string) => `PRECONDITION_FAILED - unknown delivery tag ${tag}`
const settlements: [name: 'ack' | 'nack' | 'reject', methodId: number][] = [
  ['ack', 80],
  ['nack', 120],
  ['reject', 90],
]

for (const [name, methodId] of settlements) {
  test(`${name} of a tag that was never given closes the channel`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    channel[name]({ fields: { deliveryTag: 42 } } as Message)
    assert.deepEqual(await session.closureOf(channel), { code: 406, text: unknownTag(42), classId: 60, methodId })
  })

  test(`${name} of a tag that was settled before closes the channel`, async (t) => {
    const session = await broker.open(t)
    const { channel, messages } = await handedOut(session, ['a'])
    channel.ack(messages[0]!)
    channel[name](messages[0]!)
    assert.deepEqual(await session.closureOf(channel), { code: 406, text: unknownTag(1), classId: 60, methodId })
  })
}

test('acknowledging what was acknowledged automatically closes the channel', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['auto'])
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  channel.ack(await inbox.next())
  assert.equal((await session.closureOf(channel)).text, unknownTag(1))
})

test('acknowledging on another channel closes that channel', async (t) => {
  const session = await broker.open(t)
  const { messages } = await handedOut(session, ['a'])
  const other = await session.channel()
  other.ack(messages[0]!)
  assert.equal((await session.closureOf(other)).text, unknownTag(1))
})

test('an unknown tag of 2^63 is told in full', async (t) => {
  const client = await broker.wireChannel(t)
  client.send(1, 'basic.ack', { deliveryTag: 2n ** 63n })
  const close = await client.expect('channel.close')
  assert.equal(close.fields.text, unknownTag('9223372036854775808'))
})

test('multiple of a tag beyond those given closes the channel', async (t) => {
  const session = await broker.open(t)
  const { channel } = await handedOut(session, ['a', 'b'])
  channel.ack({ fields: { deliveryTag: 9 } } as Message, true)
  assert.equal((await session.closureOf(channel)).text, unknownTag(9))
})

test('multiple of zero with nothing held is fine', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  channel.ackAll()
  channel.nackAll()
  await channel.prefetch(1)
})

test('what an errored channel held goes back to the queue', async (t) => {
  const session = await broker.open(t)
  const { publisher, queue, channel } = await handedOut(session, ['a', 'b'])
  channel.ack({ fields: { deliveryTag: 77 } } as Message)
  await session.closureOf(channel)
  const inbox = await Inbox.open(publisher, queue)
  assert.deepEqual(await inbox.texts(2), ['a', 'b'])
})
