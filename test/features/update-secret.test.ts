import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'

const broker = withBroker()

test('a new secret is accepted and the connection goes on', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(0, 'connection.update-secret', { secret: broker.login.password, reason: 'renewal' })
  await client.call(1, 'queue.declare', { exclusive: true })
})

test('the internal user database takes any secret: passwords are looked at when a connection opens', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(0, 'connection.update-secret', { secret: 'another', reason: 'renewal' })
  await client.call(1, 'queue.declare', { exclusive: true })
})

test('amqplib can update its secret', async (t) => {
  const session = await broker.open(t)
  await session.connection.updateSecret(Buffer.from(broker.login.password), 'renewal')
  assert.ok(await session.queue(await session.channel()))
})
