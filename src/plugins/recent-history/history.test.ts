import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Core, declare, KeepingConsumer, openCore, turns } from '../../../test/support/core.ts'
import type { Broker } from '../../broker/broker.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties } from '../../broker/properties.ts'
import { openMemoryStore } from '../../store/memory-store.ts'
import { recentHistoryExchangeType } from './recent-history-exchange.ts'

const equip = (broker: Broker) => broker.addExchangeType(recentHistoryExchangeType)

async function declareHistory({ access }: Core, options: { durable: boolean }): Promise<void> {
  const length = [['x-recent-history-length', { tag: 'I', value: 3 }]] as const
  const declaration = { name: 'h', type: 'x-recent-history', autoDelete: false, internal: false }
  await access.declareExchange({ ...declaration, ...options, arguments: length })
}

function publish({ access }: Core, body: string, deliveryMode: number): string {
  const compact = encodeProperties({ deliveryMode })
  const content = Buffer.concat([compact, Buffer.from(body)])
  return access.publish(new Message(access.address('h', ''), content, 0, compact.length, body.length))
}

/** What a queue gets that is bound now. */
async function history(core: Core): Promise<string[]> {
  const queue = `q${Math.trunc(core.clock.monotonic())}`
  core.clock.advance(1)
  await declare(core.access, queue)
  await core.access.bindQueue({ source: 'h', destination: queue, routingKey: '', arguments: [] })
  const consumer = new KeepingConsumer({ settled: true }).subscribe(core.access, queue)
  await turns()
  return consumer.bodies
}

test('the persistent messages of a durable exchange are its history after a restart too', async () => {
  const store = openMemoryStore()
  const before = await openCore({ store, equip })
  await declareHistory(before, { durable: true })
  for (const body of ['a', 'b', 'c', 'd']) assert.equal(publish(before, body, 2), 'unroutable')
  publish(before, 'transient', 1)
  assert.deepEqual(await history(before), ['c', 'd', 'transient'])
  await before.broker.close()

  const after = await openCore({ store, equip })
  assert.deepEqual(await history(after), ['c', 'd'])
  for (const body of ['e', 'f']) publish(after, body, 2)
  await turns()
  await after.broker.close()
  assert.deepEqual(await history(await openCore({ store, equip })), ['d', 'e', 'f'])
})

test('what is no longer in the history takes no space in the log', async () => {
  const store = openMemoryStore()
  const bounds = {
    extentBytes: 4096,
    reserveBytes: 16_384,
    notesAhead: 4096,
    changesPerSnapshot: 10_000,
    residence: { count: 64, bytes: 64 * 1024 },
  }
  const core = await openCore({ store, equip, bounds })
  await declareHistory(core, { durable: true })
  const log = await store.open('messages')
  publish(core, 'first', 2)
  await core.access.declareExchange({
    name: 'x',
    type: 'fanout',
    durable: true,
    autoDelete: false,
    internal: false,
    arguments: [],
  })
  for (let count = 0; count < 3000; count++) {
    publish(core, 'x'.repeat(1000), 2)
    if (count % 100 === 0) await turns()
  }
  await turns()
  assert.ok(log.start > 1_000_000, `the log begins at ${log.start}`)
  await core.access.deleteExchange('h', { ifUnused: false })
  await declareHistory(core, { durable: true })
  assert.deepEqual(await history(core), [])
})

test('a transient exchange has its history in memory', async () => {
  const core = await openCore({ equip })
  await declareHistory(core, { durable: false })
  publish(core, 'a', 2)
  assert.deepEqual(await history(core), ['a'])
})
