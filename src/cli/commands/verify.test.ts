import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { openStore } from '../../../test/golden/directory.ts'
import { writeMarks, writeSettle } from '../../broker/record.ts'
import { messagesOf, noteOf } from '../offline/message-record.ts'

const binary = fileURLToPath(new URL('../../../bin/lapine.js', import.meta.url))
const golden = fileURLToPath(new URL('../../../test/golden/v1/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lapine-verify-'))
after(() => rmSync(folder, { recursive: true }))

function verify(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [binary, 'verify', ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

let copies = 0

/** A data directory of its own for one test. */
function copyOf(ending: 'closed' | 'killed'): string {
  const copy = join(folder, String(++copies))
  cpSync(join(golden, ending), copy, { recursive: true })
  return copy
}

function contentsOf(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return entries.map(({ parentPath, name }) => `${name} ${readFileSync(join(parentPath, name)).toString('base64')}`)
}

test('a directory without damage is clean, closed or not', async () => {
  const closed = await verify(copyOf('closed'))
  assert.equal(closed.code, 0)
  assert.match(closed.stdout, /^128 records in 7 segments, 0\.1 MiB in \d+\.\d s: all is well\n$/)
  const killed = await verify(copyOf('killed'))
  assert.equal(killed.code, 0)
  assert.match(
    killed.stdout,
    /^note: log definitions was not closed.*\nnote: log messages was not closed.*\n127 records/,
  )
})

test('damage is listed with the messages it hits, and nothing is changed', async () => {
  const directory = copyOf('closed')
  const path = join(directory, 'messages', '0000000001.segment')
  const bytes = readFileSync(path)
  // The body of m2, and the header of the record behind it.
  const body = bytes.indexOf('body 2 body 2')
  bytes[body + 20]! ^= 1
  bytes[bytes.indexOf('order.new', body)]! ^= 1
  writeFileSync(path, bytes)
  const before = contentsOf(directory)
  const { code, stdout } = await verify(directory)
  assert.equal(code, 1)
  const lines = stdout.split('\n')
  assert.match(
    lines[0]!,
    /^messages\/0000000001\.segment positions \d+ to \d+: the body did not verify \(message 1 of queue 'tasks' in vhost '\/'\)$/,
  )
  assert.match(lines[1]!, /^messages\/0000000001\.segment positions \d+ to \d+: no record verified$/)
  assert.match(lines[2]!, /: 2 damaged$/)
  assert.deepEqual(contentsOf(directory), before)
})

test('a damaged store file is listed', async () => {
  const directory = copyOf('closed')
  writeFileSync(join(directory, 'store'), 'nonsense')
  const { code, stdout } = await verify(directory)
  assert.equal(code, 1)
  assert.match(stdout, /^store: the file did not verify\n/)
})

test('what cannot be judged is exit code 69: in use, of a later format, no data directory', async () => {
  const used = copyOf('closed')
  const store = await openStore(used)
  const { code, stdout, stderr } = await verify(used)
  await store.close()
  assert.deepEqual(
    [code, stdout, stderr],
    [69, '', `lapine verify: the data directory ${used} is in use by process ${process.pid}\n`],
  )
  const none = await verify(join(folder, 'none'))
  assert.equal(none.code, 69)
  assert.match(none.stderr, /^lapine verify: there is no directory .*none\n$/)
  const empty = await verify(mkdtempSync(join(folder, 'empty-')))
  assert.equal(empty.code, 69)
  const later = copyOf('closed')
  const preamble = readFileSync(join(later, 'store'))
  preamble.writeUInt32LE(2, 8)
  preamble.writeUInt32LE(crc32(preamble.subarray(0, 60)), 60)
  writeFileSync(join(later, 'store'), preamble)
  assert.match((await verify(later)).stderr, /has format 2, this release reads formats up to 1/)
  assert.match(empty.stderr, /is no data directory: it has no file 'store'\n$/)
})

test('wrong usage is exit code 64', async () => {
  for (const args of [[], ['a', 'b'], ['--sing']]) assert.equal((await verify(...args)).code, 64)
  const help = await verify('--help')
  assert.equal(help.code, 0)
  assert.match(help.stdout, /^lapine verify DIR\n/)
})

test('messages are told from a record as the broker wrote it', async () => {
  const store = await openStore(copyOf('closed'))
  const log = await store.open('messages')
  const told: string[] = []
  await log.replay(log.start, { bodies: false }, (record) => {
    for (const { queue, sequence } of messagesOf(record)) told.push(`${queue}/${sequence}`)
  })
  await store.close()
  // Numbers of queues as they were declared: orders, news, tasks, one that was deleted, and later.
  assert.deepEqual(told.slice(0, 6), ['2/1', '3/1', '1/1', '2/2', '2/3', '3/2'])
  assert.equal(told.filter((one) => one.startsWith('9/')).length, 3)
})

test('queues are told from records that carry no message, as the broker wrote them', async () => {
  const store = await openStore(copyOf('closed'))
  const log = await store.open('messages')
  writeSettle(log, 3, [1])
  writeMarks(log, 2, [[1, { acquired: 1, failed: 1, death: undefined }]])
  await log.flush()
  const told: string[] = []
  await log.replay(log.start, { bodies: false }, (record) => {
    const note = noteOf(record)
    if (note !== undefined) told.push(`${note.text} of ${note.queue}`)
  })
  await store.close()
  assert.deepEqual(told.slice(-2), ['settlements of 3', 'delivery counts of 2'])
  assert.ok(told.includes('settlements of 1'))
})
