import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Options } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { fill } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'

const broker = withBroker()

test('declaring a queue twice alike is idempotent and tells how full it is', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = session.name('twice')
  const options = { durable: true, autoDelete: false, arguments: { 'x-max-length': 10 } }
  assert.deepEqual(await channel.assertQueue(queue, options), { queue, messageCount: 0, consumerCount: 0 })
  await fill(channel, queue, ['a', 'b'])
  await channel.consume(queue, () => {})
  await channel.prefetch(1)
  const again = await channel.assertQueue(queue, options)
  assert.equal(again.consumerCount, 1)
})

test('a passive declare answers for an existing queue and 404 for a missing one', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['one', 'two', 'three'])
  assert.deepEqual(await channel.checkQueue(queue), { queue, messageCount: 3, consumerCount: 0 })
  const missing = session.name('missing')
  assert.deepEqual(await refusal(channel.checkQueue(missing)), {
    code: 404,
    text: `NOT_FOUND - no queue '${missing}' in vhost '/'`,
    classId: 50,
    methodId: 10,
  })
})

const inequivalences: [what: string, first: Options.AssertQueue, second: Options.AssertQueue, text: string][] = [
  ['durable', { durable: false }, { durable: true }, "arg 'durable' for QUEUE: received 'true' but current is 'false'"],
  [
    'durable the other way round',
    { durable: true },
    { durable: false },
    "arg 'durable' for QUEUE: received 'false' but current is 'true'",
  ],
  [
    'auto_delete',
    { durable: true },
    { durable: true, autoDelete: true },
    "arg 'auto_delete' for QUEUE: received 'true' but current is 'false'",
  ],
  [
    'an argument of another value',
    { arguments: { 'x-message-ttl': 1000 } },
    { arguments: { 'x-message-ttl': 2000 } },
    "arg 'x-message-ttl' for QUEUE: received '2000' but current is '1000'",
  ],
  [
    'an argument that was not there',
    {},
    { arguments: { 'x-max-length': 5 } },
    "arg 'x-max-length' for QUEUE: received the value '5' of type 'signedint' but current is none",
  ],
  [
    'an argument left out',
    { arguments: { 'x-dead-letter-exchange': 'graveyard' } },
    {},
    "arg 'x-dead-letter-exchange' for QUEUE: received none but current is the value 'graveyard' of type 'longstr'",
  ],
]

for (const [what, first, second, text] of inequivalences) {
  test(`declaring a queue again with a different definition (${what}) is refused with 406`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = session.name('inequivalent')
    await channel.assertQueue(queue, asIs(first))
    const closure = await refusal(channel.assertQueue(queue, asIs(second)))
    assert.equal(closure.code, 406)
    const expected = `PRECONDITION_FAILED - inequivalent ${text.replace('QUEUE', `queue '${queue}' in vhost '/'`)}`
    assert.equal(closure.text, expected)
    assert.deepEqual([closure.classId, closure.methodId], [50, 10])
  })
}

/** amqplib sends small numbers as bytes; 32-bit ones are what most clients send. */
function asIs(options: Options.AssertQueue): Options.AssertQueue {
  const wide = Object.entries(options.arguments ?? {}).map(([key, value]) => [
    key,
    typeof value === 'number' ? { '!': 'int', value } : value,
  ])
  return { durable: true, ...options, arguments: Object.fromEntries(wide) }
}

test('integers of any width count as equal when a queue is declared again', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('widths')
  for (const type of ['int', 'long', 'short', 'byte']) {
    await channel.assertQueue(queue, { arguments: { 'x-max-length': { '!': type, value: 100 } } })
  }
})

test('arguments the broker does not know are not compared', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('unknown')
  await channel.assertQueue(queue, { arguments: { 'x-my-own': 'one' } })
  await channel.assertQueue(queue, { arguments: { 'x-my-own': 'two' } })
  await channel.assertQueue(queue, {})
})

test('a queue declared without a name gets one from the broker, each a new one', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const first = await session.queue(channel, { exclusive: true }, '')
  const second = await session.queue(channel, { exclusive: true }, '')
  assert.match(first, /^amq\.gen-[A-Za-z0-9_-]{22}$/)
  assert.match(second, /^amq\.gen-/)
  assert.notEqual(first, second)
})

