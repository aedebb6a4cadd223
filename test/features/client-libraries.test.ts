import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { AMQPClient } from '@cloudamqp/amqp-client'
import { Connection } from 'rabbitmq-client'
import { withBroker } from '../support/broker.ts'
import { eventually, within } from '../support/waiting.ts'

const broker = withBroker()
const name = (label: string) => `feature-${label}-${randomBytes(6).toString('hex')}`

test('rabbitmq-client publishes with confirms, consumes, answers requests', async () => {
  const connection = new Connection(broker.url)
  connection.on('error', () => {})
  const queue = name('rabbitmq-client')
  const received = Promise.withResolvers<string[]>()
  const bodies: string[] = []
  const consumer = connection.createConsumer(
    { queue, queueOptions: { exclusive: true }, qos: { prefetchCount: 2 } },
    async (message) => {
      bodies.push(String(message.body))
      if (bodies.length === 5) received.resolve(bodies)
    },
  )
  await new Promise<void>((resolve) => consumer.on('ready', resolve))
  const publisher = connection.createPublisher({ confirm: true, maxAttempts: 1 })
  for (let number = 1; number <= 5; number++) await publisher.send(queue, `message ${number}`)
  assert.deepEqual(
    await within(received.promise, 'five messages'),
    [1, 2, 3, 4, 5].map((number) => `message ${number}`),
  )
  await publisher.close()
  await consumer.close()
  await connection.close()
})

test('rabbitmq-client makes remote calls over direct reply-to', async () => {
  const connection = new Connection(broker.url)
  const queue = name('rpc')
  const server = connection.createConsumer({ queue, queueOptions: { exclusive: true } }, async (request, reply) => {
    await reply(`${request.body} pong`)
  })
  await new Promise<void>((resolve) => server.on('ready', resolve))
  const client = connection.createRPCClient({ confirm: true })
  const answer = await within(client.send(queue, 'ping'), 'the answer')
  assert.equal(answer.body, 'ping pong')
  await client.close()
  await server.close()
  await connection.close()
})

test('rabbitmq-client is told of a mandatory message nobody takes', async () => {
  const connection = new Connection(broker.url)
  const publisher = connection.createPublisher({ confirm: true })
  const returned = new Promise<{ replyText?: string }>((resolve) => publisher.on('basic.return', resolve))
  await publisher.send({ routingKey: name('nobody'), mandatory: true }, 'x')
  assert.equal((await within(returned, 'the message to come back')).replyText, 'NO_ROUTE')
  await publisher.close()
  await connection.close()
})

test('rabbitmq-client runs a transaction', async () => {
  const connection = new Connection(broker.url)
  const channel = await connection.acquire()
  const { queue } = await channel.queueDeclare({ exclusive: true })
  await channel.txSelect()
  await channel.basicPublish(queue, 'in')
  await channel.txRollback()
  await channel.basicPublish(queue, 'out')
  await channel.txCommit()
  assert.equal((await channel.basicGet(queue))?.body, 'out')
  assert.equal(await channel.basicGet(queue), undefined)
  await channel.close()
  await connection.close()
})

test('@cloudamqp/amqp-client publishes with confirms, consumes and acknowledges', async (t) => {
  const client = new AMQPClient(broker.url)
  const connection = await client.connect()
  t.after(() => connection.close())
  const channel = await connection.channel()
  await channel.confirmSelect()
  const queue = await channel.queueDeclare(name('cloudamqp'), { exclusive: true })
  await channel.basicPublish('', queue.name, 'hello', { contentType: 'text/plain', headers: { a: 1 } })
  await channel.basicPublish('', queue.name, randomBytes(500_000))
  const received: { text: string | null; length: number }[] = []
  const consumer = await channel.basicConsume(queue.name, { noAck: false }, async (message) => {
    received.push({ text: message.bodySize > 100 ? null : message.bodyString(), length: message.bodySize })
    await message.ack()
  })
  await eventually(
    async () => received.length,
    (count) => count === 2,
    'two messages',
  )
  assert.deepEqual(received, [
    { text: 'hello', length: 5 },
    { text: null, length: 500_000 },
  ])
  await channel.basicCancel(consumer.tag)
  assert.equal((await channel.queueDelete(queue.name)).messageCount, 0)
})
