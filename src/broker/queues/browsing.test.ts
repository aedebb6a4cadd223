import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declare, KeepingConsumer, message, openCore, turns } from '../../../test/support/core.ts'
import { FakeDisk } from '../../../test/support/fake-disk.ts'
import { openOn } from '../../../test/support/log-life.ts'
import { StreamWorld } from '../../../test/support/stream-world.ts'
import type { Queue } from '../queue.ts'

const everything = { count: 100_000, bytes: 1e9 }

async function bodies(queue: Queue, from = 0, bounds = everything): Promise<string[]> {
  return (await queue.browse(from, bounds)).map((browsed) => browsed.message.body.toString())
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `m${from + index}`)
}

test('looking at a queue shows what waits, in order, and changes neither that nor the redelivered flag', async () => {
  const { access } = await openCore()
  const queue = await declare(access, 'q')
  for (const body of numbered(0, 20)) access.publish(message(access, 'q', body))
  const consumer = new KeepingConsumer({ credit: 3 }).subscribe(access, 'q')
  await turns()
  assert.deepEqual(await bodies(queue), numbered(3, 20))
  assert.deepEqual(
    [...queue.handedOut()].map((delivery) => delivery.message.body.toString()),
    numbered(0, 3),
  )
  queue.remove(consumer)
  consumer.settle('requeued')
  const all = await queue.browse(0, everything)
  assert.deepEqual(all.map(({ position, sequence, redelivered }) => [position, sequence, redelivered]).slice(0, 2), [
    [0, 1, true],
    [1, 4, false],
  ])
  assert.deepEqual(await bodies(queue, 16, { count: 5, bytes: 1e9 }), ['m18', 'm19'])
  assert.deepEqual(await bodies(queue, 2, { count: 100, bytes: 5 }), ['m4', 'm5'])
  assert.deepEqual(await bodies(queue, 99), [])
  const second = new KeepingConsumer().subscribe(access, 'q')
  await turns()
  assert.deepEqual(second.bodies, ['m0', ...numbered(3, 20)])
  assert.deepEqual(
    second.deliveries.map((delivery) => delivery.redelivered),
    [true, ...Array(17).fill(false)],
  )
})

test('a priority queue is shown as it will be served', async () => {
  const { access } = await openCore()
  const queue = await declare(access, 'q', { arguments: [['x-max-priority', { tag: 'I', value: 5 }]] })
  for (const [body, priority] of [
    ['low', 1],
    ['high', 5],
    ['middle', 3],
    ['high too', 5],
  ] as const) {
    access.publish(message(access, 'q', body, { priority }))
  }
  assert.deepEqual(await bodies(queue), ['high', 'high too', 'middle', 'low'])
  assert.deepEqual(await bodies(queue, 1, { count: 2, bytes: 1e9 }), ['high too', 'middle'])
})

test('what is only on disk is shown where it stands, however deep, and stays there', async () => {
  const disk = new FakeDisk(1)
  const before = await openCore({ store: await openOn(disk), now: 0 })
  await declare(before.access, 'q', { durable: true })
  const count = 20_000
  for (const body of numbered(0, count)) {
    before.access.publish(message(before.access, 'q', body, { deliveryMode: 2 }))
  }
  await before.broker.flush()
  await before.broker.close()
  const { access, broker } = await openCore({ store: await openOn(disk) })
  const queue = access.checkQueue('q')
  await turns()
  for (const body of numbered(count, count + 10)) {
    access.publish(message(access, 'q', body, { deliveryMode: 2 }))
  }
  assert.deepEqual(await bodies(queue, 0, { count: 3, bytes: 1e9 }), numbered(0, 3))
  assert.deepEqual(await bodies(queue, 15_000, { count: 3, bytes: 1e9 }), numbered(15_000, 15_003))
  assert.deepEqual(await bodies(queue, count - 2), numbered(count - 2, count + 10))
  const consumer = new KeepingConsumer({ settled: true }).subscribe(access, 'q')
  while (consumer.deliveries.length < count + 10) await turns()
  assert.deepEqual(consumer.bodies, numbered(0, count + 10))
  await broker.close()
})

test('a message that expires says when', async () => {
  const { access, clock } = await openCore()
  const queue = await declare(access, 'q')
  access.publish(message(access, 'q', 'kept'))
  access.publish(message(access, 'q', 'brief', { expiration: '5000' }))
  clock.advance(2000)
  assert.deepEqual(
    (await queue.browse(0, everything)).map(({ expiresIn }) => expiresIn),
    [Number.POSITIVE_INFINITY, 3000],
  )
})

test('a stream is shown from an offset on', async () => {
  const world = await StreamWorld.open(new FakeDisk(1))
  const queue = await world.stream('s')
  for (let round = 0; round < 10; round++) await world.confirm('s', ...numbered(round * 30, round * 30 + 30))
  assert.deepEqual(await bodies(queue, 295), numbered(295, 300))
  assert.deepEqual(await bodies(queue, 100, { count: 2, bytes: 1e9 }), numbered(100, 102))
  const [first] = await queue.browse(7, { count: 1, bytes: 1 })
  assert.deepEqual([first?.position, first?.sequence, first?.redelivered], [7, 7, false])
  assert.deepEqual(await bodies(queue, 300), [])
})
