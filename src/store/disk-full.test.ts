import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { openOn, survive } from '../../test/support/log-life.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import type { Log, Store } from './log.ts'

const directory = '/data/messages'
const KiB = 1024

test('a full disk is no fault: appends wait and go on when there is space', async () => {
  const clock = new VirtualClock()
  const disk = new FakeDisk(1, { capacity: 100_000 })
  const store = await openOn(disk, clock)
  store.onFault = (fault) => assert.fail(fault)
  const log = await store.open('messages')
  const history = new LogHistory(1)
  history.watch(log)
  const states: boolean[] = []
  store.onFull = (full) => states.push(full)
  while (!store.full) {
    history.append(log, 2000)
    log.commit()
    await clock.settle()
  }
  for (let count = 0; count < 30; count++) history.append(log, 2000)
  const flushed = log.flush()
  await clock.settle()
  assert.ok(log.durable < log.end, 'appends wait')
  const durable = log.durable
  clock.advance(5000)
  await clock.settle()
  assert.equal(log.durable, durable, 'looking again does not help while the disk is full')
  disk.follow({})
  clock.advance(1000)
  await flushed
  assert.equal(log.durable, log.end)
  assert.equal(store.full, false)
  assert.deepEqual(states, [true, false])
  await store.close()
  await survive(disk.reboot(1), history, 1)
})

test('trimming makes space on a full disk', async () => {
  const clock = new VirtualClock()
  const disk = new FakeDisk(1, { capacity: 150_000 })
  const store = await openOn(disk, clock)
  store.onFault = (fault) => assert.fail(fault)
  const log = await store.open('messages')
  const history = new LogHistory(2)
  history.watch(log)
  while (!store.full) {
    history.append(log, 2000)
    log.commit()
    await clock.settle()
  }
  history.trimmed = log.durable
  log.trim(log.durable)
  for (let count = 0; count < 20; count++) history.append(log, 2000)
  await log.flush()
  assert.equal(store.full, false)
  await store.close()
  await survive(disk.reboot(1), history, 1)
})

test('a store that is closed while its disk is full keeps what was durable', async () => {
  const clock = new VirtualClock()
  const disk = new FakeDisk(1, { capacity: 100_000 })
  const store = await openOn(disk, clock)
  const log = await store.open('messages')
  const history = new LogHistory(3)
  history.watch(log)
  for (let count = 0; count < 80; count++) history.append(log, 2000)
  log.flush().catch(() => undefined)
  await clock.settle()
  assert.equal(store.full, true)
  await store.close()
  disk.follow({})
  await survive(disk.reboot(1), history, 1)
})

test('a full disk does not keep a broker from starting', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const log = await store.open('messages')
  const history = new LogHistory(4)
  history.watch(log)
  for (let count = 0; count < 40; count++) history.append(log, 2000)
  await log.flush()
  log.trim(log.durable)
  history.trimmed = log.start
  for (let count = 0; count < 6; count++) history.append(log, 2000)
  await log.flush()
  const restarted = disk.kill(1, { capacity: disk.bytesHeld })
  const again = await openOn(restarted)
  await history.check(await again.open('messages'))
  assert.deepEqual(again.damage, [])
})

/** A store whose operator wants so much of the disk to stay free. */
function openWithLimit(
  disk: FakeDisk,
  clock: VirtualClock,
  freeBytesMin: number,
  segmentBytes = 256 * KiB,
): Promise<Store> {
  return openOn(disk, clock, '/data', { freeBytesMin, segmentBytes })
}

test('whoever stops when told that the limit is near passes it by no more than a small step', async () => {
  for (const bodySize of [200, 2000, 20_000]) {
    const clock = new VirtualClock()
    const capacity = 3000 * KiB
    const disk = new FakeDisk(1, { capacity })
    const limit = 700 * KiB
    const store = await openWithLimit(disk, clock, limit)
    let isTold = false
    store.onSpace = (left) => {
      if (left < limit) isTold = true
    }
    const log = await store.open('messages')
    const history = new LogHistory(1)
    while (!isTold) {
      // A turn brings at most so much before anybody can be told.
      for (let bytes = 0; bytes < 40_000; bytes += bodySize) history.append(log, bodySize)
      log.commit()
      await clock.settle()
    }
    await log.flush()
    const beyond = limit - (capacity - disk.bytesHeld)
    assert.ok(beyond <= 64 * KiB, `${beyond} bytes beyond the limit with bodies of ${bodySize}`)
    assert.ok(disk.bytesHeld > (capacity - limit) * 0.7, `only ${disk.bytesHeld} bytes are used`)
    assert.equal(store.full, false)
    await store.close()
  }
})

