import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { socketDoorway } from '../server/socket-doorway.ts'
import { lockDirectory } from './directory-lock.ts'
import { nodeDiskWith } from './node-disk.ts'

/** With sockets, as a server has it. */
const disk = nodeDiskWith(socketDoorway)

const program = `
  import { lockDirectory } from ${JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href)}
  import { socketDoorway } from ${JSON.stringify(new URL('../server/socket-doorway.ts', import.meta.url).href)}
  lockDirectory(process.argv[1], socketDoorway).then(() => console.log('locked'), (error) => console.log(error.message))
  process.stdin.resume()
`

function temporary(t: TestContext): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lapine-lock-'))
  t.after(() => fs.rmSync(directory, { recursive: true }))
  return directory
}

/** Another process that tries to lock the directory; what it said. */
async function other(t: TestContext, directory: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, directory])
  t.after(() => child.kill('SIGKILL'))
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: said.toString().trim() }
}

test('a directory is locked once, until it is released', async (t) => {
  const directory = temporary(t)
  const lock = await lockDirectory(directory)
  await assert.rejects(lockDirectory(directory), {
    name: 'StoreRefusal',
    message: `the data directory ${directory} is in use by process ${process.pid}`,
  })
  await assert.rejects(lockDirectory(`${directory}/../${path.basename(directory)}`))
  await lock.release()
  assert.deepEqual(fs.readdirSync(directory), ['lock.spare'])
  await (await lockDirectory(directory)).release()
})

test('a directory that another process holds is refused, and taken over when that was killed', async (t) => {
  const directory = temporary(t)
  const { child, said } = await other(t, directory)
  assert.equal(said, 'locked')
  await assert.rejects(lockDirectory(directory), {
    message: `the data directory ${directory} is in use by process ${child.pid}`,
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockDirectory(directory)
  const second = await other(t, directory)
  assert.equal(second.said, `the data directory ${directory} is in use by process ${process.pid}`)
  await lock.release()
})

/** The lock file of a directory that this process holds, as another holder would have written it. */
function holderOf(directory: string): Record<string, unknown> {
  return JSON.parse(fs.readFileSync(path.join(directory, 'lock'), 'utf8'))
}

test('a lock whose process number went to another process is stale', {
  skip: !fs.existsSync('/proc/self/stat'),
}, async (t) => {
  const directory = temporary(t)
  const lock = await lockDirectory(directory)
  const holder = holderOf(directory)
  for (const change of [{ pid: process.ppid }, { pid: process.ppid, machine: 'another boot', door: 'lock-0.sock' }]) {
    const copy = temporary(t)
    fs.writeFileSync(path.join(copy, 'lock'), JSON.stringify({ ...holder, ...change }))
    await (await lockDirectory(copy)).release()
  }
  await lock.release()
})

test('a holder in another container is known by its socket, alive and dead', async (t) => {
  const directory = temporary(t)
  const { child } = await other(t, directory)
  const foreign = { ...holderOf(directory), pid: 1, machine: 'the same boot, other numbers' }
  fs.writeFileSync(path.join(directory, 'lock'), JSON.stringify(foreign))
  await assert.rejects(disk.lock(directory), {
    message: `the data directory ${directory} is in use by process 1`,
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await disk.lock(directory)).release()
  assert.deepEqual(fs.readdirSync(directory), ['lock.spare'], 'nothing of the dead holder is left')
})

test('a directory with a path too long for a socket is locked by process number', async (t) => {
  const directory = path.join(temporary(t), 'x'.repeat(120))
  fs.mkdirSync(directory)
  const lock = await disk.lock(directory)
  assert.equal(holderOf(directory).door, undefined)
  assert.match((await other(t, directory)).said, /is in use by process/)
  await lock.release()
})

test('a lock file that a power cut left empty or garbled is stale', async (t) => {
  for (const content of ['', '\0\0\0\0', '{"pid":', '{"pid":-1}', '[]']) {
    const directory = temporary(t)
    fs.writeFileSync(path.join(directory, 'lock'), content)
    await (await disk.lock(directory)).release()
  }
})

test('a holder that runs here keeps its directory though its socket is gone', async (t) => {
  const directory = temporary(t)
  const { child } = await other(t, directory)
  fs.rmSync(path.join(directory, String(holderOf(directory).door)))
  await assert.rejects(disk.lock(directory), {
    message: `the data directory ${directory} is in use by process ${child.pid}`,
  })
})

test('a socket of somebody who is too busy to answer, or lets nobody in, counts as open', async (t) => {
  const directory = temporary(t)
  const { child } = await other(t, directory)
  const socket = path.join(directory, String(holderOf(directory).door))
  assert.equal(await socketDoorway.isOpen(socket), true)
  child.kill('SIGSTOP')
  for (let visitor = 0; visitor < 600; visitor++) assert.equal(await socketDoorway.isOpen(socket), true)
  child.kill('SIGCONT')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(await socketDoorway.isOpen(socket), false)
  assert.equal(await socketDoorway.isOpen(path.join(directory, 'nobody')), false)
  assert.equal(await socketDoorway.isOpen(path.join(directory, 'lock')), false)
})

/** From now on every new file finds no space, as on a full disk; what is there can be written. */
function fillDisk(t: TestContext): void {
  const { writeFileSync } = fs
  t.mock.method(fs, 'writeFileSync', (file: string, content: string, options: object) => {
    writeFileSync(file, '', options)
    throw Object.assign(new Error(`ENOSPC: no space left on device, write ${content.length}`), { code: 'ENOSPC' })
  })
}

test('on a full disk a directory is locked that was released, or whose holder was killed', async (t) => {
  const directory = temporary(t)
  await (await lockDirectory(directory)).release()
  const { child } = await other(t, directory)
  child.kill('SIGKILL')
  await once(child, 'exit')
  fillDisk(t)
  for (let round = 0; round < 3; round++) {
    const lock = await lockDirectory(directory)
    assert.equal(holderOf(directory).pid, process.pid)
    await assert.rejects(lockDirectory(directory), /is in use by process/)
    await lock.release()
  }
  const fresh = temporary(t)
  await assert.rejects(lockDirectory(fresh), /there is no space on the disk of .*, not even for its lock$/)
})
