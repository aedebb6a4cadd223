import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Core, declare, KeepingConsumer, message, openCore, turns } from '../../../test/support/core.ts'
import type { Broker, BrokerBounds } from '../../broker/broker.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties, type Properties } from '../../broker/properties.ts'
import { longString, type Table, tableGet } from '../../std/table.ts'
import type { Store } from '../../store/log.ts'
import { openMemoryStore } from '../../store/memory-store.ts'
import { delayedMessageExchangeType } from './delayed-message-exchange.ts'

const DAY = 86_400_000

const equip = (broker: Broker) =>
  broker.addExchangeType(delayedMessageExchangeType((name) => broker.exchangeType(name)))

/** A broker with a delayed exchange `later`, and a durable queue `q` bound to it. */
async function open(
  options: { store?: Store; now?: number; durable?: boolean; bounds?: BrokerBounds } = {},
): Promise<Core> {
  const core = await openCore({ ...options, equip })
  await core.access.declareExchange({
    name: 'later',
    type: 'x-delayed-message',
    durable: options.durable ?? true,
    autoDelete: false,
    internal: false,
    arguments: [['x-delayed-type', longString('fanout')]],
  })
  await declare(core.access, 'q', { durable: true })
  await core.access.bindQueue({ source: 'later', destination: 'q', routingKey: '', arguments: [] })
  return core
}

function delayed(core: Core, body: string, milliseconds: number, properties: Properties = {}): Message {
  const headers: Table = [['x-delay', { tag: 'l', value: BigInt(milliseconds) }]]
  const compact = encodeProperties({ headers, ...properties })
  const content = Buffer.concat([compact, Buffer.from(body)])
  return new Message(core.access.address('later', ''), content, 0, compact.length, content.length - compact.length)
}

/** Lets time pass for the broker, and what that sets in motion happen. */
async function pass(core: Core, milliseconds: number): Promise<void> {
  await turns()
  core.clock.advance(milliseconds)
  await turns()
  await turns()
}

const delayedCount = (core: Core) => core.broker.virtualHost('/')!.exchange('later')!.info().messages_delayed

test('messages leave by due time, and those due together in the order of publishing', async () => {
  const core = await open()
  const consumer = new KeepingConsumer({ settled: true }).subscribe(core.access, 'q')
  for (const [body, delay] of [
    ['c', 3000],
    ['a1', 1000],
    ['b', 2000],
    ['a2', 1000],
    ['a3', 1000],
  ] as const) {
    assert.equal(core.access.publish(delayed(core, body, delay)), 'stored')
  }
  await pass(core, 999)
  assert.deepEqual(consumer.bodies, [])
  assert.equal(delayedCount(core), 5)
  await pass(core, 1)
  assert.deepEqual(consumer.bodies, ['a1', 'a2', 'a3'])
  await pass(core, 5000)
  assert.deepEqual(consumer.bodies, ['a1', 'a2', 'a3', 'b', 'c'])
  assert.equal(delayedCount(core), 0)
})

test('a delivered message says how long it was delayed, negatively', async () => {
  const core = await open()
  const consumer = new KeepingConsumer({ settled: true }).subscribe(core.access, 'q')
  core.access.publish(delayed(core, 'short', 1000))
  core.access.publish(delayed(core, 'long', 50 * DAY))
  await pass(core, 50 * DAY)
  assert.deepEqual(
    consumer.deliveries.map(({ message }) => tableGet(message.properties.headers!, 'x-delay')),
    [
      { tag: 'I', value: -1000 },
      { tag: 'l', value: BigInt(-50 * DAY) },
    ],
  )
})

test('what was delayed survives a restart with its due time, in order, whatever its delivery mode', async () => {
  const store = openMemoryStore()
  const before = await open({ store })
  before.access.publish(delayed(before, 'last', 10 * DAY, { deliveryMode: 2 }))
  before.access.publish(delayed(before, 'second', 5000))
  before.access.publish(delayed(before, 'third', 5000, { deliveryMode: 2 }))
  before.access.publish(delayed(before, 'first', 4000))
  before.access.publish(delayed(before, 'gone before', 100, { deliveryMode: 2 }))
  await pass(before, 100)
  await before.broker.close()

  const after = await openCore({ store, equip, now: 1000 })
  assert.equal(delayedCount(after), 4)
  const consumer = new KeepingConsumer({ settled: true }).subscribe(after.access, 'q')
  await pass(after, 2999)
  assert.deepEqual(consumer.bodies, ['gone before'])
  await pass(after, 1)
  assert.deepEqual(consumer.bodies, ['gone before', 'first'])
  await pass(after, 1000)
  assert.deepEqual(consumer.bodies, ['gone before', 'first', 'second', 'third'])
  await pass(after, 10 * DAY)
  assert.deepEqual(consumer.bodies.at(-1), 'last')
})

