import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LapineChild } from '../../bench/lapine-child.ts'
import { Witness } from './witness.ts'

const binary = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
const copies = 3

const folder = await mkdtemp(join(tmpdir(), 'lapine-backup-'))
after(() => rm(folder, { recursive: true, force: true }))

function backup(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [binary, 'backup', ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

/** Names `queue/1` to `queue/count`. */
const names = (queue: string, count: number) => Array.from({ length: count }, (_, index) => `${queue}/${index + 1}`)

test('a copy made under load has all that was confirmed before, in order, and nothing out of turn', async (t) => {
  const dataDirectory = join(folder, 'data')
  const broker = await LapineChild.start({ dataDirectory })
  t.after(() => broker.kill())
  const [before, during] = [new Witness('before'), new Witness('during')]
  for (const witness of [before, during]) await witness.declare(broker.url)
  await before.publish(broker.url, 2000)
  let underWay: () => void = () => {}
  const flowing = new Promise<void>((resolve) => {
    underWay = resolve
  })
  const publishing = during.publishUntilDeath(broker.url, { window: 200, after: 500, strike: underWay })
  await flowing
  const confirmed: number[] = []
  for (let copy = 0; copy < copies; copy++) {
    confirmed.push(during.confirmedCount)
    const { code, stdout, stderr } = await backup(dataDirectory, join(folder, `copy-${copy}`))
    assert.equal(stderr, '')
    assert.match(stdout, /^\d+\.\d MiB copied to .*copy-\d in \d+\.\d s\n$/)
    assert.equal(code, 0)
  }
  await broker.kill()
  await publishing
  for (const [copy, least] of confirmed.entries()) {
    for (let start = 0; start < 2; start++) {
      const restored = await LapineChild.start({ dataDirectory: join(folder, `copy-${copy}`) })
      t.after(() => restored.kill())
      assert.deepEqual(await before.drain(restored.url, 'nothing'), names('before', 2000))
      const found = await during.drain(restored.url, 'nothing')
      assert.deepEqual(found, names('during', found.length))
      assert.ok(found.length >= least, `${found.length} of ${least} confirmed before copy ${copy}`)
      await restored.kill()
    }
  }
})

test('what cannot be copied, or not there, is refused and nothing is touched', async () => {
  const dataDirectory = join(folder, 'other')
  const broker = await LapineChild.start({ dataDirectory })
  await broker.stop()
  const check = async (args: string[], code: number, stderr: RegExp) => {
    const ended = await backup(...args)
    assert.match(ended.stderr, stderr)
    assert.equal(ended.code, code)
  }
  await check([dataDirectory, folder], 73, /is not empty\n$/)
  await check([dataDirectory, join(dataDirectory, 'inside')], 73, /inside lies in /)
  await check([dataDirectory, join(dataDirectory, 'store', 'below')], 73, /lies in/)
  await check([dataDirectory, join(binary, 'below')], 73, /ENOTDIR/)
  await check([join(folder, 'none'), join(folder, 'to')], 69, /there is no directory .*none\n$/)
  await check([join(dataDirectory, 'messages'), join(folder, 'to')], 69, /is no data directory/)
  await check([dataDirectory], 64, /it takes two directories/)
  assert.ok(!(await readdir(folder)).includes('to'))
  await check([dataDirectory, join(folder, 'to')], 0, /^$/)
})
