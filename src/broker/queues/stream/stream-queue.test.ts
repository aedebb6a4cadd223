import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turns } from '../../../../test/support/core.ts'
import { FakeDisk } from '../../../../test/support/fake-disk.ts'
import { StreamWorld } from '../../../../test/support/stream-world.ts'
import { NO_POLICY } from '../../effective-policy.ts'

const KiB = 1024
const second = 1000
const hour = 3600 * second

function numbered(from: number, to: number, bytes = 0): string[] {
  return Array.from({ length: to - from }, (_, index) => `m${from + index}`.padEnd(bytes, '.'))
}

test('a message is handed out when it is on disk, not before', async () => {
  const world = await StreamWorld.open(new FakeDisk(1))
  const queue = await world.stream('s')
  const reader = world.consume('s', 'next')
  world.publish('s', 'a')
  queue.dispatch()
  assert.equal(queue.depth, 1)
  assert.equal(queue.committedOffset, 0)
  assert.deepEqual(reader.got, [])
  await world.core.broker.flush()
  assert.deepEqual(await reader.settled(), [[0, 'a']])
  assert.equal(queue.committedOffset, 1)
})

test('a stream goes on after a restart, and offsets with it', async () => {
  const disk = new FakeDisk(1)
  const before = await StreamWorld.open(disk)
  await before.stream('s')
  for (let round = 0; round < 30; round++) await before.confirm('s', ...numbered(round * 10, round * 10 + 10, 200))
  await before.core.broker.close()
  const world = await StreamWorld.open(disk)
  const queue = await world.stream('s')
  assert.equal(queue.depth, 300)
  await world.confirm('s', ...numbered(300, 310, 200))
  const found = await world.contents('s')
  assert.deepEqual(
    found,
    numbered(0, 310, 200).map((body, offset) => [offset, body]),
  )
  const middle = world.consume('s', 171)
  assert.deepEqual((await middle.settled())[0], [171, 'm171'.padEnd(200, '.')])
  const last = world.consume('s', 'last')
  assert.equal((await last.settled())[0]?.[0], 300)
})

test('a start reads the newest index record and what is behind it', async () => {
  const disk = new FakeDisk(1)
  const before = await StreamWorld.open(disk)
  await before.stream('s', { 'stream-max-segment-size-bytes': 50 * KiB })
  for (let round = 0; round < 200; round++) await before.confirm('s', ...numbered(round * 5, round * 5 + 5, 400))
  await before.core.broker.close()
  const reads = new Map<string, number>()
  const counted = disk.takeOver(2, {
    pace: async (call, path) => {
      if (call === 'open' && path.includes('/stream-')) reads.set(path, (reads.get(path) ?? 0) + 1)
    },
  })
  const world = await StreamWorld.open(counted)
  const queue = world.queue('s')
  assert.equal(queue.depth, 1000)
  assert.ok(queue.segmentCount >= 9, `${queue.segmentCount} segments`)
  const segments = disk.names('/data/stream-1').filter((name) => name.endsWith('.segment')).length
  const indexes = [...reads.keys()].filter((path) => path.endsWith('.index')).length
  assert.ok(indexes < segments / 2, `${indexes} indexes read of ${segments} segments`)
  assert.deepEqual(
    await world.contents('s'),
    numbered(0, 1000, 400).map((body, offset) => [offset, body]),
  )
})

