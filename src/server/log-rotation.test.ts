import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { LogFile, nextRotation, type RotationSettings, rotationMoment } from './log-rotation.ts'

const folder = mkdtempSync(join(tmpdir(), 'lapine-rotation-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))
const never: RotationSettings = { bytes: 0, count: 0, compress: false, date: undefined }
let serial = 0

/** A log file in a folder of its own, and what is written there at what time. */
function begin(rotation: Partial<RotationSettings>) {
  const at = join(folder, `${++serial}`)
  const directory = mkdtempSync(at)
  const path = join(directory, 'log')
  const clock = { now: Date.now() }
  const file = new LogFile(path, { ...never, ...rotation }, () => clock.now)
  const write = (text: string) => void writeSync(file.descriptor(Buffer.byteLength(text)), text)
  const read = () =>
    Object.fromEntries(
      readdirSync(directory)
        .sort()
        .map((name) => {
          const content = readFileSync(join(directory, name))
          return [name, (name.endsWith('.gz') ? gunzipSync(content) : content).toString()]
        }),
    )
  return { file, path, clock, write, read }
}

test('a file that would become too large is put aside, and so many of them are kept', async () => {
  const { file, write, read } = begin({ bytes: 4, count: 2 })
  for (const text of ['aa', 'bb', 'cc', 'dddddd', 'ee']) write(text)
  assert.deepEqual(read(), { log: 'ee', 'log.0': 'dddddd', 'log.1': 'cc' })
  await file.close()
})

test('none are kept unless that is wanted', async () => {
  const { file, write, read } = begin({ bytes: 4 })
  for (const text of ['aaa', 'bbb']) write(text)
  assert.deepEqual(read(), { log: 'bbb' })
  await file.close()
})

test('those put aside are compressed, in their order', async () => {
  const { file, clock, write, read } = begin({ bytes: 1, count: 2, compress: true })
  for (const text of ['a', 'b', 'c', 'd']) {
    clock.now++
    write(text)
  }
  await file.close()
  assert.deepEqual(read(), { log: 'd', 'log.0.gz': 'c', 'log.1.gz': 'b' })
})

test('a new file is begun when its time has come', async () => {
  const { file, clock, write, read } = begin({ count: 3, date: rotationMoment('$H30') })
  write('a')
  clock.now = nextRotation(rotationMoment('$H30'), clock.now)
  write('b')
  write('c')
  assert.deepEqual(read(), { log: 'bc', 'log.0': 'a' })
  await file.close()
})

test('what somebody else moves away is written anew within a second', async () => {
  const { file, path, clock, write, read } = begin({})
  write('a')
  renameSync(path, `${path}.moved`)
  write('b')
  clock.now += 1000
  write('c')
  assert.deepEqual(read(), { log: 'c', 'log.moved': 'ab' })
  await file.close()
})

test('times come again by hour, day, week and month', () => {
  const from = new Date(2026, 10, 21, 5, 40).getTime()
  for (const [text, expected] of [
    ['$H0', new Date(2026, 10, 21, 6, 0)],
    ['$H50', new Date(2026, 10, 21, 5, 50)],
    ['$D0', new Date(2026, 10, 22, 0)],
    ['$D23', new Date(2026, 10, 21, 23)],
    ['$W0D23', new Date(2026, 10, 22, 23)],
    ['$W6D4', new Date(2026, 10, 28, 4)],
    ['$M1D0', new Date(2026, 11, 1, 0)],
    ['$M31D6', new Date(2026, 11, 31, 6)],
  ] as const) {
    assert.equal(new Date(nextRotation(rotationMoment(text), from)).toString(), expected.toString(), text)
  }
  for (const text of ['', 'D0', '$D24', '$W7D0', '$M0D1', '$H60', '$D0 '])
    assert.throws(() => rotationMoment(text), text)
})