test('the empty queue name means the queue the channel declared last', async (t) => {
  const client = await broker.wireChannel(t)
  client.send(1, 'queue.purge', { queue: '' })
  const close = await client.expect('channel.close')
  assert.equal(close.fields.code, 404)
  assert.equal(close.fields.text, 'NOT_FOUND - no previously declared queue')
  client.send(1, 'channel.close-ok')
  await client.call(1, 'channel.open')
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(1, 'queue.bind', { exchange: 'amq.direct' })
  client.publish(1, { exchange: 'amq.direct', routingKey: queue }, 'by its own name')
  client.send(1, 'basic.get', { queue: '', noAck: true })
  const got = await client.expect('basic.get-ok')
  assert.equal(got.fields.routingKey, queue)
})

test('names reserved for the broker cannot be declared', async (t) => {
  const session = await broker.open(t)
  const closure = await refusal((await session.channel()).assertQueue('amq.mine', {}))
  assert.equal(closure.code, 403)
  assert.equal(closure.text, "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'")
})

const long = (value: number) => ({ '!': 'long', value })
const invalidArguments: [name: string, value: unknown, reason: string][] = [
  ['x-message-ttl', -1, '{value_negative,-1}'],
  ['x-message-ttl', 'soon', '"expected integer, got longstr"'],
  ['x-message-ttl', long(315_360_000_001), '{value_too_large,315360000001}'],
  ['x-max-length', 'many', '"expected integer, got longstr"'],
  ['x-max-priority', -1, '{value_negative,-1}'],
  ['x-dead-letter-routing-key', 5, '{unacceptable_type,byte}'],
  ['x-expires', 0, '{value_zero,0}'],
  ['x-expires', -5, '{value_negative,-5}'],
  ['x-max-length', -1, '{value_negative,-1}'],
  ['x-max-length-bytes', -1, '{value_negative,-1}'],
  ['x-overflow', 'explode', 'invalid_overflow'],
  ['x-dead-letter-routing-key', 'lost', 'routing_key_but_no_dlx_defined'],
  ['x-max-priority', 256, '{max_value_exceeded,256}'],
  ['x-single-active-consumer', 'yes', '{unacceptable_type,longstr}'],
  ['x-queue-type', 'heap', '"unsupported queue type \'heap\'"'],
]

for (const [name, value, reason] of invalidArguments) {
  test(`${name} of ${JSON.stringify(value)} is refused as ${reason}`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = session.name('invalid')
    const closure = await refusal(channel.assertQueue(queue, { arguments: { [name]: value } }))
    assert.equal(closure.code, 406)
    assert.equal(
      closure.text,
      `PRECONDITION_FAILED - invalid arg '${name}' for queue '${queue}' in vhost '/': ${reason}`,
    )
  })
}

const argumentsOfOtherTypes: [name: string, value: unknown][] = [
  ['x-max-age', '1h'],
  ['x-delivery-limit', 5],
  ['x-dead-letter-strategy', 'at-least-once'],
  ['x-quorum-initial-group-size', 3],
  ['x-stream-max-segment-size-bytes', 100],
  ['x-initial-cluster-size', 1],
]

for (const [name, value] of argumentsOfOtherTypes) {
  test(`${name}, which belongs to another type of queue, is refused`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = session.name('other-type')
    const closure = await refusal(channel.assertQueue(queue, { arguments: { [name]: value } }))
    const text = `invalid arg '${name}' for queue '${queue}' in vhost '/' of queue type rabbit_classic_queue`
    assert.deepEqual([closure.code, closure.text], [406, `PRECONDITION_FAILED - ${text}`])
  })
}

test('a passive declare takes the empty name as a name', async (t) => {
  const session = await broker.open(t)
  const closure = await refusal((await session.channel()).checkQueue(''))
  assert.deepEqual([closure.code, closure.text], [404, "NOT_FOUND - no queue '' in vhost '/'"])
})

test('a queue declared with nowait sends no answer', async (t) => {
  const client = await broker.wireChannel(t)
  client.send(1, 'queue.declare', { queue: 'feature-nowait', exclusive: true, nowait: true })
  const declared = await client.call(1, 'queue.declare', { queue: 'feature-nowait', passive: true })
  assert.equal(declared.fields.queue, 'feature-nowait')
  client.send(1, 'queue.bind', { queue: 'feature-nowait', exchange: 'amq.fanout', nowait: true })
  client.send(1, 'queue.purge', { queue: 'feature-nowait', nowait: true })
  client.send(1, 'queue.delete', { queue: 'feature-nowait', nowait: true })
  client.send(1, 'queue.declare', { queue: 'feature-nowait', passive: true })
  assert.equal((await client.expect('channel.close')).fields.code, 404)
})

test('a queue name of 255 bytes works', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('long').padEnd(255, 'x')
  const declared = await channel.assertQueue(queue, { exclusive: true })
  assert.equal(declared.queue, queue)
})
