import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { openOn } from '../../test/support/log-life.ts'
import { type BadRange, verifyLog } from './verification.ts'

const directory = '/data/messages'

/** A log of several segments with indexes and snapshots, closed or as a killed process leaves it. */
async function written(seed: number, ending: 'closed' | 'killed' = 'closed') {
  const disk = new FakeDisk(seed)
  const history = new LogHistory(seed, { header: 40, body: 600 })
  const store = await openOn(disk)
  const log = await store.open('messages')
  history.watch(log)
  for (let round = 0; round < 30; round++) {
    for (let count = history.below(8); count >= 0; count--) history.append(log)
    await log.flush()
    if (round % 12 === 6) await log.saveSnapshot({ through: log.end, bytes: Buffer.alloc(700, round) })
  }
  if (ending === 'closed') await store.close()
  return { disk: disk.kill(seed), history }
}

/** What is found; the disk must stay as it is. */
async function verified(disk: FakeDisk) {
  const bad: BadRange[] = []
  const notes: string[] = []
  const { changes } = disk
  const report = await verifyLog({
    disk,
    directory: '/data',
    log: 'messages',
    bad: (range) => bad.push(range),
    note: (text) => notes.push(text),
  })
  assert.equal(disk.changes, changes, 'nothing is changed')
  return { bad, notes, ...report }
}

const files = (disk: FakeDisk, ending: string) => disk.names(directory).filter((name) => name.endsWith(ending))

test('a log that is as it was written has nothing bad, closed or killed', async () => {
  for (const ending of ['closed', 'killed'] as const) {
    const { disk, history } = await written(1, ending)
    const { bad, records, bytes, notes } = await verified(disk)
    assert.deepEqual(bad, [])
    assert.equal(records, history.records.length)
    assert.ok(bytes > 30_000)
    assert.equal(notes.length, ending === 'closed' ? 0 : 1)
  }
})

test('every flipped byte of a record is found, and the record named when only its body is bad', async () => {
  const { disk, history } = await written(2)
  for (const record of history.records) {
    const damaged = disk.kill(1)
    const name = files(damaged, '.segment').find((file) => holds(damaged, file, record.position))!
    const bytes = damaged.bytes(`${directory}/${name}`)
    const length = 32 + record.header.length + record.body.length
    const at = history.below(length)
    bytes[record.position - baseOf(bytes) + at]! ^= 1 << history.below(8)
    const { bad } = await verified(damaged)
    assert.equal(bad.length, 1, JSON.stringify(bad))
    const [range] = bad
    assert.equal(range!.file, `messages/${name}`)
    assert.ok(range!.from <= record.position && range!.to >= record.position + length)
    const isBody = at >= 32 + record.header.length
    assert.equal(range!.record?.type, isBody ? record.type : undefined)
    if (isBody) assert.ok(range!.record?.header.equals(record.header))
  }
})

test('every flipped byte of an index, a snapshot and the closing mark is found', async () => {
  const { disk, history } = await written(3)
  const all = [...files(disk, '.index'), ...files(disk, '.snapshot'), 'closed']
  assert.ok(all.length > 4)
  for (const name of all) {
    for (let round = 0; round < 12; round++) {
      const damaged = disk.kill(1)
      const bytes = damaged.bytes(`${directory}/${name}`)
      bytes[history.below(bytes.length)]! ^= 1 << history.below(8)
      const { bad } = await verified(damaged)
      assert.deepEqual([...new Set(bad.map((range) => range.file))], [`messages/${name}`])
    }
  }
})

test('an index that verifies and says something else than its segment is found', async () => {
  const { disk } = await written(4)
  const other = await written(5)
  const [name] = files(disk, '.index')
  disk.replace(`${directory}/${name}`, other.disk.bytes(`${directory}/${name}`))
  const { bad } = await verified(disk)
  assert.match(bad[0]!.reason, /^the index does? not/)
})

test('one of the two headers of a segment is missed even though the other does', async () => {
  const { disk } = await written(6)
  const [name] = files(disk, '.segment')
  for (const at of [0, 2048]) {
    const damaged = disk.kill(1)
    damaged.bytes(`${directory}/${name}`)[at + 30]! ^= 1
    const { bad } = await verified(damaged)
    assert.deepEqual(
      bad.map((range) => range.reason),
      ['one of the two headers did not verify'],
    )
  }
})

test('a segment that is gone, headless or cut short is found', async () => {
  const { disk, history } = await written(7)
  const [, second] = files(disk, '.segment')
  const path = `${directory}/${second}`
  const gone = disk.kill(1)
  await gone.remove(path)
  assert.ok((await verified(gone)).bad.some((range) => range.reason === 'the segment is missing'))
  const headless = disk.kill(1)
  headless.bytes(path).fill(0, 0, 4096)
  const found = await verified(headless)
  assert.ok(found.bad.some((range) => range.reason === "the segment's header did not verify"))
  assert.equal(found.records, history.records.length)
  const cut = disk.kill(1)
  cut.replace(path, disk.bytes(path).subarray(0, 9000))
  assert.ok((await verified(cut)).bad.length > 0)
})

test('a torn last write was never confirmed and is no damage; what lies before it is', async () => {
  const { disk, history } = await written(8, 'killed')
  const last = history.records.at(-1)!
  const name = files(disk, '.segment').find((file) => holds(disk, file, last.position))!
  const path = `${directory}/${name}`
  const torn = disk.kill(1)
  torn.bytes(path)[last.position - baseOf(torn.bytes(path)) + 9]! ^= 1
  assert.deepEqual((await verified(torn)).bad, [])
  const before = history.records.find((record) => holds(disk, name, record.position))!
  torn.bytes(path)[before.position - baseOf(torn.bytes(path)) + 9]! ^= 1
  assert.equal((await verified(torn)).bad.length, 1)
})

function baseOf(bytes: Buffer): number {
  return bytes.readUInt32LE(24)
}

/** Whether the record at a position lies in this segment's file. */
function holds(disk: FakeDisk, name: string, position: number): boolean {
  const bytes = disk.bytes(`${directory}/${name}`)
  const base = baseOf(bytes)
  return bytes.readUInt32LE(16) > 0 && position >= base && position < base + bytes.readUInt32LE(20)
}
