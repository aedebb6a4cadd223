import assert from 'node:assert/strict'
import { silentLogger } from '../../src/std/logger.ts'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import type { Disk } from '../../src/store/disk.ts'
import { type FileStoreOptions, openFileStore } from '../../src/store/file-store.ts'
import type { Log, Store } from '../../src/store/log.ts'
import type { FakeDisk } from './fake-disk.ts'
import type { LogHistory } from './log-history.ts'

/** Small, so that a short life has many segments. */
export const lifeSegmentBytes = 32 * 1024

/** A store on a fake disk. */
export function openOn(
  disk: Disk,
  clock = new VirtualClock(),
  directory = '/data',
  more: Partial<FileStoreOptions> = {},
): Promise<Store> {
  const random = { bytes: (count: number) => Buffer.alloc(count, 7) }
  return openFileStore({
    directory,
    disk,
    clock,
    logger: silentLogger,
    segmentBytes: lifeSegmentBytes,
    random,
    ...more,
  })
}

/** A life of a log: batches of several sizes, a roll, a giant, a snapshot, trimming. */
export async function live(store: Store, history: LogHistory): Promise<void> {
  const log = await store.open('messages')
  history.watch(log)
  for (let round = 0; round < 10; round++) {
    for (let count = history.below(9); count >= 0; count--) history.append(log)
    if (round === 2) history.append(log, lifeSegmentBytes + 5000)
    log.commit()
    if (history.below(3) > 0) history.append(log)
    await log.flush()
    if (round === 3 || round === 6) await shorten(log, history)
  }
}

/** Such a life from opening to closing. */
export async function liveFully(disk: Disk, history: LogHistory): Promise<void> {
  const store = await openOn(disk)
  store.onFault = (fault) => assert.fail(fault)
  await live(store, history)
  await store.close()
}

async function shorten(log: Log, history: LogHistory): Promise<void> {
  const through = log.end
  await log.saveSnapshot({ through, bytes: Buffer.from(String(history.records.length)) })
  history.snapshot = through
  const before = history.records[Math.floor(history.records.length / 2)]!.position
  history.trimmed = Math.max(history.trimmed, before)
  log.trim(before)
}

/** Opens the log twice more and appends to it, with a power cut each time, comparing what is there. */
export async function survive(disk: FakeDisk, history: LogHistory, seed: number): Promise<void> {
  let now = disk
  for (let restart = 0; restart < 2; restart++) {
    const store = await openOn(now)
    const log = await store.open('messages')
    const snapshot = await log.loadSnapshot()
    assert.ok((snapshot?.through ?? 0) >= history.snapshot, 'a snapshot that was saved is there')
    await history.check(log)
    assert.deepEqual(store.damage, [])
    history.watch(log)
    for (let count = 0; count < 3; count++) history.append(log)
    await log.flush()
    now = now.reboot(seed + restart)
  }
  const store = await openOn(now)
  await history.check(await store.open('messages'))
  await store.close()
}
