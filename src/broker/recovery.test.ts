import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declare, KeepingConsumer, message, openCore, turns } from '../../test/support/core.ts'
import { longString } from '../std/table.ts'
import { openMemoryStore } from '../store/memory-store.ts'
import { Message } from './message.ts'

const persistent = { deliveryMode: 2 }

test('durable topology and the messages not settled are back after a restart, in order, handed out ones flagged', async () => {
  const store = openMemoryStore()
  const before = await openCore({ store })
  await before.access.declareExchange({
    name: 'x',
    type: 'topic',
    durable: true,
    autoDelete: false,
    internal: false,
    arguments: [],
  })
  await declare(before.access, 'q', { durable: true })
  await declare(before.access, 'transient')
  const binding = { source: 'x', destination: 'q', routingKey: 'a.#', arguments: [] }
  await before.access.bindQueue(binding)
  for (const body of ['1', '2', '3', '4']) before.access.publish(message(before.access, 'q', body, persistent))
  before.access.publish(message(before.access, 'q', 'not kept'))
  const consumer = new KeepingConsumer({ credit: 2 }).subscribe(before.access, 'q')
  await turns()
  consumer.credit = -1
  consumer.settle('accepted')
  await before.broker.close()

  const { access } = await openCore({ store })
  const queue = access.checkQueue('q')
  assert.equal(queue.depth, 3)
  assert.throws(() => access.checkQueue('transient'))
  access.checkExchange('x')
  const after = new KeepingConsumer().subscribe(access, 'q')
  while (after.deliveries.length < 3) await turns()
  assert.deepEqual(after.bodies, ['2', '3', '4'])
  assert.deepEqual(
    after.deliveries.map((delivery) => delivery.redelivered),
    [true, false, false],
  )
  const { content, propertiesSize, bodySize } = message(access, 'q', 'routed', persistent)
  access.publish(new Message(access.address('x', 'a.b'), content!, 0, propertiesSize, bodySize))
  await turns()
  assert.deepEqual(after.bodies.at(-1), 'routed')
})

test('after a crash everything that may have been handed out says so', async () => {
  const store = openMemoryStore()
  const first = await openCore({ store })
  await declare(first.access, 'consumed', { durable: true })
  await declare(first.access, 'idle', { durable: true })
  for (const queue of ['consumed', 'idle']) {
    for (const body of ['a', 'b']) first.access.publish(message(first.access, queue, body, persistent))
  }
  const consumer = new KeepingConsumer({ credit: 1 }).subscribe(first.access, 'consumed')
  while (consumer.deliveries.length < 1) await turns()
  await first.broker.flush()
  const { access } = await openCore({ store })
  for (const [queue, redelivered] of [
    ['consumed', true],
    ['idle', false],
  ] as const) {
    const after = new KeepingConsumer().subscribe(access, queue)
    while (after.deliveries.length < 2) await turns()
    assert.equal(after.deliveries[0]?.redelivered, redelivered, queue)
  }
})

test('a third start shows the same as the second, and sequence numbers are never used twice', async () => {
  const store = openMemoryStore()
  const first = await openCore({ store })
  await declare(first.access, 'q', { durable: true })
  first.access.publish(message(first.access, 'q', 'a', persistent))
  await first.broker.flush()
  const second = await openCore({ store })
  second.access.publish(message(second.access, 'q', 'b', persistent))
  await second.access.purgeQueue('q')
  second.access.publish(message(second.access, 'q', 'c', persistent))
  await second.broker.flush()
  for (let start = 3; start <= 4; start++) {
    const { access } = await openCore({ store })
    const consumer = new KeepingConsumer().subscribe(access, 'q')
    while (consumer.deliveries.length < 1) await turns()
    assert.deepEqual(consumer.bodies, ['c'], `start ${start}`)
  }
})

test('a deleted queue does not come back, nor do its messages in a new queue of its name', async () => {
  const store = openMemoryStore()
  const first = await openCore({ store })
  await declare(first.access, 'q', { durable: true })
  first.access.publish(message(first.access, 'q', 'old', persistent))
  await first.access.deleteQueue('q', { ifUnused: false, ifEmpty: false })
  await declare(first.access, 'q', { durable: true })
  await first.broker.flush()
  const second = await openCore({ store })
  assert.equal(second.access.checkQueue('q').depth, 0)
})

test('a message in two queues is stored once and lives in each until settled there', async () => {
  const store = openMemoryStore()
  const first = await openCore({ store })
  for (const name of ['a', 'b']) await declare(first.access, name, { durable: true })
  const both = message(first.access, 'a', 'both', {
    ...persistent,
    headers: [['CC', { tag: 'A', value: [longString('b')] }]],
  })
  assert.equal(first.access.publish(both), 'stored')
  const consumer = new KeepingConsumer().subscribe(first.access, 'a')
  await turns()
  consumer.settle('accepted')
  await first.broker.flush()
  const second = await openCore({ store })
  assert.equal(second.access.checkQueue('a').depth, 0)
  assert.equal(second.access.checkQueue('b').depth, 1)
})

test('time to live goes on while the broker is down', async () => {
  const store = openMemoryStore()
  const first = await openCore({ store })
  await declare(first.access, 'q', { durable: true })
  first.access.publish(message(first.access, 'q', 'x', { ...persistent, expiration: '1000' }))
  await first.broker.flush()
  const second = await openCore({ store, now: 600 })
  const queue = second.access.checkQueue('q')
  assert.equal(queue.depth, 1)
  second.clock.advance(400)
  await turns()
  assert.equal(queue.depth, 0)
})

test('what is published after a crash is not flagged, though the note of what was handed out ran ahead', async () => {
  const store = openMemoryStore()
  const first = await openCore({ store })
  await declare(first.access, 'q', { durable: true })
  first.access.publish(message(first.access, 'q', 'old', persistent))
  const consumer = new KeepingConsumer({ credit: 1 }).subscribe(first.access, 'q')
  while (consumer.deliveries.length < 1) await turns()

  // Memory is short, so that what is published leaves it and is read back.
  const { access } = await openCore({ store, settings: { contentBytesInMemoryMax: 1000 } })
  for (let count = 0; count < 200; count++) access.publish(message(access, 'q', 'x'.repeat(1000), persistent))
  const again = new KeepingConsumer().subscribe(access, 'q')
  while (again.deliveries.length < 201) await turns()
  const flagged = again.deliveries.flatMap((delivery, index) => (delivery.redelivered ? [index] : []))
  assert.deepEqual(flagged, [0])
})
