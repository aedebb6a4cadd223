import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { live, openOn, survive } from '../../test/support/log-life.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import type { Position, Store } from './log.ts'

/** A life in which a call fails, from opening to closing; how it ended. */
async function liveWithFault(disk: FakeDisk, history: LogHistory): Promise<{ faults: Error[]; refused: boolean }> {
  const faults: Error[] = []
  let store: Store
  try {
    store = await openOn(disk)
  } catch {
    return { faults, refused: true }
  }
  let durableAtFault: Position | undefined
  store.onFault = (fault) => {
    faults.push(fault)
    durableAtFault = history.durable
  }
  let refused = false
  try {
    await live(store, history)
  } catch {
    refused = true
  }
  if (faults.length > 0) {
    const log = await store.open('messages')
    history.append(log)
    log.commit()
    await assert.rejects(log.flush(), { code: 'EIO' })
  }
  await store.close()
  if (durableAtFault !== undefined) assert.equal(history.durable, durableAtFault, 'nothing is durable after a fault')
  return { faults, refused }
}

test('whichever call of the disk fails: one fault, nothing durable after it, nothing lost', async () => {
  const failedCalls = new Set<string>()
  let stopped = 0
  for (let call = 1; ; call++) {
    const disk = new FakeDisk(call, { failAt: { call, code: 'EIO' } })
    const history = new LogHistory(6)
    const { faults, refused } = await liveWithFault(disk, history)
    if (disk.failed === undefined) break
    failedCalls.add(disk.failed)
    assert.ok(faults.length <= 1)
    if (faults.length === 1 || refused) stopped += 1
    // Calls whose failure puts nothing at risk: reads are damage at most, closing comes after the sync.
    else assert.ok(['read', 'close'].includes(disk.failed), `nobody noticed that ${disk.failed} failed`)
    await survive(disk.reboot(call), history, call)
  }
  assert.ok(stopped > 40)
  for (const call of ['write', 'sync', 'truncate', 'rename', 'remove', 'sync directory', 'open']) {
    assert.ok(failedCalls.has(call), `${call} never failed`)
  }
})

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