test('what waits in memory for its file counts as taken', async () => {
  const clock = new VirtualClock()
  const capacity = 1000 * KiB
  const disk = new FakeDisk(1, { capacity })
  const store = await openWithLimit(disk, clock, 500 * KiB)
  const log = await store.open('messages')
  await clock.settle()
  const told: number[] = []
  store.onSpace = (left) => told.push(left)
  const history = new LogHistory(1)
  for (let bytes = 0; bytes < 600 * KiB; bytes += 10_000) history.append(log, 10_000)
  log.commit()
  await Promise.resolve()
  assert.ok(told[0]! < 480 * KiB, `told that ${told[0]} bytes are left`)
  assert.ok(disk.bytesHeld < 100 * KiB, 'nothing was written yet')
  await log.flush()
  assert.equal(await store.look(), capacity - disk.bytesHeld)
})

test('below the limit what is kept for later is given back, and a log of which nothing is needed takes next to nothing', async () => {
  const clock = new VirtualClock()
  const disk = new FakeDisk(1, { capacity: 8000 * KiB })
  const store = await openWithLimit(disk, clock, 500 * KiB)
  const log = await store.open('messages')
  const history = new LogHistory(1)
  history.watch(log)
  const write = async (bytes: number) => {
    for (let written = 0; written < bytes; written += 3000) history.append(log, 3000)
    await log.flush()
    await clock.settle()
  }
  await write(2000 * KiB)
  log.trim(log.durable)
  history.trimmed = log.start
  await clock.settle()
  await write(100 * KiB)
  assert.ok(disk.names(directory).some((name) => name.endsWith('.spare')))
  const before = disk.bytesHeld
  assert.ok(before > 700 * KiB)
  // Somebody else takes space until too little is left.
  disk.follow({ capacity: before + 400 * KiB })
  assert.equal(await store.look(), 400 * KiB)
  await settleLong(clock)
  assert.deepEqual(
    disk.names(directory).filter((name) => name.endsWith('.spare')),
    [],
  )
  assert.ok(log.isShort === false || disk.bytesHeld < before - 500 * KiB, `${disk.bytesHeld} of ${before} bytes held`)
  disk.follow({ capacity: disk.bytesHeld })
  await store.look()
  assert.equal(log.isShort, true)
  const { durable } = log
  log.trim(durable)
  await settleLong(clock)
  log.trim(log.durable)
  await settleLong(clock)
  history.trimmed = durable
  assert.ok(log.start >= durable)
  assert.ok(disk.bytesHeld < 100 * KiB, `${disk.bytesHeld} bytes held`)
  await store.close()
  await survive(disk.reboot(1), history, 1)
})

test('what was laid out for small segments finds its place in the reserve of a disk that is suddenly full', async () => {
  for (const segmentBytes of [128 * KiB, 256 * KiB, 512 * KiB]) {
    for (let before = 0; before < 40; before += 5) {
      const clock = new VirtualClock()
      const disk = new FakeDisk(1)
      const store = await openOn(disk, clock, '/data', { segmentBytes })
      store.onFault = (fault) => assert.fail(fault)
      const log = await store.open('messages')
      const history = new LogHistory(1)
      history.watch(log)
      for (let bytes = 0; bytes < segmentBytes + before * 5000; bytes += 5000) {
        history.append(log, 5000)
        log.commit()
        if (bytes % 20_000 === 0) await clock.settle()
      }
      await log.flush()
      await settleLong(clock)
      // Enough for one more small segment.
      disk.follow({ capacity: disk.bytesHeld + 20 * KiB })
      // What is under way when the disk is full is less than the reserve.
      const reserve = disk.bytes(`${directory}/reserve`).length
      while (!store.full) {
        for (let bytes = 0; bytes < reserve * 0.6; bytes += 5000) history.append(log, 5000)
        log.commit()
        await settleLong(clock)
      }
      await Promise.race([log.flush(), settleLong(clock)])
      assert.equal(log.durable, log.end, `segments of ${segmentBytes}, ${before}`)
      await survive(disk.kill(1), history, 1)
    }
  }
})

