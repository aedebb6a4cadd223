import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { type Appended, LogHistory } from '../../test/support/log-history.ts'
import { openOn } from '../../test/support/log-life.ts'
import { VirtualClock } from '../std/virtual-clock.ts'
import { wordsOf } from './checksum.ts'
import type { Damage, Log, LogRecord, Position } from './log.ts'
import { completeRecord, HEAD_SIZE, writeHead } from './record.ts'

const directory = '/data/messages'

/** A log of several segments with small batches, on disk; `closed` or left as a killed process leaves it. */
async function written(
  seed: number,
  ending: 'closed' | 'killed',
  { rounds = 60, header = 40, body = 400 } = {},
): Promise<{ disk: FakeDisk; history: LogHistory }> {
  const disk = new FakeDisk(seed)
  const history = new LogHistory(seed, { header, body })
  const store = await openOn(disk)
  const log = await store.open('messages')
  history.watch(log)
  for (let round = 0; round < rounds; round++) {
    for (let count = history.below(6); count >= 0; count--) history.append(log)
    await log.flush()
  }
  if (ending === 'closed') await store.close()
  return { disk: disk.kill(seed), history }
}

interface Found {
  readonly records: LogRecord[]
  readonly damage: readonly Damage[]
}

/** What a broker finds that starts on this disk; it must start, append and find the same once more. */
async function reopened(disk: FakeDisk, history: LogHistory): Promise<Found> {
  const first = await openOn(disk)
  const records = await replayed(await first.open('messages'))
  const { damage } = first
  history.highest = 0
  const added = history.append(await first.open('messages'))
  history.records.pop()
  await (await first.open('messages')).flush()
  await first.close()
  const second = await openOn(disk)
  const again = await replayed(await second.open('messages'))
  const same = again.length === records.length + 1 && records.every((record, index) => isSame(record, again[index]!))
  assert.ok(same, 'a second start finds the same')
  assert.ok(again.at(-1)?.body?.equals(added.body), 'and what was appended after the first')
  await second.close()
  return { records, damage }
}

async function replayed(log: Log): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  await log.replay(0, { bodies: true }, (record) => records.push(record.copy()))
  return records
}

/** Compares with what was appended: everything found is right and in order; gives back what is lost. */
function lostOf(found: Found, history: LogHistory): Appended[] {
  const appended = new Map(history.records.map((record) => [record.position, record]))
  let before: Position = 0
  for (const record of found.records) {
    const original = appended.get(record.position)
    assert.ok(original !== undefined && record.position > before)
    before = record.position
    assert.ok(record.header.equals(original.header), 'a header is never wrong')
    if (record.damaged) {
      assert.equal(record.body, undefined)
      continue
    }
    assert.ok(record.body?.equals(original.body), 'a body is never wrong')
    appended.delete(record.position)
  }
  return [...appended.values()]
}

test('a log cut short at any byte opens and holds every whole record before the cut', async () => {
  const { disk, history } = await written(1, 'killed', { rounds: 3, header: 10, body: 30 })
  const path = `${directory}/${lastBegun(disk)}`
  const whole = Buffer.from(disk.bytes(path))
  const base = history.records.find((record) => record.position >= baseOf(whole))!.position - 4096
  const used = history.durable - base
  for (let size = 0; size <= used + 8; size += size < 4000 ? 251 : 1) {
    const cut = disk.kill(size)
    cut.replace(path, whole.subarray(0, size))
    const lost = lostOf(await reopened(cut, history), history)
    const expected = history.records.filter((record) => record.position - base >= 0 && endOf(record) - base > size)
    assert.deepEqual(
      lost.map((record) => record.position),
      expected.map((record) => record.position),
      `cut at ${size}`,
    )
  }
})

