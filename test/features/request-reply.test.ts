import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { Inbox, textOf } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()
const pseudoQueue = 'amq.rabbitmq.reply-to'

/** A server that answers each request in upper case to whoever asked. */
async function serve(channel: Channel, queue: string): Promise<void> {
  await channel.consume(queue, (request) => {
    if (request === null) return
    const { replyTo, correlationId } = request.properties
    channel.publish('', replyTo, Buffer.from(textOf(request).toUpperCase()), { correlationId })
    channel.ack(request)
  })
}

test('a reply finds its request by correlation id over a reply queue', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const requests = await session.queue(channel, { durable: true })
  const server = await broker.open(t)
  await serve(await server.channel(), requests)
  const replies = await session.queue(channel, { exclusive: true }, '')
  const inbox = await Inbox.open(channel, replies, { noAck: true })
  for (const correlationId of ['1', '2']) {
    channel.sendToQueue(requests, Buffer.from(`question ${correlationId}`), { correlationId, replyTo: replies })
  }
  const answers = await inbox.take(2)
  assert.deepEqual(
    answers.map((answer) => [answer.properties.correlationId, textOf(answer)]),
    [
      ['1', 'QUESTION 1'],
      ['2', 'QUESTION 2'],
    ],
  )
})

test('a reply comes straight to the channel that asked, without any queue', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const requests = await session.queue(channel, { durable: true })
  const server = await broker.open(t)
  await serve(await server.channel(), requests)
  const inbox = await Inbox.open(channel, pseudoQueue, { noAck: true })
  channel.sendToQueue(requests, Buffer.from('hello'), { correlationId: 'c-1', replyTo: pseudoQueue })
  const answer = await inbox.next()
  assert.equal(textOf(answer), 'HELLO')
  assert.equal(answer.properties.correlationId, 'c-1')
  assert.equal(answer.fields.exchange, '')
})

test('the server sees a reply address of its own for each asking channel', async (t) => {
  const session = await broker.open(t)
  const requests = await session.queue(await session.channel())
  const server = await Inbox.open(await session.channel(), requests, { noAck: true })
  const addresses: string[] = []
  for (let count = 0; count < 2; count++) {
    const channel = await session.channel()
    await Inbox.open(channel, pseudoQueue, { noAck: true })
    channel.sendToQueue(requests, Buffer.from('who am I'), { replyTo: pseudoQueue })
    addresses.push((await server.next()).properties.replyTo)
  }
  for (const address of addresses) assert.match(address, /^amq\.rabbitmq\.reply-to\../)
  assert.notEqual(addresses[0], addresses[1])
})

test('a server can ask whether its client still waits', async (t) => {
  const session = await broker.open(t)
  const requests = await session.queue(await session.channel())
  const serving = await session.channel()
  const server = await Inbox.open(serving, requests, { noAck: true })
  const asking = await session.channel()
  await Inbox.open(asking, pseudoQueue, { noAck: true })
  asking.sendToQueue(requests, Buffer.from('?'), { replyTo: pseudoQueue })
  const address = (await server.next()).properties.replyTo
  assert.deepEqual(await serving.checkQueue(address), { queue: address, messageCount: 0, consumerCount: 1 })
  await asking.close()
  const closure = await eventually(
    async () =>
      (await session.channel()).checkQueue(address).then(
        () => undefined,
        (error) => error.code,
      ),
    (code) => code === 404,
    'the reply address to go',
  )
  assert.equal(closure, 404)
})

test('a reply to a client that is gone is dropped, and a mandatory one returned', async (t) => {
  const session = await broker.open(t)
  const requests = await session.queue(await session.channel())
  const server = await Inbox.open(await session.channel(), requests, { noAck: true })
  const asking = await session.channel()
  await Inbox.open(asking, pseudoQueue, { noAck: true })
  asking.sendToQueue(requests, Buffer.from('?'), { replyTo: pseudoQueue })
  const address = (await server.next()).properties.replyTo
  await asking.close()
  await eventually(
    async () =>
      (await session.channel()).checkQueue(address).then(
        () => 'there',
        () => 'gone',
      ),
    (answer) => answer === 'gone',
    'the reply address to go',
  )
  const client = await broker.wireChannel(t)
  await client.call(1, 'confirm.select')
  client.publish(1, { routingKey: address, mandatory: true }, 'too late')
  assert.equal((await client.expect('basic.return')).fields.code, 312)
})

test('asking without listening for replies closes the channel', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  channel.sendToQueue('anywhere', Buffer.from('?'), { replyTo: pseudoQueue })
  const closure = await session.closureOf(channel)
  assert.deepEqual([closure.code, closure.text], [406, 'PRECONDITION_FAILED - fast reply consumer does not exist'])
})

test('listening for replies is possible once a channel, and only with automatic acknowledgement', async (t) => {
  const session = await broker.open(t)
  const twice = await session.channel()
  await Inbox.open(twice, pseudoQueue, { noAck: true })
  const second = await refusal(twice.consume(pseudoQueue, () => {}, { noAck: true }))
  assert.deepEqual([second.code, second.text], [406, 'PRECONDITION_FAILED - reply consumer already set'])
  const manual = await refusal((await session.channel()).consume(pseudoQueue, () => {}))
  assert.deepEqual([manual.code, manual.text], [406, 'PRECONDITION_FAILED - reply consumer cannot acknowledge'])
})

test('cancelling the reply consumer allows a new one', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const inbox = await Inbox.open(channel, pseudoQueue, { noAck: true })
  await channel.cancel(await inbox.tag)
  await Inbox.open(channel, pseudoQueue, { noAck: true })
})

test('the pseudo queue itself counts as there', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const counted = await channel.checkQueue(pseudoQueue)
  assert.equal(counted.queue, pseudoQueue)
})