test('what is laid out while the disk turns out to be full finds its place in the reserve', async () => {
  for (let pauses = 1; pauses < 60; pauses++) {
    const clock = new VirtualClock()
    const disk = new FakeDisk(1)
    const store = await openOn(disk, clock, '/data', { segmentBytes: 512 * KiB })
    store.onFault = (fault) => assert.fail(fault)
    const log = await store.open('messages')
    const history = new LogHistory(1)
    history.watch(log)
    const append = (bytes: number) => {
      for (let appended = 0; appended < bytes; appended += 5000) history.append(log, 5000)
      log.commit()
    }
    for (let round = 0; round < 10; round++) {
      append(70_000)
      await clock.settle()
    }
    await log.flush()
    await settleLong(clock)
    const reserve = disk.bytes(`${directory}/reserve`).length
    // The next segments are small; then one finds no space while more is laid out.
    const pace = (_: string, path: string) => ticks(path.endsWith('.tmp') ? 20 : 0)
    disk.follow({ capacity: disk.bytesHeld + 128 * KiB, pace })
    while (!store.full) {
      if (log.end - log.durable < reserve * 0.6) append(5000)
      await ticks(pauses)
    }
    await Promise.race([log.flush(), settleLong(clock)])
    clock.advance(1000)
    await settleLong(clock)
    assert.equal(log.durable, log.end, `${pauses} pauses`)
    await survive(disk.kill(1), history, 1)
  }
})

test('a record larger than the file prepared for it finds its place in the reserve of a full disk', async () => {
  const clock = new VirtualClock()
  const disk = new FakeDisk(1)
  const store = await openOn(disk, clock, '/data', { segmentBytes: 512 * KiB })
  store.onFault = (fault) => assert.fail(fault)
  const log = await store.open('messages')
  const history = new LogHistory(1)
  history.watch(log)
  for (let round = 0; round < 10; round++) {
    for (let count = 0; count < 14; count++) history.append(log, 5000)
    await log.flush()
  }
  await settleLong(clock)
  disk.follow({ capacity: disk.bytesHeld + 64 * KiB })
  const sizeOf = (name: string) => disk.bytes(`${directory}/${name}`).length
  const smallOnes = () => disk.names(directory).filter((name) => name.endsWith('segment') && sizeOf(name) <= 32 * KiB)
  while (smallOnes().length < 2) {
    history.append(log, 5000)
    await Promise.race([log.flush(), settleLong(clock)])
  }
  await log.flush()
  await settleLong(clock)
  assert.equal(store.full, false)
  while (history.append(log, 100 * KiB).body.length === 0);
  for (let count = 0; count < 10; count++) history.append(log, 100)
  await Promise.race([log.flush(), settleLong(clock)])
  assert.equal(log.durable, log.end)
  await survive(disk.kill(1), history, 1)
})

/** Fills a disk to its last byte, by itself or by somebody else, and goes on to append `more` records. */
async function fill(
  seed: number,
  more: number,
): Promise<{ disk: FakeDisk; store: Store; log: Log; history: LogHistory; clock: VirtualClock }> {
  const clock = new VirtualClock()
  const disk = new FakeDisk(seed)
  const store = await openOn(disk, clock)
  store.onFault = (fault) => assert.fail(fault)
  const log = await store.open('messages')
  const history = new LogHistory(seed)
  history.watch(log)
  for (let count = 0; count < 100; count++) history.append(log, 2000)
  await log.flush()
  await settleLong(clock)
  disk.follow({ capacity: disk.bytesHeld })
  for (let count = 0; count < more; count++) {
    history.append(log, 100)
    await Promise.race([log.flush(), clock.settle()])
  }
  return { disk, store, log, history, clock }
}

async function ticks(count: number): Promise<void> {
  for (let nth = 0; nth < count; nth++) await Promise.resolve()
}

async function settleLong(clock: VirtualClock): Promise<void> {
  for (let round = 0; round < 5; round++) await clock.settle()
}

