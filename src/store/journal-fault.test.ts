import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { live, openOn, survive } from '../../test/support/log-life.ts'
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
