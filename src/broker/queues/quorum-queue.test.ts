import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Core, declare, KeepingConsumer, message, openCore, turns } from '../../../test/support/core.ts'
import { longString, type Table, type TableValue, tableGet, tableInteger } from '../../std/table.ts'
import { openMemoryStore } from '../../store/memory-store.ts'
import type { Delivery } from '../delivery.ts'
import type { PolicyValue } from '../effective-policy.ts'
import type { Queue } from '../queue.ts'

const quorum: Table = [['x-queue-type', longString('quorum')]]
const number = (value: number): TableValue => ({ tag: 'I', value })
const letters: Table = [
  ['x-dead-letter-exchange', longString('')],
  ['x-dead-letter-routing-key', longString('letters')],
]
const atLeastOnce: Table = [
  ...letters,
  ['x-dead-letter-strategy', longString('at-least-once')],
  ['x-overflow', longString('reject-publish')],
]

function declareQuorum(core: Core, arguments_: Table = []): Promise<Queue> {
  return declare(core.access, 'q', { durable: true, arguments: [...quorum, ...arguments_] })
}

function publish(core: Core, ...bodies: string[]): void {
  for (const body of bodies) core.access.publish(message(core.access, 'q', body))
}

/** Consumes from a queue, one message after the other: `credit` at once. */
async function consume(core: Core, name: string, credit = Number.POSITIVE_INFINITY): Promise<KeepingConsumer> {
  const consumer = new KeepingConsumer({ credit }).subscribe(core.access, name)
  await turns()
  return consumer
}

function countsOf({ message, redelivered }: Delivery): unknown[] {
  const count = (name: string) => Number(tableInteger(tableGet(message.properties.headers ?? [], name)))
  return [message.body.toString(), redelivered, count('x-delivery-count'), count('x-acquired-count')]
}

function apply(queue: Queue, definition: Record<string, PolicyValue>): void {
  queue.applyPolicy({ policy: 'p', operatorPolicy: undefined, definition })
}

test('transient messages survive a restart too, with what is remembered of them', async () => {
  const store = openMemoryStore()
  const before = await openCore({ store })
  await declareQuorum(before)
  publish(before, 'a', 'b', 'c')
  const consumer = await consume(before, 'q', 2)
  consumer.credit = -2
  consumer.settle('failed')
  consumer.settle('requeued')
  await before.broker.close()

  const after = await openCore({ store })
  const again = await consume(after, 'q')
  while (again.deliveries.length < 3) await turns()
  assert.deepEqual(again.deliveries.map(countsOf), [
    ['a', true, 1, 1],
    ['b', true, 0, 1],
    ['c', false, Number.NaN, Number.NaN],
  ])
})

test('a message that goes behind all others keeps its counts, also after a restart', async () => {
  const store = openMemoryStore()
  const before = await openCore({ store })
  await declareQuorum(before, [['x-delivery-limit', number(-1)]])
  publish(before, 'a', 'b')
  const consumer = await consume(before, 'q', 1)
  consumer.credit = -1
  consumer.settle('failed')
  await before.broker.close()
  const after = await openCore({ store })
  const again = await consume(after, 'q')
  while (again.deliveries.length < 2) await turns()
  assert.deepEqual(again.deliveries.map(countsOf), [
    ['b', false, Number.NaN, Number.NaN],
    ['a', true, 1, 1],
  ])
})

test('counts stay in the log when its front is given up', async () => {
  const store = openMemoryStore()
  const bounds = {
    extentBytes: 4096,
    reserveBytes: 4096,
    notesAhead: 64,
    changesPerSnapshot: 1000,
    residence: { count: 4, bytes: 4096 },
  }
  const before = await openCore({ store, bounds })
  await declareQuorum(before)
  publish(before, 'counted')
  const consumer = await consume(before, 'q', 1)
  consumer.credit = -1
  consumer.settle('failed')
  await turns()
  await declare(before.access, 'busy', { durable: true })
  const busy = new KeepingConsumer({ settled: true }).subscribe(before.access, 'busy')
  for (let round = 0; round < 200; round++) {
    for (let index = 0; index < 10; index++) {
      before.access.publish(message(before.access, 'busy', 'x'.repeat(300), { deliveryMode: 2 }))
    }
    await turns()
    busy.deliveries.length = 0
  }
  await before.broker.close()
  const log = await store.open('messages')
  assert.ok(log.start > 0, 'the log gave nothing up')
  const after = await openCore({ store, bounds })
  const again = await consume(after, 'q')
  while (again.deliveries.length < 1) await turns()
  assert.deepEqual(again.deliveries.map(countsOf), [['counted', true, 1, 1]])
})

