import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { openOn } from '../../test/support/log-life.ts'
import type { DiskFile, FileMode } from './disk.ts'
import { scattered } from './scattered.ts'

const every = (count: number, bytes: number) => Array.from({ length: count }, (_, index) => index * bytes)

test('positions are scattered when many are wanted and none is near', () => {
  assert.deepEqual(scattered(every(20, 1000)), [])
  assert.deepEqual(scattered(every(20, 100_000)), every(20, 100_000))
  assert.deepEqual(scattered(every(20, 100_000).reverse()), every(20, 100_000))
  assert.deepEqual(scattered(every(5, 100_000)), [])
  assert.deepEqual(scattered([...every(20, 100_000), 200_500]).includes(200_000), false)
})

/** A disk that counts the bytes that are read from it. */
class CountingDisk extends FakeDisk {
  bytesRead = 0

  override async open(path: string, mode: FileMode): Promise<DiskFile> {
    const file = await super.open(path, mode)
    const read = file.read.bind(file)
    file.read = (buffer, position) => {
      this.bytesRead += buffer.length
      return read(buffer, position)
    }
    return file
  }
}

test('records far apart are read each alone, in any order, and no more than they take', async () => {
  const disk = new CountingDisk(1)
  const history = new LogHistory(1)
  const store = await openOn(disk, undefined, undefined, { segmentBytes: 1024 * 1024 })
  const log = await store.open('messages')
  const wanted = Array.from({ length: 100 }, (_, index) => {
    const appended = history.append(log, index === 50 ? 10_000 : 300)
    log.reserve(1, 0, 50_000)
    return appended
  })
  await log.flush()
  await store.close()
  disk.bytesRead = 0
  const again = await openOn(disk, undefined, undefined, { segmentBytes: 1024 * 1024 })
  const reopened = await again.open('messages')
  disk.bytesRead = 0
  wanted.reverse()
  const records = await reopened.readMany(wanted.map(({ position }) => position))
  for (const [index, { header, body, type }] of wanted.entries()) {
    const record = records[index]
    assert.deepEqual([record?.type, record?.header, record?.body], [type, header, body])
  }
  assert.ok(disk.bytesRead < 100 * 8192, `${disk.bytesRead} bytes were read`)
  await again.close()
})
