import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { visited } from '../../test/support/log-conformance.ts'
import { assertSame, LogHistory } from '../../test/support/log-history.ts'
import { openOn } from '../../test/support/log-life.ts'

const RECORDS = 60

/** A disk with two logs, some segments each. */
async function prepared(): Promise<{ disk: FakeDisk; kept: LogHistory }> {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const kept = new LogHistory(1)
  for (const [name, history] of [['kept', kept] as const, ['gone', new LogHistory(2)] as const]) {
    const log = await store.open(name)
    for (let count = 0; count < RECORDS; count++) history.append(log)
    await log.flush()
  }
  await store.close()
  return { disk, kept }
}

test('a removal that a power cut interrupts happened whole or not at all', async () => {
  const outcomes = new Set<number>()
  for (let cutAt = 1, tries = 0; ; cutAt += ++tries % 4 === 0 ? 1 : 0) {
    const { disk, kept } = await prepared()
    const worker = disk.reboot(cutAt)
    const store = await openOn(worker)
    const log = await store.open('kept')
    worker.follow({ cutAt })
    const removed = await Promise.race([store.remove('gone').then(() => true), worker.cut.then(() => false)])
    if (removed) {
      assert.ok(cutAt > 5, 'the removal has some steps')
      break
    }
    const again = await openOn(worker.reboot(tries))
    const names = await again.names()
    outcomes.add(names.length)
    const left = names.includes('gone') ? (await visited(await again.open('gone'))).length : 0
    assert.ok(left === 0 || left === RECORDS, `${left} records left after a cut at ${cutAt}`)
    assertSame((await (await again.open('kept')).readOn(0, 1)).records[0], kept.records[0])
    assert.deepEqual(again.damage, [])
    assert.equal(log.durable, log.end)
    await again.close()
  }
  assert.deepEqual([...outcomes].toSorted(), [1, 2])
})

test('a disk that fails while a log is removed stops the store', async () => {
  const { disk } = await prepared()
  const worker = disk.reboot(3)
  const store = await openOn(worker)
  const fault = new Promise<Error>((resolve) => {
    store.onFault = resolve
  })
  worker.follow({ failAt: { call: 1, code: 'EIO', among: ['remove'] } })
  await assert.rejects(store.remove('gone'), /EIO/)
  assert.match((await fault).message, /EIO/)
})
