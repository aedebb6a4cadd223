import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { visited } from '../../test/support/log-conformance.ts'
import { assertSame, LogHistory } from '../../test/support/log-history.ts'
import { lifeSegmentBytes, openOn, survive } from '../../test/support/log-life.ts'
import type { Store } from './log.ts'
import { StoreRefusal } from './store-refusal.ts'

const directory = '/data/messages'

test('what was appended is there after closing and opening, on a log that goes on behind it', async () => {
  const disk = new FakeDisk(1)
  const history = new LogHistory(1)
  for (let life = 0; life < 4; life++) {
    const store = await openOn(disk)
    const log = await store.open('messages')
    history.watch(log)
    await history.check(log)
    for (let count = 0; count < 20; count++) history.append(log)
    await log.flush()
    await store.close()
  }
  assert.equal(history.records.length, 80)
})

test('what is appended while a log is being closed does no harm, and what was before is there', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const disk = new FakeDisk(seed)
    const history = new LogHistory(seed)
    const store = await openOn(disk)
    store.onFault = (fault) => assert.fail(fault)
    const log = await store.open('messages')
    history.watch(log)
    for (let count = 0; count < 20; count++) history.append(log)
    const before = log.end
    let closed = false
    const closing = store.close().then(() => {
      closed = true
    })
    for (let count = 0; count < seed * 3 && !closed; count++) {
      history.append(log)
      log.commit()
      await Promise.resolve()
    }
    await closing
    assert.ok(history.durable >= before)
    await assert.rejects(async () => {
      history.append(log)
      await log.flush()
    })
    await survive(disk.reboot(seed), history, seed)
  }
})

test('a log that was closed and not written since is opened without changing it', async () => {
  const disk = new FakeDisk(1)
  const history = new LogHistory(1)
  const first = await openOn(disk)
  for (let count = 0; count < 40; count++) history.append(await first.open('messages'))
  await first.close()
  const before = disk.names(directory).map((name) => [name, Buffer.from(disk.bytes(`${directory}/${name}`))] as const)
  const ends: number[] = []
  for (let life = 0; life < 2; life++) {
    const store = await openOn(disk)
    ends.push((await store.open('messages')).end)
    await store.close()
  }
  assert.equal(ends[0], ends[1])
  const kept = before.filter(([name]) => !name.endsWith('.spare') && name !== disk.names(directory).at(-2))
  assert.ok(kept.length > 2)
  for (const [name, bytes] of kept) {
    if (disk.names(directory).includes(name)) assert.ok(disk.bytes(`${directory}/${name}`).equals(bytes), name)
  }
})

test('an empty directory is opened without writing a segment first', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  await Promise.all([store.open('definitions'), store.open('messages')])
  assert.ok(disk.bytesHeld < 1000)
  await store.close()
})

test('files of trimmed segments are used again, and removed when there are too many', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const log = await store.open('messages')
  const history = new LogHistory(1)
  for (let round = 0; round < 200; round++) {
    for (let count = 0; count < 10; count++) history.append(log)
    await log.flush()
    if (round % 10 === 9) log.trim(log.durable)
  }
  await store.close()
  assert.ok(disk.bytesHeld <= 8 * lifeSegmentBytes, `${disk.bytesHeld} bytes held`)
  assert.ok(log.bytesHeld <= 8 * lifeSegmentBytes)
})

test('files that a power cut left empty, zero or half made are no obstacle', async () => {
  const disk = new FakeDisk(1)
  const first = await openOn(disk)
  const history = new LogHistory(1)
  const log = await first.open('messages')
  history.watch(log)
  for (let count = 0; count < 10; count++) history.append(log)
  await log.flush()
  for (const name of [
    '0000000077.segment',
    '0000000078.segment',
    '0000000079.spare',
    '0000000080.segment.tmp',
    'closed',
  ]) {
    await disk.open(`${directory}/${name}`, 'create')
  }
  disk.replace(`${directory}/0000000078.segment`, Buffer.alloc(lifeSegmentBytes))
  disk.replace(`${directory}/0000000079.spare`, Buffer.alloc(100))
  await disk.open('/data/store', 'create')
  await disk.open(`${directory}/whatever`, 'create')
  const store = await openOn(disk.kill(1))
  const again = await store.open('messages')
  await history.check(again)
  assert.equal(history.records.length, 10)
  assert.deepEqual(store.damage, [])
  history.append(again)
  await store.close()
})