test('what waits for its dead letter is dead after a restart, and not lost', async () => {
  const store = openMemoryStore()
  const before = await openCore({ store })
  await declareQuorum(before, atLeastOnce)
  publish(before, 'dead', 'alive')
  const consumer = await consume(before, 'q', 1)
  consumer.credit = -1
  consumer.settle('discarded')
  await turns()
  await before.broker.close()

  const after = await openCore({ store })
  assert.equal(after.access.checkQueue('q').depth, 1)
  await declare(after.access, 'letters')
  after.clock.advance(1000)
  const letter = await consume(after, 'letters')
  while (letter.deliveries.length < 1) await turns()
  assert.deepEqual(letter.bodies, ['dead'])
  const rest = await consume(after, 'q')
  while (rest.deliveries.length < 1) await turns()
  assert.deepEqual(rest.bodies, ['alive'])
  rest.settle('accepted')
  await after.broker.close()
  assert.equal((await openCore({ store })).access.checkQueue('q').depth, 0)
})

test('a delivery limit by policy counts at once, the lower of it and the argument', async () => {
  const core = await openCore()
  const queue = await declareQuorum(core, [['x-delivery-limit', number(5)]])
  publish(core, 'a')
  const consumer = await consume(core, 'q')
  const fail = async (): Promise<void> => {
    consumer.settle('failed')
    await turns()
  }
  await fail()
  await fail()
  assert.equal(consumer.deliveries.length, 1)
  apply(queue, { 'delivery-limit': 2 })
  await fail()
  assert.deepEqual([consumer.deliveries.length, queue.depth, queue.unsettled], [0, 0, 0])
  apply(queue, { 'delivery-limit': -1 })
  publish(core, 'b')
  await turns()
  for (let round = 0; round < 5; round++) await fail()
  assert.equal(consumer.deliveries.length, 1)
  await fail()
  assert.equal(consumer.deliveries.length, 0, 'a limit goes before no limit')
})

test('the overflow of a policy goes before the argument, and one that quorum queues do not know is drop-head', async () => {
  const core = await openCore()
  const queue = await declareQuorum(core, [
    ['x-overflow', longString('reject-publish')],
    ['x-max-length', number(1)],
  ])
  publish(core, 'a')
  assert.equal(core.access.publish(message(core.access, 'q', 'refused')), 'refused')
  for (const overflow of ['drop-head', 'reject-publish-dlx']) {
    apply(queue, { overflow })
    assert.equal(core.access.publish(message(core.access, 'q', overflow)), 'stored')
    await turns()
  }
  const consumer = await consume(core, 'q')
  assert.deepEqual(consumer.bodies, ['reject-publish-dlx'])
})

test('dead-lettering at least once comes and goes with a policy, and what waited goes with it', async () => {
  const core = await openCore()
  const queue = await declareQuorum(core)
  const definition = {
    'dead-letter-exchange': '',
    'dead-letter-routing-key': 'letters',
    'dead-letter-strategy': 'at-least-once',
    overflow: 'reject-publish',
  }
  apply(queue, definition)
  publish(core, 'a', 'b')
  const consumer = await consume(core, 'q')
  consumer.settle('discarded')
  await turns()
  apply(queue, { ...definition, overflow: 'drop-head' })
  await declare(core.access, 'letters')
  apply(queue, definition)
  core.clock.advance(5000)
  await turns()
  assert.equal(core.access.checkQueue('letters').depth, 0)
  consumer.settle('discarded')
  await turns()
  assert.equal(core.access.checkQueue('letters').depth, 1)
})

test('messages held back for a retry are neither ready nor out, and a purge takes them', async () => {
  const core = await openCore()
  const queue = await declareQuorum(core, [
    ['x-delayed-retry-type', longString('all')],
    ['x-delayed-retry-min', number(1000)],
  ])
  publish(core, 'a', 'b')
  const consumer = await consume(core, 'q')
  consumer.settle('requeued')
  await turns()
  assert.deepEqual([queue.depth, queue.unsettled, consumer.deliveries.length], [0, 1, 1])
  core.clock.advance(1000)
  await turns()
  assert.deepEqual(consumer.bodies, ['b', 'a'])
  consumer.settle('requeued')
  await turns()
  queue.purge()
  core.clock.advance(1000)
  await turns()
  assert.deepEqual(consumer.bodies, ['a'])
})
