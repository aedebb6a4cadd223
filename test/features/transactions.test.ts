import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import type { WireClient } from '../support/wire-client.ts'

const broker = withBroker()

async function queueOn(client: WireClient): Promise<string> {
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  return declared.fields.queue as string
}

/** Ready messages, seen from another channel of the connection (the queue is exclusive). */
async function depth(client: WireClient, queue: string): Promise<number> {
  const counted = await client.call(2, 'queue.declare', { queue, passive: true })
  return counted.fields.messageCount as number
}

test('publishes of a transaction appear with its commit, all of them, in order', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  const queue = await queueOn(client)
  await client.call(1, 'tx.select')
  for (const body of ['a', 'b', 'c']) client.publish(1, { routingKey: queue }, body)
  await client.call(1, 'basic.qos')
  assert.equal(await depth(client, queue), 0)
  await client.call(1, 'tx.commit')
  assert.equal(await depth(client, queue), 3)
  for (const body of ['a', 'b', 'c']) {
    client.send(2, 'basic.get', { queue, noAck: true })
    await client.expect('basic.get-ok')
    await client.next()
    assert.equal((await client.next()).payload.toString(), body)
  }
})

test('a rollback forgets the publishes of its transaction', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  const queue = await queueOn(client)
  await client.call(1, 'tx.select')
  client.publish(1, { routingKey: queue }, 'never')
  await client.call(1, 'tx.rollback')
  client.publish(1, { routingKey: queue }, 'kept')
  await client.call(1, 'tx.commit')
  assert.equal(await depth(client, queue), 1)
})

test('acknowledgements of a transaction count with its commit', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  const queue = await queueOn(client)
  client.publish(2, { routingKey: queue }, 'one')
  client.publish(2, { routingKey: queue }, 'two')
  await client.call(2, 'basic.qos')
  await client.call(1, 'tx.select')
  for (const tag of [1n, 2n]) {
    client.send(1, 'basic.get', { queue })
    const got = await client.expect('basic.get-ok')
    assert.equal(got.fields.deliveryTag, tag)
    await client.next()
    await client.next()
  }
  client.send(1, 'basic.ack', { deliveryTag: 1n })
  await client.call(1, 'tx.commit')
  client.send(1, 'basic.ack', { deliveryTag: 2n })
  await client.call(1, 'tx.rollback')
  await client.call(1, 'channel.close', { code: 200 })
  client.send(2, 'basic.get', { queue, noAck: true })
  const back = await client.expect('basic.get-ok')
  assert.equal(back.fields.redelivered, true)
  await client.next()
  assert.equal((await client.next()).payload.toString(), 'two')
})

test('a rejected delivery comes back only with the commit', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  const queue = await queueOn(client)
  client.publish(2, { routingKey: queue }, 'again')
  await client.call(2, 'basic.qos')
  await client.call(1, 'tx.select')
  client.send(1, 'basic.get', { queue })
  await client.expect('basic.get-ok')
  await client.next()
  await client.next()
  client.send(1, 'basic.reject', { deliveryTag: 1n, requeue: true })
  await client.call(1, 'basic.qos')
  assert.equal(await depth(client, queue), 0)
  await client.call(1, 'tx.commit')
  assert.equal(await depth(client, queue), 1)
})

test('mandatory messages of a transaction come back at its commit', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(1, 'tx.select')
  client.publish(1, { routingKey: 'nobody', mandatory: true }, 'back')
  await client.call(1, 'basic.qos')
  client.send(1, 'tx.commit')
  const returned = await client.expect('basic.return')
  assert.equal(returned.fields.code, 312)
  await client.next()
  await client.next()
  await client.expect('tx.commit-ok')
})

test('an unknown delivery tag inside a transaction closes the channel', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(1, 'tx.select')
  client.send(1, 'basic.ack', { deliveryTag: 7n })
  const close = await client.expect('channel.close')
  assert.deepEqual([close.fields.code, close.fields.text], [406, 'PRECONDITION_FAILED - unknown delivery tag 7'])
})

for (const [name, methodId] of [
  ['tx.commit', 20],
  ['tx.rollback', 30],
] as const) {
  test(`${name} on a channel that is not transactional is refused`, async (t) => {
    const client = await broker.wireChannel(t)
    client.send(1, name)
    const close = await client.expect('channel.close')
    assert.deepEqual(close.fields, {
      code: 406,
      text: 'PRECONDITION_FAILED - channel is not transactional',
      classId: 90,
      methodId,
    })
  })
}

test('a channel closed within a transaction publishes nothing and gives back what it held', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  const queue = await queueOn(client)
  client.publish(2, { routingKey: queue }, 'held')
  await client.call(2, 'basic.qos')
  await client.call(1, 'tx.select')
  client.send(1, 'basic.get', { queue })
  await client.expect('basic.get-ok')
  await client.next()
  await client.next()
  client.publish(1, { routingKey: queue }, 'never')
  client.send(1, 'basic.ack', { deliveryTag: 1n })
  await client.call(1, 'channel.close', { code: 200 })
  client.send(2, 'basic.get', { queue, noAck: true })
  await client.expect('basic.get-ok')
  await client.next()
  assert.equal((await client.next()).payload.toString(), 'held')
  assert.equal(await depth(client, queue), 0)
})