test('records of a torn write do not come back when their file is used again', async () => {
  const disk = new FakeDisk(1)
  const append = async (store: Store, count: number) => {
    const log = await store.open('messages')
    for (; count > 0; count--) {
      const { buffer, offset } = log.reserve(1, 8, 0)
      buffer.fill(count, offset, offset + 8)
    }
    await log.flush()
  }
  await append(await openOn(disk), 10)
  const [name] = disk.names(directory)
  // The first write of the segment, whose head was lost.
  disk.bytes(`${directory}/${name}`).fill(0, 0, 4096)
  const second = await openOn(disk.kill(1))
  assert.deepEqual(await visited(await second.open('messages')), [])
  const reused = disk.kill(2)
  await append(await openOn(reused), 1)
  assert.ok(!reused.names(directory).includes(name!), 'the file has another name')
  const third = await openOn(reused.kill(3))
  assert.equal((await visited(await third.open('messages'))).length, 1)
})

test('a format of a later release is refused and nothing is changed', async () => {
  for (const file of ['/data/store', `${directory}/0000000001.segment`, `${directory}/0000000000000000.snapshot`]) {
    const disk = new FakeDisk(1)
    const first = await openOn(disk)
    const log = await first.open('messages')
    await log.saveSnapshot({ through: 0, bytes: Buffer.from('x') })
    new LogHistory(1).append(log)
    await first.close()
    const bytes = disk.bytes(file)
    for (const at of file.endsWith('segment') ? [0, 2048] : [0]) raiseFormat(bytes, at)
    const { changes } = disk
    const names = disk.names(directory)
    const second = openOn(disk).then(async (store) => (await store.open('messages')).loadSnapshot())
    await assert.rejects(second, (error: Error) => {
      assert.ok(error instanceof StoreRefusal)
      assert.match(error.message, /has format 2, this release reads formats up to 1/)
      return true
    })
    assert.deepEqual(disk.names(directory), names)
    assert.ok(disk.changes - changes < 8)
  }
})

test('a damaged snapshot is put aside and named, and the one before it is taken', async () => {
  const disk = new FakeDisk(1)
  const first = await openOn(disk)
  const log = await first.open('messages')
  const history = new LogHistory(1)
  const ends: number[] = []
  for (let count = 0; count < 3; count++) {
    for (let more = 0; more < 30; more++) history.append(log)
    await log.flush()
    ends.push(log.end)
    await log.saveSnapshot({ through: log.end, bytes: Buffer.alloc(500, count) })
    log.trim(log.end)
  }
  await first.close()
  const names = () => disk.names(directory).filter((name) => name.includes('snapshot'))
  assert.equal(names().length, 2)
  disk.bytes(`${directory}/${names()[1]}`)[200]! ^= 4
  const second = await openOn(disk)
  const again = await second.open('messages')
  const snapshot = await again.loadSnapshot()
  assert.equal(snapshot?.through, ends[1])
  assert.ok(snapshot?.bytes.equals(Buffer.alloc(500, 1)))
  assert.equal(second.damage.length, 1)
  const rest = history.records.filter((record) => record.position >= ends[1]!)
  for (const record of rest) assertSame(await again.read(record.position), record)
  assert.ok(names()[1]?.endsWith('.damaged'))
  await second.close()
  const third = await openOn(disk)
  assert.equal((await (await third.open('messages')).loadSnapshot())?.through, ends[1])
})

test('snapshots of a log to which nothing was appended leave no gap', async () => {
  const disk = new FakeDisk(1)
  const history = new LogHistory(1)
  for (let life = 0; life < 4; life++) {
    const store = await openOn(disk)
    const log = await store.open('messages')
    await history.check(log)
    await log.saveSnapshot({ through: log.end, bytes: Buffer.from('x') })
    const { end } = log
    if (life !== 1) assert.ok(history.append(log).position >= end)
    await log.flush()
    await store.close()
    assert.deepEqual(store.damage, [])
  }
})

test('a record damaged while the broker runs is not given out, and named', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const log = await store.open('messages')
  const history = new LogHistory(1)
  const victim = history.append(log, 2000)
  await log.flush()
  const name = disk.names(directory).find((file) => file.endsWith('.segment'))!
  disk.bytes(`${directory}/${name}`)[victim.position + 100]! ^= 1
  assert.equal(await log.read(victim.position), undefined)
  assert.equal(store.damage[0]?.from, victim.position)
})

test('a directory in use is refused', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  await assert.rejects(openOn(disk), StoreRefusal)
  await store.close()
  await (await openOn(disk)).close()
})

test('the name of a log cannot leave the directory', async () => {
  const store = await openOn(new FakeDisk(1))
  for (const name of ['', '..', 'a/b', 'A', '../x', 'x'.repeat(65)]) await assert.rejects(store.open(name), RangeError)
})

/** Makes a preamble one of format 2, complete. */
function raiseFormat(bytes: Buffer, at: number): void {
  bytes.writeUInt32LE(2, at + 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 60)), at + 60)
}
