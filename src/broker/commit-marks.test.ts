import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turns } from '../../test/support/core.ts'
import { systemClock } from '../std/clock.ts'
import { silentLogger } from '../std/logger.ts'
import { openMemoryStore } from '../store/memory-store.ts'
import { CommitMarks, type SideLog } from './commit-marks.ts'
import { MessageStore } from './message-store.ts'
import { Turn } from './turn.ts'

/** A log whose disk the test is. */
class HeldLog implements SideLog {
  taken = 0
  stored = 0
  commits = 0

  commit(): void {
    this.commits++
  }

  async flush(): Promise<void> {}

  shed(): void {}
}

test('a mark is reached when every log has what was written up to it', () => {
  const marks = new CommitMarks()
  const [a, b] = [new HeldLog(), new HeldLog()]
  marks.add(100, [])
  a.taken = 3
  marks.add(100, [a])
  a.taken = 5
  b.taken = 1
  marks.add(200, [a, b])
  assert.equal(marks.last, 3)
  assert.equal(marks.reached(99), 0)
  assert.equal(marks.reached(100), 1)
  a.stored = 2
  assert.equal(marks.reached(200), 1)
  a.stored = 5
  assert.equal(marks.reached(150), 2, 'the message log is not so far')
  assert.equal(marks.reached(200), 2, 'b is not so far')
  b.stored = Number.POSITIVE_INFINITY
  assert.equal(marks.reached(200), 3, 'a log that is gone keeps nobody waiting')
})

async function openStore() {
  const turn = new Turn(systemClock, silentLogger)
  const bounds = { extentBytes: 4096, reserveBytes: 4096, notesAhead: 4096, residence: { count: 1, bytes: 1 } }
  const log = await openMemoryStore().open('messages')
  return new MessageStore({
    ...bounds,
    log,
    turn,
    clock: systemClock,
    logger: silentLogger,
    contentBytesMax: 1000,
    definitionsPending: () => undefined,
  })
}

test('the mark read after a log took a message is that of the commit it is written with', async () => {
  const store = await openStore()
  const log = new HeldLog()
  store.attach(log)
  const before = store.mark
  log.taken = 1
  store.taking(log)
  const { mark } = store
  assert.ok(mark > before)
  await turns()
  assert.equal(log.commits, 1)
  assert.equal(store.mark, mark)
  assert.ok(store.durable < mark)
  log.stored = 1
  store.advance()
  assert.equal(store.durable, mark)
})

test('a log that goes before the end of the turn holds nothing up', async () => {
  const store = await openStore()
  const log = new HeldLog()
  store.attach(log)
  log.taken = 1
  store.taking(log)
  const { mark } = store
  log.stored = Number.POSITIVE_INFINITY
  store.detach(log)
  await turns()
  assert.equal(store.durable, mark)
})
