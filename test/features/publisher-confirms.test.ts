import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { drain, publish } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import type { WireClient } from '../support/wire-client.ts'

const broker = withBroker()

/** Reads confirms until every number up to `last` was confirmed; answers those refused. */
async function confirmed(client: WireClient, last: number): Promise<Set<number>> {
  const open = new Set(Array.from({ length: last }, (_, index) => index + 1))
  const refused = new Set<number>()
  while (open.size > 0) {
    const { name, fields } = await client.next()
    assert.ok(name === 'basic.ack' || name === 'basic.nack', name)
    const tag = Number(fields.deliveryTag)
    for (const number of [...open]) {
      if (number !== tag && !(fields.multiple === true && number < tag)) continue
      open.delete(number)
      if (name === 'basic.nack') refused.add(number)
    }
  }
  return refused
}

test('confirm.select is idempotent, and with nowait silent', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(1, 'confirm.select')
  await client.call(1, 'confirm.select')
  client.send(1, 'confirm.select', { nowait: true })
  await client.call(1, 'basic.qos')
})

test('confirms number the publishes of a channel from one', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const routingKey = declared.fields.queue as string
  client.publish(1, { routingKey }, 'before confirm.select: not counted')
  await client.call(1, 'confirm.select')
  for (let number = 1; number <= 3; number++) {
    client.publish(1, { routingKey }, `number ${number}`)
    const ack = await client.expect('basic.ack')
    assert.equal(ack.fields.deliveryTag, BigInt(number))
  }
})

test('a thousand publishes in flight are all confirmed, each number once', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { durable: true, exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(1, 'confirm.select')
  for (let number = 1; number <= 1000; number++) client.publish(1, { routingKey: queue }, String(number))
  assert.deepEqual(await confirmed(client, 1000), new Set())
  const counted = await client.call(1, 'queue.declare', { queue, passive: true })
  assert.equal(counted.fields.messageCount, 1000)
})

test('persistent and transient publishes to durable and transient queues are all confirmed', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const durable = await session.queue(channel, { durable: true })
  const transient = await session.queue(channel, { durable: false, exclusive: true })
  const fanout = await session.exchange(channel, 'fanout')
  await channel.bindQueue(durable, fanout, '')
  await channel.bindQueue(transient, fanout, '')
  for (const persistent of [true, false]) {
    await publish(channel, { exchange: fanout, key: '', body: String(persistent), options: { persistent } })
  }
  await channel.waitForConfirms()
  assert.deepEqual(await drain(channel, durable), ['true', 'false'])
  assert.deepEqual(await drain(channel, transient), ['true', 'false'])
})

test('channels count their confirms apart', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  await client.call(1, 'confirm.select')
  await client.call(2, 'confirm.select')
  client.publish(1, { routingKey: 'nobody' }, 'one')
  client.publish(1, { routingKey: 'nobody' }, 'two')
  await confirmed(client, 2)
  client.publish(2, { routingKey: 'nobody' }, 'first here')
  const ack = await client.expect('basic.ack')
  assert.deepEqual([ack.channel, ack.fields.deliveryTag], [2, 1n])
})

test('a message for a queue deleted meanwhile is still confirmed', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(1, 'confirm.select')
  for (let number = 1; number <= 20; number++) client.publish(1, { routingKey: queue }, String(number))
  client.send(1, 'queue.delete', { queue, nowait: true })
  assert.deepEqual(await confirmed(client, 20), new Set())
})

test('a transactional channel cannot switch to confirms, nor the other way round', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(1, 'tx.select')
  client.send(1, 'confirm.select')
  const first = await client.expect('channel.close')
  assert.deepEqual(first.fields, {
    code: 406,
    text: 'PRECONDITION_FAILED - cannot switch from tx to confirm mode',
    classId: 85,
    methodId: 10,
  })
  client.send(1, 'channel.close-ok')
  await client.call(1, 'channel.open')
  await client.call(1, 'confirm.select')
  client.send(1, 'tx.select')
  const second = await client.expect('channel.close')
  assert.deepEqual(second.fields, {
    code: 406,
    text: 'PRECONDITION_FAILED - cannot switch from confirm to tx mode',
    classId: 90,
    methodId: 10,
  })
})

test('publishes refused by a full queue get a negative confirm', async (t) => {
  const client = await broker.wireChannel(t)
  const arguments_ = { 'x-max-length': 2, 'x-overflow': 'reject-publish' }
  const declared = await client.call(1, 'queue.declare', { exclusive: true, arguments: arguments_ })
  await client.call(1, 'confirm.select')
  for (let number = 1; number <= 3; number++) {
    client.publish(1, { routingKey: declared.fields.queue as string }, String(number))
    const answer = await client.next()
    assert.equal(answer.name, number === 3 ? 'basic.nack' : 'basic.ack')
    assert.equal(answer.fields.deliveryTag, BigInt(number))
  }
})

test('a publish that closes its channel is not confirmed', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const attempt = refusal(publish(channel, { exchange: session.name('missing'), key: 'k' }))
  assert.equal((await session.closureOf(channel)).code, 404)
  assert.match((await attempt).text, /channel closed/)
})
