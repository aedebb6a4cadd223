import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { assertSame, LogHistory } from '../../test/support/log-history.ts'
import { openOn } from '../../test/support/log-life.ts'
import { mulberry } from '../../test/support/mulberry.ts'
import type { LogRecord } from './log.ts'

test('reading on passes over damage, tells of it, and gives nothing wrong', async () => {
  const random = mulberry(7)
  for (let round = 0; round < 60; round++) {
    const disk = new FakeDisk(round)
    const history = new LogHistory(round)
    const before = await openOn(disk)
    const written = await before.open('messages')
    for (let count = 0; count < 80; count++) history.append(written)
    await written.flush()
    await before.close()
    const store = await openOn(disk)
    const log = await store.open('messages')
    const files = disk.names('/data/messages').filter((name) => name.endsWith('.segment'))
    const bytes = disk.bytes(`/data/messages/${files[Math.floor(random() * files.length)]}`)
    const at = 4096 + Math.floor(random() * (bytes.length - 4096))
    bytes.subarray(at, at + 1 + Math.floor(random() * 3000)).fill(0x5a)
    const found: LogRecord[] = []
    for (let from = 0; ; ) {
      const { records, next } = await log.readOn(from, 1 + Math.floor(random() * 20_000))
      if (records.length === 0) break
      found.push(...records)
      assert.ok(next > from)
      from = next
    }
    const originals = new Map(history.records.map((record) => [record.position, record]))
    for (const record of found) assertSame(record, originals.get(record.position))
    const lost = history.records.length - found.length
    assert.ok(lost <= 12, `${lost} lost`)
    if (lost > 0) assert.ok(store.damage.length > 0, 'it is told')
    await store.close()
  }
})

test('a segment that goes while it is read is no damage and no fault', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  store.onFault = (fault) => assert.fail(fault)
  const log = await store.open('messages')
  const history = new LogHistory(1)
  for (let count = 0; count < 300; count++) {
    history.append(log)
    if (count % 20 === 0) await log.flush()
  }
  await log.flush()
  const reads = [log.readOn(0, 100), log.readOn(0, 20_000), log.readOn(history.records[3]!.position, 1)]
  log.trim(history.records[250]!.position)
  for (const read of reads) {
    for (const record of (await read).records) {
      assertSame(
        record,
        history.records.find(({ position }) => position === record.position),
      )
    }
  }
  assert.deepEqual(store.damage, [])
})