test('the oldest segments go when the stream has grown too large, and their space is used again', async () => {
  const disk = new FakeDisk(1)
  const world = await StreamWorld.open(disk)
  const queue = await world.stream('s', { 'max-length-bytes': 100 * KiB, 'stream-max-segment-size-bytes': 20 * KiB })
  for (let round = 0; round < 100; round++) await world.confirm('s', ...numbered(round * 10, round * 10 + 10, 1000))
  await turns()
  assert.ok(queue.firstOffset > 800 && queue.firstOffset <= 920, `first is ${queue.firstOffset}`)
  assert.equal(queue.depth, 1000 - queue.firstOffset)
  assert.ok(disk.bytesHeld < 600 * KiB, `${disk.bytesHeld} bytes on disk`)
  const found = await world.contents('s')
  assert.equal(found[0]?.[0], queue.firstOffset)
  assert.equal(found.length, queue.depth)
  // Who asks for what is gone gets the oldest there is.
  const old = world.consume('s', 5)
  assert.equal((await old.settled())[0]?.[0], queue.firstOffset)
  const { firstOffset } = queue
  await world.core.broker.close()
  assert.equal((await StreamWorld.open(disk)).queue('s').firstOffset, firstOffset)
})

test('segments that are too old go when the next one begins', async () => {
  const world = await StreamWorld.open(new FakeDisk(1))
  const queue = await world.stream('s', { 'max-age': '1h', 'stream-max-segment-size-bytes': 4 * KiB })
  for (let round = 0; round < 10; round++) {
    await world.confirm('s', ...numbered(round * 10, round * 10 + 10, 500))
    world.core.clock.advance(hour / 4)
  }
  // Each round fills a segment; those whose last chunk is older than an hour are gone.
  assert.equal(queue.firstOffset, 50)
  world.core.clock.advance(10 * hour)
  assert.equal(queue.firstOffset, 50, 'nothing goes while nothing comes')
  await world.confirm('s', 'm100')
  assert.equal(queue.firstOffset, 100)
  assert.deepEqual(await world.contents('s'), [[100, 'm100']])
})

test('a stream whose last message is old keeps it over restarts', async () => {
  const disk = new FakeDisk(1)
  const before = await StreamWorld.open(disk)
  await before.stream('s', { 'max-age': '10s' })
  await before.confirm('s', 'old')
  await before.core.broker.close()
  const world = await StreamWorld.open(disk, { now: 1000 * hour })
  await world.stream('s', { 'max-age': '10s' })
  assert.deepEqual(await world.contents('s'), [[0, 'old']])
})

test('a policy counts before the arguments, at once', async () => {
  const world = await StreamWorld.open(new FakeDisk(1))
  const queue = await world.stream('s', { 'max-length-bytes': 10 * KiB, 'stream-max-segment-size-bytes': 5 * KiB })
  const policy = { ...NO_POLICY, policy: 'p', definition: { 'max-length-bytes': 50 * KiB } }
  queue.applyPolicy(policy)
  for (let round = 0; round < 20; round++) await world.confirm('s', ...numbered(round, round + 1, 5000))
  assert.ok(queue.depth >= 8 && queue.depth <= 12, `${queue.depth} messages of 5 KB in 50 KiB`)
  queue.applyPolicy(NO_POLICY)
  assert.ok(queue.depth <= 4, `${queue.depth} messages of 5 KB in 10 KiB`)
  assert.equal((await world.contents('s')).length, queue.depth)
})

test('a time leads to the first chunk that is not older', async () => {
  const world = await StreamWorld.open(new FakeDisk(1))
  await world.stream('s')
  const start = world.core.clock.now() / second
  for (let chunk = 0; chunk < 60; chunk++) {
    await world.confirm('s', ...numbered(chunk * 3, chunk * 3 + 3, 1000))
    world.core.clock.advance(10 * second)
  }
  for (const [seconds, first] of [
    [-100, 0],
    [0, 0],
    [1, 3],
    [10, 3],
    [295, 90],
    [590, 177],
  ] as const) {
    const reader = world.consume('s', BigInt(start + seconds))
    assert.equal((await reader.settled())[0]?.[0], first, `${seconds} seconds from the start`)
    reader.close()
  }
  const interval = world.consume('s', '1m')
  assert.equal((await interval.settled())[0]?.[0], 162)
  const later = world.consume('s', BigInt(start + 5000))
  assert.deepEqual(await later.settled(), [])
  await world.confirm('s', 'new')
  assert.deepEqual(await later.settled(), [[180, 'new']])
})

