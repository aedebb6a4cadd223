import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { Inbox, publish } from '../support/inbox.ts'
import { since4 } from '../support/target.ts'
import { contentBody, contentHeader, method } from '../support/wire-client.ts'

const broker = withBroker()

for (const size of [0, 1, 4095, 131_064, 131_065, 1_000_003, 5_000_000]) {
  test(`a body of ${size} bytes arrives whole`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const queue = await session.queue(channel)
    const body = randomBytes(size)
    const inbox = await Inbox.open(channel, queue, { noAck: true })
    await publish(channel, { key: queue, body })
    assert.ok((await inbox.next()).content.equals(body))
  })
}

test('bodies are split for a consumer whose frames are smaller than its publisher’s', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { durable: true })
  const client = await broker.wireChannel(t, { tune: { frameMax: 4096 } })
  const body = randomBytes(10_000)
  await publish(channel, { key: queue, body })
  client.send(1, 'basic.get', { queue, noAck: true })
  await client.expect('basic.get-ok')
  assert.equal((await client.next()).payload.readBigUInt64BE(4), 10_000n)
  const parts = [await client.next(), await client.next(), await client.next()]
  assert.deepEqual(
    parts.map((part) => part.payload.length),
    [4088, 4088, 10_000 - 2 * 4088],
  )
  assert.ok(Buffer.concat(parts.map((part) => part.payload)).equals(body))
})

test('a publisher may split a body as it likes', async (t) => {
  const client = await broker.wireChannel(t, { tune: { frameMax: 4096 } })
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  client.write(
    method(1, 'basic.publish', { routingKey: queue }),
    contentHeader(1, 10),
    contentBody(1, 'a'),
    contentBody(1, 'bcd'),
    contentBody(1, ''),
    contentBody(1, 'efghij'),
  )
  client.send(1, 'basic.get', { queue, noAck: true })
  await client.expect('basic.get-ok')
  await client.next()
  let body = ''
  while (body.length < 10) body += (await client.next()).payload.toString()
  assert.equal(body, 'abcdefghij')
})

test('a publish is the same wherever the network cuts it', async (t) => {
  const client = await broker.wireChannel(t)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(1, 'confirm.select')
  const unit = Buffer.concat([
    method(1, 'basic.publish', { routingKey: queue }),
    contentHeader(1, 8),
    contentBody(1, 'cut '),
    contentBody(1, 'here'),
  ])
  for (let cut = 1; cut < unit.length; cut += 1) {
    await client.flushed(unit.subarray(0, cut))
    await client.flushed(unit.subarray(cut))
    assert.equal((await client.expect('basic.ack')).fields.deliveryTag, BigInt(cut))
  }
  await client.call(1, 'basic.consume', { queue, noAck: true })
  for (let cut = 1; cut < unit.length; cut += 1) {
    await client.expect('basic.deliver')
    assert.equal((await client.next()).payload.readBigUInt64BE(4), 8n)
    let body = ''
    while (body.length < 8) body += (await client.next()).payload.toString()
    assert.equal(body, 'cut here')
  }
})

test('the frames of publishes on different channels may be mixed', async (t) => {
  const client = await broker.wireChannel(t)
  await client.call(2, 'channel.open')
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  client.write(
    method(1, 'basic.publish', { routingKey: queue }),
    method(2, 'basic.publish', { routingKey: queue }),
    contentHeader(2, 3),
    contentHeader(1, 3),
    contentBody(1, 'on'),
    contentBody(2, 'two'),
    contentBody(1, 'e'),
  )
  await client.call(1, 'basic.qos')
  await client.call(2, 'basic.qos')
  const bodies: string[] = []
  for (let count = 0; count < 2; count++) {
    client.send(1, 'basic.get', { queue, noAck: true })
    await client.expect('basic.get-ok')
    await client.next()
    let body = ''
    while (body.length < 3) body += (await client.next()).payload.toString()
    bodies.push(body)
  }
  assert.deepEqual(bodies.sort(), ['one', 'two'])
})

test('a frame of exactly the negotiated size is accepted, and up to eight bytes more', async (t) => {
  const client = await broker.wireChannel(t, { tune: { frameMax: 4096 } })
  await client.call(1, 'confirm.select')
  for (const size of [4088, 4096]) {
    client.write(
      method(1, 'basic.publish', { routingKey: 'x' }),
      contentHeader(1, size),
      contentBody(1, Buffer.alloc(size)),
    )
    await client.expect('basic.ack')
  }
})

const limit = since4('largest message')
test('a message above the size limit of 16 MiB closes its channel', limit, async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  channel.publish('', 'anywhere', Buffer.alloc(16_777_217))
  const closure = await session.closureOf(channel)
  assert.deepEqual(
    [closure.code, closure.text],
    [406, 'PRECONDITION_FAILED - message size 16777217 is larger than configured max size 16777216'],
  )
})
