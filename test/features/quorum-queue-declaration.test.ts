import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Options } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { refusal } from '../support/session.ts'
import { since4 } from '../support/target.ts'

const broker = withBroker()
const quorum = { 'x-queue-type': 'quorum' }

const accepted: [what: string, arguments_: Record<string, unknown>][] = [
  ['nothing but its type', {}],
  ['an initial group size beyond the cluster', { 'x-quorum-initial-group-size': 5 }],
  ['lifetimes', { 'x-message-ttl': 1000, 'x-expires': 60_000 }],
  ['limits', { 'x-max-length': 10, 'x-max-length-bytes': 1000, 'x-overflow': 'reject-publish' }],
  ['limits of old, in memory', { 'x-max-in-memory-length': 0, 'x-max-in-memory-bytes': 0 }],
  ['an overflow it does not know', { 'x-overflow': 'reject-publish-dlx' }],
  ['a delivery limit', { 'x-delivery-limit': 3 }],
  ['no delivery limit', { 'x-delivery-limit': -1 }],
  [
    'dead-lettering at least once',
    { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'k', 'x-dead-letter-strategy': 'at-least-once' },
  ],
  ['a single active consumer', { 'x-single-active-consumer': true }],
  ['a leader locator', { 'x-queue-leader-locator': 'balanced' }],
]

for (const [what, arguments_] of accepted) {
  test(`a quorum queue is declared with ${what}, and again the same way`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const options = { durable: true, arguments: { ...quorum, ...arguments_ } }
    const queue = await session.queue(channel, options)
    assert.deepEqual(await channel.assertQueue(queue, options), { queue, messageCount: 0, consumerCount: 0 })
  })
}

const misfits: [property: string, options: Options.AssertQueue][] = [
  ['auto-delete', { durable: true, autoDelete: true }],
  ['auto-delete', { durable: false, autoDelete: true, exclusive: true }],
  ['exclusive-owner', { durable: true, exclusive: true }],
  ['non-durable', { durable: false }],
]

for (const [property, options] of misfits) {
  const shown = Object.entries(options).map((entry) => entry.join(' '))
  test(`a quorum queue that is ${shown.join(' and ')} is refused for being ${property}`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const name = session.name('q')
    const closure = await refusal(channel.assertQueue(name, { ...options, arguments: quorum }))
    assert.equal(closure.code, 406)
    assert.equal(closure.text, `PRECONDITION_FAILED - invalid property '${property}' for queue '${name}' in vhost '/'`)
  })
}

test('the broker makes up no name for a quorum queue', async (t) => {
  const session = await broker.open(t)
  const closure = await refusal((await session.channel()).assertQueue('', { durable: true, arguments: quorum }))
  assert.equal(closure.code, 406)
  const text = 'PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue'
  assert.equal(closure.text, text)
})

const foreign = ['x-max-priority', 'x-queue-mode', 'x-queue-version', 'x-max-age', 'x-stream-max-segment-size-bytes']

for (const name of foreign) {
  test(`a quorum queue knows no ${name}`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = session.name('q')
    const closure = await refusal(channel.assertQueue(queue, { durable: true, arguments: { ...quorum, [name]: 2 } }))
    assert.equal(closure.code, 406)
    const text = `invalid arg '${name}' for queue '${queue}' in vhost '/' of queue type rabbit_quorum_queue`
    assert.equal(closure.text, `PRECONDITION_FAILED - ${text}`)
  })
}

const bad: [name: string, value: unknown, reason: string][] = [
  ['x-quorum-initial-group-size', 0, '{value_zero,0}'],
  ['x-quorum-initial-group-size', -1, '{value_negative,-1}'],
  ['x-dead-letter-strategy', 'exactly-once', 'invalid_dlx_strategy'],
  ['x-queue-leader-locator', 'nearby', 'invalid_queue_locator_arg'],
  ['x-overflow', 'drop-tail', 'invalid_overflow'],
  ['x-expires', 0, '{value_zero,0}'],
]

for (const [name, value, reason] of bad) {
  test(`a quorum queue with ${name} ${value} is refused`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = session.name('q')
    const closure = await refusal(
      channel.assertQueue(queue, { durable: true, arguments: { ...quorum, [name]: value } }),
    )
    const text = `PRECONDITION_FAILED - invalid arg '${name}' for queue '${queue}' in vhost '/': ${reason}`
    assert.deepEqual([closure.code, closure.text], [406, text])
  })
}

test('a delivery limit is a number', since4('delivery limit'), async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('q')
  const arguments_ = { ...quorum, 'x-delivery-limit': 'three' }
  const closure = await refusal(channel.assertQueue(queue, { durable: true, arguments: arguments_ }))
  const reason = '"expected integer, got longstr"'
  const text = `PRECONDITION_FAILED - invalid arg 'x-delivery-limit' for queue '${queue}' in vhost '/': ${reason}`
  assert.deepEqual([closure.code, closure.text], [406, text])
})

const others: [type: Record<string, unknown>, received: string, current: string][] = [
  [{}, 'none', "the value 'quorum' of type 'longstr'"],
  [{ 'x-queue-type': 'classic' }, "'classic'", "'quorum'"],
]

for (const [arguments_, received, current] of others) {
  test(`a quorum queue cannot be declared again with type ${received}`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = await session.queue(channel, { durable: true, arguments: quorum })
    const closure = await refusal(channel.assertQueue(queue, { durable: true, arguments: arguments_ }))
    const text = `inequivalent arg 'x-queue-type' for queue '${queue}' in vhost '/': received ${received} but current is ${current}`
    assert.deepEqual([closure.code, closure.text], [406, `PRECONDITION_FAILED - ${text}`])
  })
}

for (const flag of ['if-unused', 'if-empty'] as const) {
  test(`a quorum queue cannot be deleted ${flag}`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const queue = await session.queue(channel, { durable: true, arguments: quorum })
    const options = flag === 'if-unused' ? { ifUnused: true } : { ifEmpty: true }
    channel.deleteQueue(queue, options).catch(() => {})
    const closure = await session.closed
    const text = `cannot delete queue '${queue}' in vhost '/'. queue.delete operations with ${flag} flag set are not supported by quorum queues`
    assert.deepEqual([closure.code, closure.text], [540, `NOT_IMPLEMENTED - ${text}`])
  })
}
