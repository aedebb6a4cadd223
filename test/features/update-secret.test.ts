import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { only } from '../support/target.ts'

const broker = withBroker()

test('a new secret is accepted and the connection goes on', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(0, 'connection.update-secret', { secret: broker.login.password, reason: 'renewal' })
  await client.call(1, 'queue.declare', { exclusive: true })
})

const checked = only({ lapine: 'RabbitMQ’s own user database takes any secret' })

test('a wrong secret ends the connection', checked, async (t) => {
  const client = await broker.wireChannel(t)
  client.send(0, 'connection.update-secret', { secret: 'wrong', reason: 'renewal' })
  const close = await client.expect('connection.close')
  const text = 'NOT_ALLOWED - New secret was refused by one of the backends'
  assert.deepEqual(close.fields, { code: 530, text, classId: 10, methodId: 70 })
})

test('amqplib can update its secret', async (t) => {
  const session = await broker.open(t)
  await session.connection.updateSecret(Buffer.from(broker.login.password), 'renewal')
  assert.ok(await session.queue(await session.channel()))
})
