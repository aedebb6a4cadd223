import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { drain, publish } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'

const broker = withBroker()

test('binding what is not there is refused with 404', async (t) => {
  const session = await broker.open(t)
  const queue = await session.queue(await session.channel())
  const missing = session.name('missing')
  const noQueue = `NOT_FOUND - no queue '${missing}' in vhost '/'`
  const noExchange = `NOT_FOUND - no exchange '${missing}' in vhost '/'`
  const attempts: [
    attempt: (channel: Awaited<ReturnType<typeof session.channel>>) => Promise<unknown>,
    text: string,
  ][] = [
    [(channel) => channel.bindQueue(missing, 'amq.direct', 'k'), noQueue],
    [(channel) => channel.bindQueue(queue, missing, 'k'), noExchange],
    [(channel) => channel.bindExchange(missing, 'amq.direct', 'k'), noExchange],
    [(channel) => channel.bindExchange('amq.direct', missing, 'k'), noExchange],
  ]
  for (const [attempt, text] of attempts) {
    const closure = await refusal(attempt(await session.channel()))
    assert.deepEqual([closure.code, closure.text], [404, text])
  }
})

test('unbinding what was never bound, or never was, succeeds', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  const missing = session.name('missing')
  await channel.unbindQueue(missing, 'amq.direct', 'k')
  await channel.unbindQueue(queue, missing, 'k')
  await channel.unbindExchange(missing, 'amq.direct', 'k')
  await channel.unbindExchange('amq.direct', missing, 'k')
  await channel.unbindQueue(queue, 'amq.direct', 'never')
  await channel.unbindExchange('amq.fanout', 'amq.direct', 'never')
})

test('binding twice alike is one binding', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'direct')
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, 'k')
  await channel.bindQueue(queue, exchange, 'k')
  await publish(channel, { exchange, key: 'k', body: 'once' })
  assert.deepEqual(await drain(channel, queue), ['once'])
  await channel.unbindQueue(queue, exchange, 'k')
  await publish(channel, { exchange, key: 'k', body: 'gone' })
  assert.deepEqual(await drain(channel, queue), [])
})

test('a message that matches several bindings of a queue comes once', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'topic')
  const queue = await session.queue(channel)
  for (const pattern of ['#', 'a.*', 'a.b', '*.b']) await channel.bindQueue(queue, exchange, pattern)
  await publish(channel, { exchange, key: 'a.b', body: 'once' })
  assert.deepEqual(await drain(channel, queue), ['once'])
})

test('an exchange bound to an exchange passes messages on', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const source = await session.exchange(channel, 'topic')
  const middle = await session.exchange(channel, 'fanout')
  const queue = await session.queue(channel)
  await channel.bindExchange(middle, source, 'log.#')
  await channel.bindQueue(queue, middle, '')
  await publish(channel, { exchange: source, key: 'log.error', body: 'through' })
  await publish(channel, { exchange: source, key: 'other', body: 'not through' })
  assert.deepEqual(await drain(channel, queue), ['through'])
  await channel.unbindExchange(middle, source, 'log.#')
  await publish(channel, { exchange: source, key: 'log.error', body: 'cut off' })
  assert.deepEqual(await drain(channel, queue), [])
})

test('exchanges bound in a circle deliver a message once', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const first = await session.exchange(channel, 'fanout')
  const second = await session.exchange(channel, 'fanout')
  const queue = await session.queue(channel)
  await channel.bindExchange(second, first, '')
  await channel.bindExchange(first, second, '')
  await channel.bindExchange(first, first, '')
  await channel.bindQueue(queue, first, '')
  await channel.bindQueue(queue, second, '')
  await publish(channel, { exchange: first, key: '', body: 'round' })
  assert.deepEqual(await drain(channel, queue), ['round'])
})

test('deleting an exchange takes its bindings with it', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'fanout')
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, '')
  await channel.deleteExchange(exchange)
  await channel.assertExchange(exchange, 'fanout', { durable: false })
  await publish(channel, { exchange, key: '', body: 'unbound now' })
  assert.deepEqual(await drain(channel, queue), [])
})

test('an alternate exchange gets what its exchange cannot route', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const alternate = await session.exchange(channel, 'fanout')
  const exchange = await session.exchange(channel, 'direct', { alternateExchange: alternate })
  const routed = await session.queue(channel)
  const stray = await session.queue(channel)
  await channel.bindQueue(routed, exchange, 'known')
  await channel.bindQueue(stray, alternate, '')
  await publish(channel, { exchange, key: 'known', body: 'routed' })
  await publish(channel, { exchange, key: 'unknown', body: 'stray' })
  assert.deepEqual(await drain(channel, routed), ['routed'])
  assert.deepEqual(await drain(channel, stray), ['stray'])
})

test('alternate exchanges form a chain, and one that is missing ends it', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const last = await session.exchange(channel, 'fanout', { alternateExchange: session.name('missing') })
  const middle = await session.exchange(channel, 'direct', { alternateExchange: last })
  const first = await session.exchange(channel, 'direct', { alternateExchange: middle })
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, last, '')
  await publish(channel, { exchange: first, key: 'nobody', body: 'down the chain' })
  assert.deepEqual(await drain(channel, queue), ['down the chain'])
  await channel.unbindQueue(queue, last, '')
  await publish(channel, { exchange: first, key: 'nobody', body: 'dropped' })
  assert.deepEqual(await drain(channel, queue), [])
})

test('an internal exchange routes what other exchanges pass on', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const front = await session.exchange(channel, 'fanout')
  const inner = await session.exchange(channel, 'direct', { internal: true })
  const queue = await session.queue(channel)
  await channel.bindExchange(inner, front, '')
  await channel.bindQueue(queue, inner, 'k')
  await publish(channel, { exchange: front, key: 'k', body: 'inside' })
  assert.deepEqual(await drain(channel, queue), ['inside'])
})
