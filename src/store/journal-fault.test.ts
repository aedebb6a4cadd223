import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { live, openOn, survive } from '../../test/support/log-life.ts'
import type { Position, Store } from './log.ts'
import { StorageFault } from './storage-fault.ts'

/** A life in which a call fails, from opening to closing; how it ended. */
async function liveWithFault(disk: FakeDisk, history: LogHistory): Promise<{ faults: Error[]; refused: boolean }> {
  const faults: Error[] = []
  let store: Store
  try {
    store = await openOn(disk)
  } catch (error) {
    assert.ok(error instanceof StorageFault)
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
    assert.equal(faults.length, 1, `${disk.failed} failed and the store did not say so`)
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
    // Calls whose failure puts nothing at risk: reads are damage at most, closing comes after the sync, and a disk
    // that does not tell its space will tell when it is written.
    else assert.ok(['read', 'close', 'space'].includes(disk.failed), `nobody noticed that ${disk.failed} failed`)
    await survive(disk.reboot(call), history, call)
  }
  assert.ok(stopped > 40)
  for (const call of ['write', 'sync', 'truncate', 'rename', 'remove', 'sync directory', 'open']) {
    assert.ok(failedCalls.has(call), `${call} never failed`)
  }
})

test('a fault while a log is opened again, or read at start, is told once, whichever call it is', async () => {
  const history = new LogHistory(7)
  const before = new FakeDisk(7)
  await live(await openOn(before), history)
  const failedCalls = new Map<string, number>()
  for (let call = 1; ; call++) {
    const disk = before.kill(call, { failAt: { call, code: 'EIO' } })
    const faults: Error[] = []
    const start = async () => {
      const store = await openOn(disk)
      store.onFault = (fault) => faults.push(fault)
      const log = await store.open('messages')
      await log.loadSnapshot()
      await log.replay(log.start, { bodies: false }, () => undefined)
      await settled()
    }
    const error = await start().catch((reason: Error) => reason)
    if (disk.failed === undefined) break
    if (error === undefined && faults.length === 0) {
      // Without its index a segment is read itself.
      assert.ok(['read', 'size', 'close', 'space'].includes(disk.failed), `nobody noticed that ${disk.failed} failed`)
      continue
    }
    assert.equal(faults.length + (error instanceof StorageFault ? 1 : 0), 1, `${disk.failed} failed`)
    failedCalls.set(disk.failed, (failedCalls.get(disk.failed) ?? 0) + 1)
  }
  for (const call of ['open', 'write', 'sync', 'rename', 'list'])
    assert.ok(failedCalls.has(call), `${call} never failed`)
})

/** What the store does by itself is done. */
async function settled(): Promise<void> {
  for (let round = 0; round < 20; round++) await new Promise(setImmediate)
}

test('a directory that is not ours is refused, which is no fault of the disk', async () => {
  for (const code of ['EACCES', 'EROFS', 'ENOTDIR', 'ENOSPC']) {
    const disk = new FakeDisk(1, { failAt: { call: 1, code } })
    await assert.rejects(openOn(disk), { name: 'StoreRefusal', message: /the data directory \/data/ })
  }
})