test('what became due while the broker was down comes after the start, by due time', async () => {
  const store = openMemoryStore()
  const before = await open({ store })
  for (const delay of [3000, 1000, 2000]) before.access.publish(delayed(before, String(delay), delay))
  await turns()
  await before.broker.close()
  const after = await openCore({ store, equip, now: DAY })
  await turns()
  const consumer = new KeepingConsumer({ settled: true }).subscribe(after.access, 'q')
  while (consumer.deliveries.length < 3) await turns()
  assert.deepEqual(consumer.bodies, ['1000', '2000', '3000'])
})

test('deleting the exchange drops what it keeps, and its space in the log', async () => {
  const store = openMemoryStore()
  const core = await open({ store })
  const consumer = new KeepingConsumer({ settled: true }).subscribe(core.access, 'q')
  core.access.publish(delayed(core, 'never', 1000))
  await turns()
  await core.access.deleteExchange('later', { ifUnused: false })
  await pass(core, 5000)
  await core.broker.close()
  const after = await open({ store, now: 10_000 })
  await pass(after, 5000)
  assert.deepEqual(consumer.bodies, [])
  assert.equal(after.access.checkQueue('q').depth, 0)
  assert.equal(delayedCount(after), 0)
})

test('a transient exchange delays too, and is gone after a restart with what it kept', async () => {
  const store = openMemoryStore()
  const core = await open({ store, durable: false })
  const consumer = new KeepingConsumer({ settled: true }).subscribe(core.access, 'q')
  assert.equal(core.access.publish(delayed(core, 'm', 1000, { deliveryMode: 2 })), 'transient')
  core.access.publish(delayed(core, 'late', 5000))
  await pass(core, 1000)
  assert.deepEqual(consumer.bodies, ['m'])
  await core.broker.close()
  const after = await openCore({ store, equip, now: 10_000 })
  assert.throws(() => after.access.checkExchange('later'))
  await turns()
  assert.equal(after.access.checkQueue('q').depth, 0)
})

test('a message that goes to a queue at once and to a delayed exchange too is stored for both', async () => {
  const store = openMemoryStore()
  const core = await open({ store })
  const exchange = { durable: true, autoDelete: false, internal: false, arguments: [] }
  await core.access.declareExchange({ ...exchange, name: 'both', type: 'fanout' })
  await declare(core.access, 'now', { durable: true })
  await core.access.bindQueue({ source: 'both', destination: 'now', routingKey: '', arguments: [] })
  await core.access.bindExchange({ source: 'both', destination: 'later', routingKey: '', arguments: [] })
  const { content, propertiesSize, bodySize } = delayed(core, 'm', 1000, { deliveryMode: 2 })
  core.access.publish(new Message(core.access.address('both', 'k'), content, 0, propertiesSize, bodySize))
  await turns()
  assert.deepEqual([core.access.checkQueue('now').depth, core.access.checkQueue('q').depth], [1, 0])
  await core.broker.close()
  const after = await openCore({ store, equip, now: 1000 })
  await turns()
  assert.deepEqual([after.access.checkQueue('now').depth, after.access.checkQueue('q').depth], [1, 1])
  const consumer = new KeepingConsumer({ settled: true }).subscribe(after.access, 'q')
  while (consumer.deliveries.length < 1) await turns()
  assert.equal(consumer.deliveries[0]!.message.address.exchange, 'both')
})

test('messages kept for long move along when the log is cleared behind them', async () => {
  const store = openMemoryStore()
  const bounds = {
    extentBytes: 4096,
    reserveBytes: 16_384,
    notesAhead: 4096,
    changesPerSnapshot: 10_000,
    residence: { count: 64, bytes: 64 * 1024 },
  }
  const core = await open({ store, bounds })
  const log = await store.open('messages')
  for (let index = 0; index < 20; index++) {
    core.access.publish(delayed(core, `kept ${index}`, DAY, { deliveryMode: 2 }))
    await declare(core.access, `busy-${index}`, { durable: true })
    const consumer = new KeepingConsumer({ settled: true }).subscribe(core.access, `busy-${index}`)
    for (let count = 0; count < 2000; count++) {
      core.access.publish(message(core.access, `busy-${index}`, 'x'.repeat(1000), { deliveryMode: 2 }))
    }
    while (consumer.deliveries.length < 2000) await turns()
  }
  assert.ok(log.start > 0, 'nothing of the log was given up')
  await core.broker.close()

  const after = await openCore({ store, equip, now: DAY })
  const consumer = new KeepingConsumer({ settled: true }).subscribe(after.access, 'q')
  while (consumer.deliveries.length < 20) await turns()
  assert.deepEqual(
    consumer.bodies,
    Array.from({ length: 20 }, (_, index) => `kept ${index}`),
  )
})
