import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { visited } from '../../test/support/log-conformance.ts'
import { assertSame, LogHistory } from '../../test/support/log-history.ts'
import { openOn } from '../../test/support/log-life.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import { backupStore } from './backup.ts'
import type { Log, Position, Store } from './log.ts'

const logs = ['messages', 'definitions']
const backup = (disk: FakeDisk) => backupStore({ disk, from: '/data', to: '/copy', logs })
const copyOn = (disk: FakeDisk) => openOn(disk, new VirtualClock(), '/copy')

/** Writes batch after batch, giving the front up now and then, until told to stop. */
class Writer {
  readonly history: LogHistory
  readonly #log: Log
  stopped = false
  /** Snapshots that say how many records came before. */
  snapshots = false

  constructor(log: Log, history: LogHistory) {
    this.#log = log
    this.history = history
    history.watch(log)
  }

  async run(): Promise<void> {
    while (!this.stopped) await this.round()
  }

  async round(): Promise<void> {
    const { history } = this
    for (let count = history.below(12); count >= 0; count--) history.append(this.#log)
    await this.#log.flush()
    if (history.below(20) === 0) await this.#giveUp()
  }

  async #giveUp(): Promise<void> {
    const { records } = this.history
    if (this.snapshots) {
      const through = this.#log.end
      await this.#log.saveSnapshot({ through, bytes: Buffer.from(String(records.length)) })
      this.#log.trim(through)
    } else {
      const before = records[this.history.below(records.length)]!.position
      this.history.trimmed = Math.max(this.history.trimmed, before)
      this.#log.trim(before)
    }
  }
}

/** The copy holds a stretch of the history: from where the log began at the latest, to what was durable. */
async function checkCopy(store: Store, name: string, history: LogHistory, durable: Position): Promise<void> {
  const found = await visited(await store.open(name))
  const first = found[0]?.position ?? Number.MAX_SAFE_INTEGER
  const expected = history.records.filter((record) => record.position >= first)
  for (const [index, record] of found.entries()) assertSame(record, expected[index])
  for (const record of history.records) {
    if (record.position >= first || record.end <= history.trimmed) continue
    assert.fail(`record ${record.position} is not in the copy, which begins at ${first}`)
  }
  const missing = expected[found.length]
  assert.ok(missing === undefined || missing.end > durable, `record ${missing?.position} was durable at ${durable}`)
  assert.deepEqual(store.damage, [])
}

test('a copy made while a log is written, given up and used again holds what was durable, in order', async () => {
  let dropped = 0
  for (let seed = 0; seed < 25; seed++) {
    const disk = new FakeDisk(seed, { pagewise: true })
    const store = await openOn(disk)
    const log = await store.open('messages')
    const writer = new Writer(log, new LogHistory(seed))
    for (let round = writer.history.below(80); round >= 0; round--) await writer.round()
    const { durable, start } = log
    const writing = writer.run()
    await backup(disk)
    writer.stopped = true
    await writing
    if (log.start > start) dropped += 1
    for (let life = 0; life < 2; life++) {
      const copy = await copyOn(disk)
      await checkCopy(copy, 'messages', writer.history, durable)
      await copy.close()
    }
    await store.close()
  }
  assert.ok(dropped > 8, `the front went during ${dropped} copies`)
})

test('a copy of a log with snapshots holds all of them contain, or all since', async () => {
  for (let seed = 0; seed < 25; seed++) {
    const disk = new FakeDisk(seed, { pagewise: true })
    const store = await openOn(disk)
    const writer = new Writer(await store.open('definitions'), new LogHistory(seed))
    writer.snapshots = true
    for (let round = writer.history.below(60); round >= 0; round--) await writer.round()
    const { durable } = writer.history
    const writing = writer.run()
    await backup(disk)
    writer.stopped = true
    await writing
    const { records } = writer.history
    for (let life = 0; life < 2; life++) {
      const copy = await copyOn(disk)
      const log = await copy.open('definitions')
      const snapshot = await log.loadSnapshot()
      const found = await visited(log, snapshot?.through ?? 0)
      const count = Number(snapshot?.bytes.toString() ?? 0)
      for (const [index, record] of found.entries()) assertSame(record, records[count + index])
      const missing = records[count + found.length]
      assert.ok(missing === undefined || missing.end > durable)
      assert.deepEqual(copy.damage, [])
      await copy.close()
    }
    await store.close()
  }
})

test('a stopped directory is copied too, indexes included, and the copy goes on', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const writer = new Writer(await store.open('messages'), new LogHistory(1))
  for (let round = 0; round < 30; round++) await writer.round()
  await store.close()
  const told: number[] = []
  const copied = await backupStore({
    disk,
    from: '/data',
    to: '/copy',
    logs,
    onProgress: (bytes, expected) => {
      assert.ok(bytes <= expected)
      told.push(bytes)
    },
  })
  assert.equal(told.at(-1), copied)
  assert.ok(disk.names('/copy/messages').some((name) => name.endsWith('.index')))
  const copy = await copyOn(disk)
  const log = await copy.open('messages')
  await writer.history.check(log)
  writer.history.append(log)
  await log.flush()
  await copy.close()
  const again = await copyOn(disk)
  await writer.history.check(await again.open('messages'))
})

test('a directory that is not empty, or not a data directory, is refused', async () => {
  const disk = new FakeDisk(1)
  await disk.makeDirectory('/data')
  await assert.rejects(backup(disk), {
    name: 'StoreRefusal',
    message: "/data is no data directory: it has no file 'store'",
  })
  await (await openOn(disk)).close()
  await disk.makeDirectory('/copy')
  await disk.open('/copy/something', 'create')
  await assert.rejects(backup(disk), { name: 'StoreRefusal', message: '/copy is not empty' })
})

test('a copy that was interrupted is not opened, wherever that was', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const writer = new Writer(await store.open('messages'), new LogHistory(1))
  for (let round = 0; round < 10; round++) await writer.round()
  await store.close()
  const counted = disk.kill(1)
  await backup(counted)
  assert.ok(counted.changes > 20)
  let complete = 0
  for (let cutAt = 2; cutAt <= counted.changes + 1; cutAt++) {
    const cut = disk.kill(1, { cutAt })
    await Promise.race([cut.cut, backup(cut)])
    const after = cut.reboot(cutAt)
    if (after.names('/copy').includes('store') && !after.names('/copy').includes('incomplete')) {
      const copy = await copyOn(after)
      await checkCopy(copy, 'messages', writer.history, writer.history.durable)
      complete += 1
    } else if (after.names('/copy').length > 0) {
      await assert.rejects(copyOn(after), { message: '/copy holds a backup that was not completed' })
    }
  }
  assert.ok(complete > 0 && complete < 4)
})
