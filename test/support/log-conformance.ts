import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Log, LogRecord, Store } from '../../src/store/log.ts'
import { type Appended, assertSame, LogHistory } from './log-history.ts'

/** A way to open a store that the suite runs on. */
export interface StoreUnderTest {
  readonly name: string
  /** A store of its own for one test, closed when that ends. */
  open(t: TestContext): Promise<Store>
}

/** What every implementation of the port must do; positions of records are the implementation's own. */
export function testConformance(subject: StoreUnderTest): void {
  const it = (behaviour: string, run: (log: Log, history: LogHistory, store: Store) => Promise<void>) => {
    test(`${subject.name}: ${behaviour}`, async (t) => {
      const store = await subject.open(t)
      store.onFault = (fault) => assert.fail(fault)
      await run(await store.open('messages'), new LogHistory(1), store)
    })
  }

  it('an empty log holds nothing and is durable', async (log) => {
    assert.equal(log.name, 'messages')
    assert.equal(log.durable, log.end)
    assert.equal(log.start, log.end)
    assert.equal(log.pendingBytes, 0)
    await log.flush()
    assert.deepEqual(await visited(log), [])
    assert.equal(await log.loadSnapshot(), undefined)
    assert.equal(await log.read(log.end), undefined)
  })

  it('a log opened twice is the same', async (log, _history, store) => {
    assert.equal(await store.open('messages'), log)
    assert.notEqual(await store.open('definitions'), log)
  })

  it('0 is no position of a record, and positions grow', async (log, history) => {
    let before = 0
    for (let count = 0; count < 200; count++) {
      const { position } = history.append(log)
      assert.ok(position > before)
      before = position
    }
    assert.ok(log.end > before)
  })

  it('nothing is durable before it is committed', async (log, history) => {
    const { durable } = log
    history.append(log)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(log.durable, durable)
    assert.equal(log.pendingBytes, log.end - durable)
  })

  it('what is committed becomes durable in a later turn', async (log, history) => {
    const { durable } = log
    history.append(log)
    const announced = new Promise<number>((resolve) => {
      log.onDurable = resolve
    })
    log.commit()
    assert.equal(log.durable, durable)
    assert.equal(await announced, log.end)
    assert.equal(log.durable, log.end)
    assert.equal(log.pendingBytes, 0)
  })

  it('what is committed while a write is under way follows it', async (log, history) => {
    const announced: number[] = []
    const all = new Promise<void>((resolve) => {
      log.onDurable = (durable) => {
        announced.push(durable)
        if (durable === log.end) resolve()
      }
    })
    for (let count = 0; count < 5; count++) {
      history.append(log)
      log.commit()
    }
    await all
    assert.deepEqual(
      announced,
      announced.toSorted((a, b) => a - b),
    )
    await compare(log, history.records)
  })

  it('a flush waits for all that was appended before it', async (log, history) => {
    for (let count = 0; count < 50; count++) {
      const { end } = history.append(log)
      const flushed = log.flush().then(() => assert.ok(log.durable >= end))
      if (count % 7 === 0) await flushed
    }
    await log.flush()
    assert.equal(log.durable, log.end)
  })

  it('replay visits what was appended, in order, from where it is told', async (log, history) => {
    for (let count = 0; count < 300; count++) history.append(log)
    await compare(log, history.records)
    const from = history.records[123]!.position
    const rest = await visited(log, from)
    assert.equal(rest[0]?.position, from)
    assert.equal(rest.length, 300 - 123)
  })

  it('replay leaves bodies out when they are not asked for', async (log, history) => {
    for (let count = 0; count < 50; count++) history.append(log)
    let index = 0
    await log.replay(log.start, { bodies: false }, (record) => {
      const original = history.records[index++]!
      assert.equal(record.body, undefined)
      assert.equal(record.damaged, false)
      assert.equal(record.bodySize, original.body.length)
      assert.ok(record.header.equals(original.header))
    })
    assert.equal(index, 50)
  })

  it('a visitor may keep copies of what it is given', async (log, history) => {
    for (let count = 0; count < 100; count++) history.append(log, 20_000)
    const kept = await visited(log)
    for (const [index, record] of kept.entries()) assertSame(record, history.records[index])
  })

  it('a record is read back before, while and after it is written', async (log, history) => {
    const first = history.append(log)
    assertSame(await log.read(first.position), first)
    log.commit()
    const second = history.append(log)
    assertSame(await log.read(first.position), first)
    assertSame(await log.read(second.position), second)
    await log.flush()
    for (const record of [second, first]) assertSame(await log.read(record.position), record)
  })

  it('reads in any order and at once give what was appended', async (log, history) => {
    for (let count = 0; count < 400; count++) history.append(log)
    await log.flush()
    const reads = history.records.map((record) => log.read(record.position))
    for (const [index, read] of reads.entries()) assertSame(await read, history.records[index])
    for (let count = 0; count < 200; count++) {
      const record = history.records[history.below(400)]!
      assertSame(log.cached(record.position) ?? (await log.read(record.position)), record)
    }
  })

  it('what is appended behind a record that was read is read too', async (log, history) => {
    for (let count = 0; count < 20; count++) {
      const record = history.append(log, 300)
      await log.flush()
      assertSame(await log.read(record.position), record)
    }
  })

  it('records of all sizes are kept', async (log, history) => {
    for (const size of [0, 1, 7, 8, 9, 4095, 4096, 65_536, 300_000, 1_200_000, 3, 5_000_000, 0]) {
      const { buffer, offset } = log.reserve(9, 3, size)
      buffer.write('abc', offset, 'latin1')
      buffer.fill(size % 251, offset + 3, offset + 3 + size)
    }
    await log.flush()
    const sizes: number[] = []
    for (const { body, bodySize, header } of await visited(log)) {
      assert.equal(header.toString('latin1'), 'abc')
      assert.ok(body?.every((byte) => byte === bodySize % 251) === true)
      sizes.push(bodySize)
    }
    assert.deepEqual(sizes, [0, 1, 7, 8, 9, 4095, 4096, 65_536, 300_000, 1_200_000, 3, 5_000_000, 0])
    assert.ok(history.below(2) < 2)
  })

  it('a record of an impossible type or size is refused', async (log) => {
    assert.throws(() => log.reserve(0, 1, 1), RangeError)
    assert.throws(() => log.reserve(256, 1, 1), RangeError)
    assert.throws(() => log.reserve(1, 2 ** 24, 1), RangeError)
    assert.throws(() => log.reserve(1, -1, 1), RangeError)
    assert.throws(() => log.reserve(1, 1, 2 ** 31), RangeError)
    assert.equal(log.end, log.durable)
  })

  it('trimming gives up no more than it is told, and space', async (log, history) => {
    for (let count = 0; count < 600; count++) {
      history.append(log, 2000)
      if (count % 50 === 0) await log.flush()
    }
    await log.flush()
    const held = log.bytesHeld
    const cut = history.records[400]!.position
    log.trim(cut)
    assert.ok(log.start > history.records[0]!.position)
    assert.ok(log.start <= cut)
    assert.equal(await log.read(history.records[0]!.position), undefined)
    assertSame(await log.read(cut), history.records[400])
    await compare(
      log,
      history.records.filter((record) => record.position >= log.start),
    )
    for (let count = 0; count < 1800; count++) {
      history.append(log, 2000)
      if (count % 50 !== 0) continue
      log.trim(log.durable)
      await log.flush()
    }
    // Three times as much was appended again; what was trimmed last may still be on its way out.
    assert.ok(log.bytesHeld < 2 * held, 'the space of what was trimmed is used again')
  })

  it('trimming everything leaves the log usable', async (log, history) => {
    history.append(log)
    await log.flush()
    log.trim(log.end)
    const record = history.append(log)
    await log.flush()
    assertSame(await log.read(record.position), record)
  })

  it('the newest snapshot is loaded', async (log, history) => {
    for (let count = 1; count <= 3; count++) {
      history.append(log)
      await log.saveSnapshot({ through: log.end, bytes: Buffer.alloc(count * 1000, count) })
    }
    const snapshot = await log.loadSnapshot()
    assert.equal(snapshot?.through, log.end)
    assert.ok(snapshot?.bytes.equals(Buffer.alloc(3000, 3)))
  })

  it('reading on gives what was appended, in order, in stretches of about the size asked for', async (log, history) => {
    for (let count = 0; count < 500; count++) {
      history.append(log)
      if (count % 60 === 0) await log.flush()
    }
    await log.flush()
    for (const bytes of [1, 5000, 300_000]) {
      const found: LogRecord[] = []
      let longest = 0
      for (let from = 0; ; ) {
        const { records, next } = await log.readOn(from, bytes)
        if (records.length === 0) break
        found.push(...records)
        longest = Math.max(longest, records.length)
        assert.ok(next > from)
        from = next
      }
      assert.equal(found.length, 500)
      for (const [index, record] of found.entries()) assertSame(record, history.records[index])
      assert.ok(bytes > 1 ? longest > 1 : longest === 1)
    }
  })

  it('reading on begins where it is told, and ends where the log is durable', async (log, history) => {
    for (let count = 0; count < 40; count++) history.append(log)
    await log.flush()
    const { position, end } = history.records[17]!
    let expected = 17
    for (let from = position; expected < 40; ) {
      const { records, next } = await log.readOn(from, 1_000_000)
      assert.ok(records.length > 0)
      for (const record of records) assertSame(record, history.records[expected++])
      from = next
    }
    assertSame((await log.readOn(end, 1)).records[0], history.records[18])
    const last = await log.readOn(log.end, 1000)
    assert.deepEqual(last.records, [])
    const later = history.append(log)
    assert.deepEqual((await log.readOn(last.next, 1000)).records, [], 'it is not durable yet')
    await log.flush()
    assertSame((await log.readOn(last.next, 1000)).records[0], later)
  })

  it('reading on from what was trimmed begins with what is left', async (log, history) => {
    for (let count = 0; count < 600; count++) {
      history.append(log, 2000)
      if (count % 50 === 0) await log.flush()
    }
    await log.flush()
    log.trim(history.records[400]!.position)
    const first = history.records.findIndex((record) => record.position >= log.start)
    assertSame((await log.readOn(0, 1)).records[0], history.records[first])
  })

  it('a log that is removed is gone, and a new one of its name is empty', async (log, history, store) => {
    await store.open('other')
    assert.deepEqual((await store.names()).toSorted(), ['messages', 'other'])
    history.append(log)
    await log.flush()
    history.append(log)
    // Whoever waits learns that it is over, or that it came in time.
    const waiting = log.flush().catch((error: Error) => assert.match(error.message, /removed/))
    await store.remove('messages')
    await waiting
    history.append(log)
    await assert.rejects(log.flush(), /removed/)
    assert.deepEqual(await store.names(), ['other'])
    await store.remove('never-there')
    const again = await store.open('messages')
    assert.notEqual(again, log)
    assert.deepEqual(await visited(again), [])
    assert.equal(await again.loadSnapshot(), undefined)
    const record = new LogHistory(2).append(again)
    await again.flush()
    assertSame(await again.read(record.position), record)
  })

  it('a log can be opened anew while it is being removed, and while it is read', async (log, history, store) => {
    for (let count = 0; count < 50; count++) history.append(log)
    await log.flush()
    const reads = [log.readOn(0, 100_000), log.read(history.records[5]!.position)]
    const removal = store.remove('messages')
    const again = await store.open('messages')
    await removal
    await Promise.all(reads)
    assert.deepEqual(await visited(again), [])
    assert.deepEqual(await store.names(), ['messages'])
  })

  it('closing makes durable what was appended', async (log, history, store) => {
    history.append(log)
    await store.close()
    assert.equal(log.pendingBytes, 0)
    await store.close()
  })
}

/** All records of a log from a position on. */
export async function visited(log: Log, from = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  await log.replay(from, { bodies: true }, (record) => records.push(record.copy()))
  return records
}

async function compare(log: Log, expected: readonly Appended[]): Promise<void> {
  const records = await visited(log)
  assert.equal(records.length, expected.length)
  for (const [index, record] of records.entries()) assertSame(record, expected[index])
}
