import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { drain, publish, textOf } from '../support/inbox.ts'
import type { Session } from '../support/session.ts'

const broker = withVirtualBroker()

async function holding(session: Session, messages: readonly [body: string, priority?: number][]) {
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, maxPriority: 10 })
  for (const [body, priority] of messages) {
    await publish(channel, { key: queue, body, options: priority === undefined ? {} : { priority } })
  }
  return { channel, queue }
}

test('higher priorities come first, equal ones in order of arrival', async (t) => {
  const session = await broker.open(t)
  const { channel, queue } = await holding(session, [
    ['a1', 1],
    ['a5', 5],
    ['b1', 1],
    ['b5', 5],
    ['c9', 9],
  ])
  assert.deepEqual(await drain(channel, queue), ['c9', 'a5', 'b5', 'a1', 'b1'])
})

test('no priority counts as the lowest, and one above the maximum as the maximum', async (t) => {
  const session = await broker.open(t)
  const { channel, queue } = await holding(session, [['none'], ['zero', 0], ['ten', 10], ['beyond', 200]])
  assert.deepEqual(await drain(channel, queue), ['ten', 'beyond', 'none', 'zero'])
})

test('the priority arrives as it was sent', async (t) => {
  const session = await broker.open(t)
  const { channel, queue } = await holding(session, [['x', 200]])
  const message = await channel.get(queue, { noAck: true })
  assert.ok(message)
  assert.equal(message.properties.priority, 200)
})

test('a requeued message returns to its place within its priority', async (t) => {
  const session = await broker.open(t)
  const { channel, queue } = await holding(session, [
    ['high 1', 7],
    ['high 2', 7],
    ['low', 2],
  ])
  const taken = await channel.get(queue)
  assert.ok(taken)
  await publish(channel, { key: queue, body: 'high 3', options: { priority: 7 } })
  channel.nack(taken)
  assert.deepEqual(await drain(channel, queue), ['high 1', 'high 2', 'high 3', 'low'])
})

test('a queue without priorities ignores them', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await publish(channel, { key: queue, body: 'first', options: { priority: 0 } })
  await publish(channel, { key: queue, body: 'second', options: { priority: 9 } })
  assert.deepEqual(await drain(channel, queue), ['first', 'second'])
})

test('a full priority queue drops from its head, which is its highest priority', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, maxPriority: 5, maxLength: 2 })
  for (const [body, priority] of [
    ['high', 5],
    ['low', 1],
    ['middle', 3],
  ] as const) {
    await publish(channel, { key: queue, body, options: { priority } })
  }
  assert.deepEqual(await drain(channel, queue), ['middle', 'low'])
})

test('messages of every priority expire', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, maxPriority: 5 })
  await publish(channel, { key: queue, body: 'low', options: { priority: 1, expiration: '100' } })
  await publish(channel, { key: queue, body: 'high', options: { priority: 5 } })
  await broker.elapse(150)
  const left = await channel.get(queue, { noAck: true })
  assert.ok(left)
  assert.equal(textOf(left), 'high')
  assert.deepEqual(await drain(channel, queue), [])
})
