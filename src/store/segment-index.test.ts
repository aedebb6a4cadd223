import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { type Appended, LogHistory } from '../../test/support/log-history.ts'
import { lifeSegmentBytes, openOn } from '../../test/support/log-life.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import type { Log, Store } from './log.ts'

const directory = '/data/messages'

/** A log of several segments on disk, with a giant in it and a rest, closed or as a killed process leaves it. */
async function written(seed: number, ending: 'closed' | 'killed' = 'closed') {
  const disk = new FakeDisk(seed)
  const clock = new VirtualClock()
  const history = new LogHistory(seed)
  const store = await openOn(disk, clock)
  const log = await store.open('messages')
  history.watch(log)
  for (let round = 0; round < 12; round++) {
    for (let count = history.below(20); count >= 0; count--) history.append(log)
    if (round === 4) history.append(log, 2 * lifeSegmentBytes)
    await log.flush()
    if (round % 3 === 0) clock.advance(1000)
    await log.flush()
  }
  if (ending === 'closed') await store.close()
  await clock.settle()
  return { disk: disk.kill(seed), history }
}

const indexes = (disk: FakeDisk) => disk.names(directory).filter((name) => name.endsWith('.index'))
const segments = (disk: FakeDisk) => disk.names(directory).filter((name) => name.endsWith('.segment'))

/** Heads and headers as a start visits them. */
async function heads(log: Log): Promise<string[]> {
  const found: string[] = []
  await log.replay(0, { bodies: false }, (record) => {
    assert.equal(record.body, undefined)
    found.push(headOf(record.position, record))
  })
  return found
}

function headOf(
  position: number,
  record: { type: number; header: Buffer; bodySize?: number; body?: Buffer | undefined },
) {
  return `${position} ${record.type} ${record.header.toString('hex')} ${record.bodySize ?? record.body?.length}`
}

const headsOf = (appended: readonly Appended[]) => appended.map((record) => headOf(record.position, record))

/** A start on this disk, and what it visits; closed again. */
async function started(disk: FakeDisk, use?: (store: Store, log: Log) => Promise<void>) {
  const store = await openOn(disk)
  store.onFault = (fault) => assert.fail(fault)
  const log = await store.open('messages')
  const found = await heads(log)
  const { damage } = store
  await use?.(store, log)
  await store.close()
  return { found, damage }
}

test('a start visits the same with indexes and without them', async () => {
  const { disk, history } = await written(1)
  assert.ok(indexes(disk).length > 4)
  const without = disk.kill(1)
  for (const name of indexes(disk)) await without.remove(`${directory}/${name}`)
  assert.deepEqual((await started(disk)).found, headsOf(history.records))
  assert.deepEqual((await started(without)).found, headsOf(history.records))
  assert.deepEqual(indexes(without), indexes(disk), 'and writes those that were missing')
  for (const name of indexes(disk)) {
    const path = `${directory}/${name}`
    assert.ok(without.bytes(path).equals(disk.bytes(path)), `${name} as it was`)
  }
})

test('a start with indexes does not look at bodies; whoever reads one does', async () => {
  const { disk, history } = await written(2)
  const victim = history.records.find((record) => record.body.length > 500)!
  const file = segments(disk).find((name) => disk.bytes(`${directory}/${name}`).includes(victim.body))!
  const bytes = disk.bytes(`${directory}/${file}`)
  bytes[bytes.indexOf(victim.body) + 200]! ^= 1
  const { found, damage } = await started(disk, async (store, log) => {
    assert.equal(await log.read(victim.position), undefined)
    assert.equal(store.damage[0]?.from, victim.position)
  })
  assert.deepEqual(damage, [])
  assert.deepEqual(found, headsOf(history.records))
})

