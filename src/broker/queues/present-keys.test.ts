import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Core, declare, KeepingConsumer, message, openCore, turns } from '../../../test/support/core.ts'
import { longString, type Table } from '../../std/table.ts'
import { openMemoryStore } from '../../store/memory-store.ts'

const once: Table = [['x-message-deduplication', { tag: 't', value: true }]]

function publish(core: Core, key: string, body = key, deliveryMode = 2): string {
  const headers: Table = [['x-deduplication-header', longString(key)]]
  return core.access.publish(message(core.access, 'q', body, { deliveryMode, headers }))
}

test('a deduplicating queue takes a message once while it has it, waiting or handed out', async () => {
  const core = await openCore()
  const queue = await declare(core.access, 'q', { durable: true, arguments: once })
  for (const body of ['first', 'second']) assert.equal(publish(core, 'a', body), 'stored')
  publish(core, 'b', 'b', 1)
  publish(core, 'b', 'b again', 1)
  assert.equal(queue.depth, 2)
  const consumer = new KeepingConsumer().subscribe(core.access, 'q')
  while (consumer.deliveries.length < 2) await turns()
  publish(core, 'a', 'third')
  assert.equal(queue.depth, 0)
  consumer.settle('accepted')
  publish(core, 'a', 'fourth')
  while (consumer.deliveries.length < 2) await turns()
  assert.deepEqual(consumer.bodies, ['b', 'fourth'])
  consumer.settle('requeued')
  publish(core, 'b', 'b once more', 1)
  await turns()
  assert.deepEqual(consumer.bodies, ['fourth', 'b'])
})

test('what a deduplicating queue drops, purges or lets expire may come again, also from disk', async () => {
  const core = await openCore()
  const arguments_: Table = [...once, ['x-max-length', { tag: 'I', value: 3000 }]]
  const queue = await declare(core.access, 'q', { durable: true, arguments: arguments_ })
  for (let key = 0; key < 4000; key++) publish(core, `k${key}`)
  await turns()
  assert.equal(queue.depth, 3000)
  publish(core, 'k999')
  publish(core, 'k1001')
  await turns()
  assert.equal(queue.depth, 3000)
  assert.equal(queue.purge(), 3000)
  for (let key = 0; key < 4000; key++) publish(core, `k${key}`)
  await turns()
  assert.equal(queue.depth, 3000)
  queue.purge()
  const headers: Table = [['x-deduplication-header', longString('short')]]
  core.access.publish(message(core.access, 'q', 'm', { headers, expiration: '1000' }))
  await turns()
  core.clock.advance(1000)
  await turns()
  publish(core, 'short')
  assert.equal(queue.depth, 1)
})

test('a message that a deduplicating queue throws out may come back to it', async () => {
  const core = await openCore()
  const arguments_: Table = [
    ...once,
    ['x-dead-letter-exchange', longString('')],
    ['x-dead-letter-routing-key', longString('q')],
  ]
  const queue = await declare(core.access, 'q', { durable: true, arguments: arguments_ })
  publish(core, 'a')
  const consumer = new KeepingConsumer().subscribe(core.access, 'q')
  while (consumer.deliveries.length < 1) await turns()
  consumer.settle('discarded')
  while (consumer.deliveries.length < 1) await turns()
  assert.equal(
    consumer.deliveries[0]!.message.properties.headers!.some(([name]) => name === 'x-death'),
    true,
  )
  assert.equal(queue.depth, 0)
})

test('a deduplicating queue knows after a restart what it has', async () => {
  const store = openMemoryStore()
  const before = await openCore({ store })
  await declare(before.access, 'q', { durable: true, arguments: once })
  for (const key of ['a', 'b', 'a key longer than what is kept in full']) publish(before, key)
  const consumer = new KeepingConsumer({ credit: 1 }).subscribe(before.access, 'q')
  while (consumer.deliveries.length < 1) await turns()
  consumer.credit = -1
  consumer.settle('accepted')
  await before.broker.close()
  const after = await openCore({ store })
  const queue = after.access.checkQueue('q')
  for (const key of ['b', 'a key longer than what is kept in full']) publish(after, key)
  assert.equal(queue.depth, 2)
  publish(after, 'a')
  assert.equal(queue.depth, 3)
})

test('other queues take the same message as often as it comes', async () => {
  const core = await openCore()
  const queue = await declare(core.access, 'q', { durable: true })
  for (const body of ['a', 'b']) publish(core, 'same', body)
  assert.equal(queue.depth, 2)
})
