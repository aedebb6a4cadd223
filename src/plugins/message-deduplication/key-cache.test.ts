import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Core, declare, openCore, turns } from '../../../test/support/core.ts'
import type { Broker, BrokerBounds } from '../../broker/broker.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties } from '../../broker/properties.ts'
import { longString, type Table } from '../../std/table.ts'
import type { Store } from '../../store/log.ts'
import { openMemoryStore } from '../../store/memory-store.ts'
import { messageDeduplicationExchangeType } from './message-deduplication-exchange.ts'

const equip = (broker: Broker) => broker.addExchangeType(messageDeduplicationExchangeType)
const disk: Table = [['x-cache-persistence', longString('disk')]]
const number = (value: number) => ({ tag: 'I', value }) as const

/** A broker with a deduplicating exchange `once`, and a queue `q` bound to it. */
async function open(
  arguments_: Table,
  options: { store?: Store; now?: number; bounds?: BrokerBounds; queue?: Table } = {},
): Promise<Core> {
  const core = await openCore({ ...options, equip })
  const declaration = {
    name: 'once',
    type: 'x-message-deduplication',
    durable: true,
    autoDelete: false,
    internal: false,
  }
  await core.access.declareExchange({ ...declaration, arguments: [['x-cache-size', number(100)], ...arguments_] })
  await declare(core.access, 'q', { durable: true, arguments: options.queue ?? [] })
  await core.access.bindQueue({ source: 'once', destination: 'q', routingKey: '', arguments: [] })
  return core
}

/** Publishes with a key; answers what became of it. */
function publish(core: Core, key: string, headers: Table = []): string {
  const properties = { deliveryMode: 2, headers: [['x-deduplication-header', longString(key)] as const, ...headers] }
  const compact = encodeProperties(properties)
  return core.access.publish(new Message(core.access.address('once', ''), compact, 0, compact.length, 0))
}

const entries = (core: Core) => core.broker.virtualHost('/')!.exchange('once')!.info().deduplication_cache_entries

test('a full cache forgets the oldest key, and no other', async () => {
  const core = await open([])
  for (let key = 0; key < 250; key++) assert.equal(publish(core, `k${key}`), 'stored')
  assert.equal(entries(core), 100)
  for (let key = 150; key < 250; key++) assert.equal(publish(core, `k${key}`), 'unroutable')
  assert.equal(publish(core, 'k149'), 'stored')
  assert.equal(publish(core, 'k150'), 'stored')
  assert.equal(publish(core, 'k152'), 'unroutable')
})

test('a key that expired is new again, and expired ones that nobody asks for leave in time', async () => {
  const core = await open([['x-cache-ttl', number(1000)]])
  for (let key = 0; key < 50; key++) publish(core, `old${key}`)
  core.clock.advance(999)
  assert.equal(publish(core, 'old0'), 'unroutable')
  core.clock.advance(1)
  assert.equal(publish(core, 'old0'), 'stored')
  for (let key = 0; key < 40; key++) publish(core, `new${key}`)
  assert.equal(entries(core), 41)
})

test('a message may say how long its key holds', async () => {
  const core = await open([['x-cache-ttl', number(1000)]])
  publish(core, 'k', [['x-cache-ttl', number(5000)]])
  core.clock.advance(4999)
  assert.equal(publish(core, 'k'), 'unroutable')
  core.clock.advance(1)
  assert.equal(publish(core, 'k'), 'stored')
})

test('keys on disk survive a restart with their expiry; those in memory do not', async () => {
  for (const [arguments_, expected] of [
    [disk, 'unroutable'],
    [[], 'stored'],
  ] as const) {
    const store = openMemoryStore()
    const before = await open(arguments_, { store })
    publish(before, 'for ever')
    publish(before, 'a rather long key that is kept as a digest of itself')
    publish(before, 'for a second', [['x-cache-ttl', number(1000)]])
    publish(before, 'for ten', [['x-cache-ttl', number(10_000)]])
    await turns()
    await before.broker.close()
    const after = await openCore({ store, equip, now: 5000 })
    assert.equal(publish(after, 'for ever'), expected)
    assert.equal(publish(after, 'a rather long key that is kept as a digest of itself'), expected)
    assert.equal(publish(after, 'for a second'), 'stored')
    assert.equal(publish(after, 'for ten'), expected)
    assert.equal(publish(after, 'other'), 'stored')
    await after.broker.close()
    const again = await openCore({ store, equip, now: 20_000 })
    assert.equal(publish(again, 'for ten'), 'stored')
    assert.equal(publish(again, 'other'), expected)
  }
})

test('keys that gave way are not back after a restart', async () => {
  const store = openMemoryStore()
  const before = await open(disk, { store })
  for (let key = 0; key < 150; key++) publish(before, `k${key}`)
  await turns()
  for (let key = 150; key < 220; key++) publish(before, `k${key}`)
  await before.broker.close()
  const after = await openCore({ store, equip })
  assert.equal(entries(after), 100)
  assert.equal(publish(after, 'k120'), 'unroutable')
  assert.equal(publish(after, 'k119'), 'stored')
})

test('a message that a queue refused may be sent again', async () => {
  const queue: Table = [
    ['x-max-length', number(1)],
    ['x-overflow', longString('reject-publish')],
  ]
  const core = await open(disk, { queue })
  assert.equal(publish(core, 'a'), 'stored')
  assert.equal(publish(core, 'b'), 'refused')
  await turns()
  await core.access.purgeQueue('q')
  assert.equal(publish(core, 'b'), 'stored')
  assert.equal(publish(core, 'b'), 'unroutable')
})

test('a message that leads nowhere may be sent again', async () => {
  const core = await open([])
  await core.access.unbindQueue({ source: 'once', destination: 'q', routingKey: '', arguments: [] })
  assert.equal(publish(core, 'a'), 'unroutable')
  await core.access.bindQueue({ source: 'once', destination: 'q', routingKey: '', arguments: [] })
  assert.equal(publish(core, 'a'), 'stored')
})

test('keys move along when the log is cleared behind them, and their space is given back in the end', async () => {
  const store = openMemoryStore()
  const bounds = {
    extentBytes: 4096,
    reserveBytes: 16_384,
    notesAhead: 4096,
    changesPerSnapshot: 10_000,
    residence: { count: 64, bytes: 64 * 1024 },
  }
  const core = await open(disk, { store, bounds })
  const log = await store.open('messages')
  for (let key = 0; key < 40_000; key++) {
    publish(core, `key ${key}`)
    if (key % 500 !== 0) continue
    await core.access.purgeQueue('q')
    await turns()
  }
  assert.ok(log.start > 0, 'nothing of the log was given up')
  await core.broker.close()
  const after = await openCore({ store, equip })
  assert.equal(entries(after), 100)
  for (let key = 39_900; key < 40_000; key++) assert.equal(publish(after, `key ${key}`), 'unroutable')
})