test('a clock that was set back hides nothing that came later', async () => {
  const disk = new FakeDisk(1)
  const ahead = await StreamWorld.open(disk, { now: 24 * hour })
  await ahead.stream('s')
  await ahead.confirm('s', 'from tomorrow')
  await ahead.core.broker.close()
  const world = await StreamWorld.open(disk)
  await world.stream('s')
  const now = BigInt(world.core.clock.now() / second)
  await world.confirm('s', 'today')
  const reader = world.consume('s', now)
  assert.deepEqual((await reader.settled()).at(-1), [1, 'today'])
})

test('a consumer that is behind reads from disk until it has caught up', async () => {
  const world = await StreamWorld.open(new FakeDisk(1))
  const queue = await world.stream('s')
  for (let round = 0; round < 40; round++) await world.confirm('s', ...numbered(round * 25, round * 25 + 25, 800))
  const slow = world.consume('s', 'first', { credit: 10 })
  const fast = world.consume('s', 'next')
  await slow.settled()
  for (let round = 40; round < 60; round++) {
    await world.confirm('s', ...numbered(round * 25, round * 25 + 25, 800))
    for (let count = 0; count < 10; count++) slow.consumer.settle('accepted')
    await turns()
  }
  assert.deepEqual(fast.bodies, numbered(1000, 1500, 800))
  const seen = slow.got.length
  assert.equal(seen, 10)
  assert.equal(queue.unsettled, 510)
  slow.consumer.credit = 1_000_000
  queue.wake()
  const rest = await slow.settled()
  assert.equal(rest.at(-1)?.[0], 1499)
  assert.deepEqual(
    rest.map(([offset]) => offset),
    Array.from({ length: rest.length }, (_, index) => 1500 - rest.length + index),
  )
})

test('what consumers hold is let go when memory is short, and read again', async () => {
  const world = await StreamWorld.open(new FakeDisk(1), { contentBytesInMemoryMax: 100 * KiB })
  await world.stream('s')
  for (let round = 0; round < 40; round++) await world.confirm('s', ...numbered(round * 25, round * 25 + 25, 800))
  const readers = Array.from({ length: 8 }, () => world.consume('s', 'first', { credit: 20 }))
  for (const reader of readers) await reader.settled()
  world.core.clock.advance(second)
  await world.confirm('s', 'more')
  for (const reader of readers) {
    for (let count = 0; count < 20; count++) reader.consumer.settle('accepted')
    assert.equal((await reader.settled())[0]?.[0], 20)
  }
})

test('damage on disk costs the messages it hits, which are named, and no others', async () => {
  const disk = new FakeDisk(1)
  const before = await StreamWorld.open(disk)
  await before.stream('s')
  for (let chunk = 0; chunk < 20; chunk++) await before.confirm('s', ...numbered(chunk * 5, chunk * 5 + 5, 300))
  await before.core.broker.close()
  const name = disk.names('/data/stream-1').find((file) => file.endsWith('.segment'))!
  const bytes = disk.bytes(`/data/stream-1/${name}`)
  bytes[bytes.indexOf('m12.')]! ^= 1
  const world = await StreamWorld.open(disk)
  await world.stream('s')
  await world.confirm('s', 'm100')
  const offsets = (await world.contents('s')).map(([offset]) => offset)
  assert.deepEqual(
    offsets,
    Array.from({ length: 101 }, (_, offset) => offset).filter((offset) => offset < 10 || offset >= 15),
  )
  assert.ok(
    world.log.lines.some((line) => /offsets 10 to 14 of queue 's' in vhost '\/' are damaged on disk/.test(line)),
    world.log.lines.join('\n'),
  )
})