test('a log that was closed and is cut short afterwards names what is missing', async () => {
  const { disk, history } = await written(2, 'closed')
  const path = `${directory}/${lastBegun(disk)}`
  const whole = Buffer.from(disk.bytes(path))
  for (let size = 4096; size < whole.length; size += 257) {
    const cut = disk.kill(size)
    cut.replace(path, whole.subarray(0, size))
    const found = await reopened(cut, history)
    for (const lost of lostOf(found, history)) assertNamed(found.damage, lost)
    assert.ok(found.damage.length > 0)
  }
})

test('one flipped byte costs at most the record it hits, and the loss is named', async () => {
  const { disk, history } = await written(3, 'closed')
  const files = disk.names(directory).filter((file) => file.endsWith('.segment'))
  let hits = 0
  for (let round = 0; round < 300; round++) {
    const damaged = disk.kill(round)
    const bytes = damaged.bytes(`${directory}/${files[history.below(files.length)]}`)
    const at = round % 10 === 0 ? history.below(4096) : history.below(bytes.length)
    bytes[at]! ^= 1 << history.below(8)
    const found = await reopened(damaged, history)
    const lost = lostOf(found, history)
    assert.ok(lost.length <= 1, `${lost.length} records lost by one byte`)
    for (const record of lost) assertNamed(found.damage, record)
    hits += lost.length
  }
  assert.ok(hits > 120)
})

test('after a rest, one flipped byte costs one record of a killed process too', async () => {
  const clock = new VirtualClock()
  const disk = new FakeDisk(8)
  const history = new LogHistory(8, { header: 40, body: 400 })
  const log = await (await openOn(disk, clock)).open('messages')
  for (let count = 0; count < 12; count++) history.append(log)
  await log.flush()
  clock.advance(1000)
  await log.flush()
  const path = `${directory}/${lastBegun(disk)}`
  for (const record of history.records) {
    const damaged = disk.kill(1)
    damaged.bytes(path)[record.position + 9]! ^= 1
    const found = await reopened(damaged, history)
    const lost = lostOf(found, history)
    assert.deepEqual(lost, [record])
    assertNamed(found.damage, record)
  }
})

test('a log at rest writes nothing more', async () => {
  const clock = new VirtualClock()
  const disk = new FakeDisk(9)
  const log = await (await openOn(disk, clock)).open('messages')
  new LogHistory(9).append(log)
  await log.flush()
  for (let seconds = 0; seconds < 3; seconds++) {
    clock.advance(1000)
    await log.flush()
  }
  await clock.settle()
  const { changes } = disk
  clock.advance(3_600_000)
  await clock.settle()
  assert.equal(disk.changes, changes)
})

test('a damaged stretch costs the records in it, whatever lies in it', async () => {
  const { disk, history } = await written(4, 'closed')
  const files = disk.names(directory).filter((file) => file.endsWith('.segment'))
  for (let round = 0; round < 120; round++) {
    const damaged = disk.kill(round)
    const bytes = damaged.bytes(`${directory}/${files[history.below(files.length)]}`)
    const from = history.below(bytes.length)
    const to = Math.min(bytes.length, from + history.below(6000))
    if (round % 2 === 0) bytes.fill(round % 4 === 0 ? 0 : 0xff, from, to)
    else for (let at = from; at < to; at++) bytes[at] = history.below(256)
    const found = await reopened(damaged, history)
    for (const lost of lostOf(found, history)) assertNamed(found.damage, lost)
  }
})