test('an index with any byte wrong, or cut short, is not believed, and written again', async () => {
  const { disk, history } = await written(3)
  const path = `${directory}/${indexes(disk)[1]}`
  const whole = Buffer.from(disk.bytes(path))
  for (let round = 0; round < 40; round++) {
    const damaged = disk.kill(round)
    const at = round < 10 ? history.below(64) : history.below(whole.length)
    if (round % 4 === 0) damaged.replace(path, whole.subarray(0, at))
    else damaged.bytes(path)[at]! ^= 1 << history.below(8)
    const { found, damage } = await started(damaged)
    assert.deepEqual(found, headsOf(history.records))
    assert.deepEqual(damage, [])
    assert.ok(damaged.bytes(path).equals(whole))
  }
})

test('an index of another log or another segment is not believed', async () => {
  const { disk, history } = await written(4)
  const [first, second] = indexes(disk)
  disk.replace(`${directory}/${first}`, disk.bytes(`${directory}/${second}`))
  assert.deepEqual((await started(disk)).found, headsOf(history.records))
})

test('a killed process leaves few segments without an index', async () => {
  const { disk, history } = await written(5, 'killed')
  assert.ok(indexes(disk).length > 2)
  const { found } = await started(disk)
  assert.deepEqual(found, headsOf(history.records))
})

test('an index goes with its segment', async () => {
  const { disk, history } = await written(6)
  await started(disk, async (_, log) => {
    log.trim(history.records.at(-2)!.position)
    history.append(log)
    await log.flush()
  })
  const numbers = segments(disk).map((name) => Number.parseInt(name, 10))
  for (const name of indexes(disk)) assert.ok(numbers.includes(Number.parseInt(name, 10)), `${name} is an orphan`)
  // A power cut may keep an index whose segment it takes.
  await disk.remove(`${directory}/${segments(disk)[0]}`)
  const [orphan] = indexes(disk)
  await started(disk)
  assert.ok(!indexes(disk).includes(orphan!))
})

test('damage in a segment that has no index is named at every start', async () => {
  const { disk } = await written(7)
  const [name] = segments(disk)
  await disk.remove(`${directory}/${indexes(disk)[0]}`)
  disk.bytes(`${directory}/${name}`)[6000]! ^= 1
  for (let start = 0; start < 2; start++) assert.equal((await started(disk)).damage.length, 1)
})

test('an index does not hide that its segment was cut short or is gone', async () => {
  const { disk } = await written(8)
  const [, second] = segments(disk)
  const path = `${directory}/${second}`
  const cut = disk.kill(1)
  cut.replace(path, disk.bytes(path).subarray(0, 9000))
  assert.ok((await started(cut)).damage.length > 0)
  await disk.remove(path)
  assert.equal((await started(disk)).damage.length, 1)
})

test('a last segment that is written anew loses the index it had', async () => {
  const { disk, history } = await written(9)
  const name = indexes(disk).at(-1)!
  const file = disk.bytes(`${directory}/${name.replace('index', 'segment')}`)
  await disk.remove(`${directory}/closed`)
  // Its very last write, of which a power cut left nothing.
  const last = history.records.at(-1)!
  const at = file.lastIndexOf(last.header)
  file.fill(0, at - 32)
  const { found } = await started(disk)
  assert.ok(found.length < history.records.length)
  assert.deepEqual(found, headsOf(history.records.slice(0, found.length)))
  assert.deepEqual((await started(disk)).found, found)
})

test('what is all header has no index: it would be as large', async () => {
  const disk = new FakeDisk(1)
  const store = await openOn(disk)
  const log = await store.open('messages')
  for (let count = 0; count < 2000; count++) log.reserve(1, 100, 0)
  await log.flush()
  await store.close()
  assert.ok(segments(disk).length > 4)
  assert.deepEqual(indexes(disk), [])
})

test('a disk without room for an index is full, not broken', async () => {
  const { disk, history } = await written(10)
  for (const name of indexes(disk)) await disk.remove(`${directory}/${name}`)
  const full = disk.kill(1, { capacity: disk.bytesHeld })
  assert.deepEqual((await started(full)).found, headsOf(history.records))
  assert.deepEqual(indexes(full), [])
  assert.ok(!full.names(directory).some((name) => name.endsWith('.tmp')))
})