test('a read that finds nothing but an index record goes on behind it', async () => {
  const disk = new FakeDisk(1)
  const before = await StreamWorld.open(disk)
  await before.stream('s')
  await before.confirm('s', ...numbered(0, 40, 1_000))
  // Larger than what is read at a time for a consumer with little credit; an index record follows each.
  for (let large = 40; large < 43; large++) await before.confirm('s', ...numbered(large, large + 1, 400_000))
  await before.core.broker.close()
  const world = await StreamWorld.open(disk)
  await world.stream('s')
  const reader = world.consume('s', 40, { credit: 3 })
  const offsets = (await reader.settled()).map(([offset]) => offset)
  assert.deepEqual(offsets, [40, 41, 42])
  assert.deepEqual(
    world.log.lines.filter((line) => /lost/.test(line)),
    [],
  )
})

test('damage at the end keeps nobody from what comes then', async () => {
  const disk = new FakeDisk(1)
  const before = await StreamWorld.open(disk)
  await before.stream('s')
  await before.confirm('s', 'm0')
  await before.confirm('s', 'm1')
  await before.core.broker.close()
  const name = disk.names('/data/stream-1').find((file) => file.endsWith('.segment'))!
  const bytes = disk.bytes(`/data/stream-1/${name}`)
  bytes[bytes.indexOf('m1', bytes.indexOf('m0'))]! ^= 1
  const world = await StreamWorld.open(disk)
  await world.stream('s')
  const reader = world.consume('s', 'first')
  assert.deepEqual(await reader.settled(), [[0, 'm0']])
  await world.confirm('s', 'm2')
  assert.deepEqual(await reader.settled(), [
    [0, 'm0'],
    [2, 'm2'],
  ])
})

test('a deleted stream takes its directory with it, and another of its name has its own', async () => {
  const disk = new FakeDisk(1)
  const world = await StreamWorld.open(disk)
  await world.stream('s')
  await world.confirm('s', 'old')
  await world.access.deleteQueue('s', { ifUnused: false, ifEmpty: false })
  await world.stream('s')
  await world.confirm('s', 'new')
  assert.deepEqual(await world.contents('s'), [[0, 'new']])
  await world.core.broker.close()
  assert.deepEqual(
    (await disk.list('/data')).filter((name) => name.startsWith('stream-')),
    ['stream-2'],
  )
})

test('what is published while a stream is being made waits for its log, and is confirmed then', async () => {
  const world = await StreamWorld.open(new FakeDisk(1))
  const declared = world.stream('s')
  world.publish('s', 'early')
  const { mark } = world.core.broker
  const reader = world.consume('s', 'first')
  assert.ok(world.core.broker.durable < mark)
  const queue = await declared
  await world.core.broker.flush()
  await turns()
  assert.ok(world.core.broker.durable >= mark)
  assert.deepEqual(await reader.settled(), [[0, 'early']])
  assert.equal(queue.depth, 1)
})

test('a stream that is deleted before its log is there leaves nothing', async () => {
  const disk = new FakeDisk(1)
  const world = await StreamWorld.open(disk)
  const declared = world.stream('s')
  world.publish('s', 'early')
  const { mark } = world.core.broker
  await world.access.deleteQueue('s', { ifUnused: false, ifEmpty: false })
  await declared
  await world.core.broker.flush()
  await turns()
  assert.ok(world.core.broker.durable >= mark, 'nobody waits for what is gone')
  await world.core.broker.close()
  assert.deepEqual(
    (await disk.list('/data')).filter((name) => name.startsWith('stream-')),
    [],
  )
})

test('logs of streams that nobody knows are removed at start, and their numbers not given again', async () => {
  const disk = new FakeDisk(1)
  const before = await StreamWorld.open(disk)
  await before.stream('kept')
  await before.confirm('kept', 'a')
  await before.core.broker.close()
  await disk.makeDirectory('/data/stream-7')
  const world = await StreamWorld.open(disk)
  assert.deepEqual(await world.contents('kept'), [[0, 'a']])
  const queue = await world.stream('new')
  assert.equal(queue.number, 8)
  assert.deepEqual(
    (await disk.list('/data')).filter((name) => name.startsWith('stream-')),
    ['stream-1', 'stream-8'],
  )
})