test('a body that imitates a record is not taken for one after damage', async () => {
  const { disk, history } = await written(5, 'closed')
  const store = await openOn(disk)
  const log = await store.open('messages')
  const before = history.append(log)
  const reservation = log.reserve(1, 0, 200)
  const body = reservation.buffer.subarray(reservation.offset, reservation.offset + 200).fill(0)
  // Complete but for the seed, which no client knows, and at the very place it names.
  const at = 8 - (reservation.offset % 8)
  const position = reservation.position + HEAD_SIZE + at
  const words = wordsOf(body)
  writeHead(words, at, { type: 1, position, distance: 0, headerSize: 0, bodySize: 64 })
  const number = Buffer.alloc(8)
  number.writeUInt32LE(Number.parseInt(lastBegun(disk), 10) + 2, 4)
  completeRecord(words, at, crc32(number))
  const forged = Buffer.from(body)
  const after = history.append(log)
  await store.close()
  const path = `${directory}/${lastBegun(disk)}`
  const bytes = disk.bytes(path)
  bytes[bytes.indexOf(forged) - 12]! ^= 1
  const again = await openOn(disk)
  const positions = (await replayed(await again.open('messages'))).map((record) => record.position)
  assert.deepEqual(positions.slice(-2), [before.position, after.position])
})

test('a record written to the wrong place is not taken for the one that belongs there', async () => {
  const disk = new FakeDisk(10)
  const store = await openOn(disk)
  const log = await store.open('messages')
  const places: Position[] = []
  for (let count = 0; count < 3; count++) {
    const { buffer, offset, position } = log.reserve(1, 8, 0)
    buffer.fill(count, offset, offset + 8)
    places.push(position)
  }
  await store.close()
  const bytes = disk.bytes(`${directory}/${lastBegun(disk)}`)
  bytes.copy(bytes, places[1]!, places[0]!, places[1]!)
  const again = await openOn(disk)
  const found = await replayed(await again.open('messages'))
  assert.deepEqual(
    found.map((record) => record.position),
    [places[0], places[2]],
  )
  assert.equal(again.damage[0]?.from, places[1])
})

test('a segment whose header is lost is served, and the loss named', async () => {
  const { disk, history } = await written(11, 'closed')
  const files = disk.names(directory).filter((file) => file <= lastBegun(disk) && file.endsWith('.segment'))
  assert.ok(files.length > 1)
  for (const file of files) {
    const damaged = disk.kill(1)
    damaged.bytes(`${directory}/${file}`).fill(0, 0, 4096)
    const found = await reopened(damaged, history)
    assert.deepEqual(lostOf(found, history), [])
    assert.equal(found.damage.length, 1)
  }
})

test('sectors that cannot be read count as damaged, others are served', async () => {
  const { disk, history } = await written(6, 'closed')
  const files = disk.names(directory).filter((file) => file.endsWith('.segment'))
  disk.follow({ unreadable: { path: `${directory}/${files[1]}`, from: 8192, to: 8192 + 512 } })
  const found = await reopened(disk, history)
  const lost = lostOf(found, history)
  assert.ok(lost.length > 0 && lost.length < 40)
  for (const record of lost) assertNamed(found.damage, record)
})

test('a segment that is gone is named', async () => {
  const { disk, history } = await written(7, 'closed')
  const files = disk.names(directory).filter((file) => file.endsWith('.segment'))
  await disk.remove(`${directory}/${files[1]}`)
  const found = await reopened(disk, history)
  const lost = lostOf(found, history)
  assert.ok(lost.length > 0)
  for (const record of lost) assertNamed(found.damage, record)
})

function isSame(a: LogRecord, b: LogRecord): boolean {
  return a.position === b.position && a.damaged === b.damaged && a.header.equals(b.header)
}

function endOf({ position, header, body }: Appended): Position {
  return position + 32 + header.length + body.length
}

/** The base in the file's first preamble. */
function baseOf(bytes: Buffer): Position {
  return bytes.readUInt32LE(24)
}

/** The last segment that has records. */
function lastBegun(disk: FakeDisk): string {
  const files = disk.names(directory).filter((file) => file.endsWith('.segment'))
  return files.findLast((file) => disk.bytes(`${directory}/${file}`).readUInt32LE(4096) !== 0)!
}

function assertNamed(damage: readonly Damage[], { position, end }: Appended): void {
  const named = damage.some(({ from, to }) => from < end && position < to)
  assert.ok(named, `record ${position} is lost and not named in ${JSON.stringify(damage)}`)
}