test('on a full disk there is a reserve for what has to be written, and publishers are held back while it is in use', async () => {
  const { disk, store, log, history, clock } = await fill(1, 0)
  assert.equal(store.full, false)
  const room = () => disk.names(directory).includes('reserve')
  assert.equal(room(), true)
  let appended = 0
  while (room()) {
    history.append(log, 500)
    await Promise.race([log.flush(), clock.settle()])
    appended += 1
    assert.ok(appended < 1000)
  }
  await settleLong(clock)
  assert.equal(store.full, true)
  assert.equal(log.durable, log.end, 'the reserve is there when it is needed')
  // About as much as the reserve holds, and the rest of the segment before.
  for (let count = 0; count < 20; count++) history.append(log, 500)
  await Promise.race([log.flush(), settleLong(clock)])
  assert.equal(log.durable, log.end)
  const before = history.records[50]!.position
  log.trim(before)
  history.trimmed = before
  clock.advance(500)
  await settleLong(clock)
  assert.equal(room(), true, 'a reserve is kept again')
  assert.equal(store.full, false)
  await store.close()
  await survive(disk.reboot(1), history, 1)
})

test('a broker killed on a full disk starts there, and has room for what has to be written', async () => {
  const { disk, history } = await fill(2, 10)
  let now = disk
  let written = 0
  for (let life = 0; life < 3; life++) {
    now = life % 2 === 0 ? now.kill(life, { capacity: now.bytesHeld }) : now.reboot(life, { capacity: now.bytesHeld })
    const clock = new VirtualClock()
    const store = await openOn(now, clock)
    store.onFault = (fault) => assert.fail(fault)
    const log = await store.open('messages')
    await history.check(log)
    history.watch(log)
    for (let count = 0; count < 5; count++) history.append(log, 100)
    await Promise.race([log.flush(), settleLong(clock)])
    if (log.durable === log.end) written += 1
    assert.deepEqual(store.damage, [])
  }
  assert.equal(written, 3)
})

test('a broker that stops on a full disk keeps everything', async () => {
  const { disk, store, history } = await fill(3, 10)
  await store.close()
  const again = disk.reboot(3, { capacity: disk.bytesHeld })
  const store2 = await openOn(again)
  const log = await store2.open('messages')
  await history.check(log)
  await store2.close()
  await survive(again.reboot(4), history, 4)
})

test('a quota is a full disk too, also for names', async () => {
  let refused = 0
  for (let call = 1, isRefused = true; isRefused; call++) {
    const clock = new VirtualClock()
    const disk = new FakeDisk(1)
    const store = await openOn(disk, clock)
    store.onFault = (fault) => assert.fail(fault)
    const log = await store.open('messages')
    await settleLong(clock)
    disk.follow({ failAt: { call, code: 'EDQUOT', among: ['rename'] } })
    const history = new LogHistory(1)
    for (let count = 0; count < 60; count++) {
      history.append(log, 2000)
      await Promise.race([log.flush(), settleLong(clock)])
      if (count === 40) log.trim(log.durable)
      clock.advance(500)
    }
    await log.flush()
    isRefused = disk.failed !== undefined
    if (isRefused) refused += 1
    await store.close()
  }
  assert.ok(refused > 5, `${refused} refusals`)
})

test('power cuts at any change on a full disk, also of the start after it, lose nothing that was durable', async () => {
  const changesOf = async (cutAt: number | undefined) => {
    const { disk, store, log, history, clock } = await fill(5, 10)
    disk.follow({ capacity: disk.bytesHeld, ...(cutAt === undefined ? {} : { cutAt }) })
    const life = async () => {
      for (let round = 0; round < 4; round++) {
        for (let count = 0; count < 6; count++) history.append(log, 500)
        await Promise.race([log.flush(), settleLong(clock)])
        const before = history.records[20 * (round + 1)]!.position
        history.trimmed = before
        log.trim(before)
        clock.advance(500)
        await settleLong(clock)
      }
      await store.close()
    }
    await Promise.race([life(), disk.cut])
    return { disk, history }
  }
  const { disk: whole } = await changesOf(undefined)
  assert.ok(whole.changes > 15, `${whole.changes} changes`)
  for (let cutAt = 1; cutAt <= whole.changes; cutAt++) {
    const { disk, history } = await changesOf(cutAt)
    let now = disk
    for (let second = 1; second < 12; second += 3) {
      const booting = now.reboot(cutAt * 100 + second, { capacity: now.bytesHeld, cutAt: second })
      const boot = openOn(booting).then((store) => store.open('messages'))
      await Promise.race([boot, booting.cut])
      now = booting
    }
    await survive(now.reboot(cutAt), history, cutAt)
  }
})
