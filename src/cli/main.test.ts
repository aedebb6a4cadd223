import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'lapine-cli-'))
after(() => rmSync(directory, { recursive: true }))

/** Runs one command line to its end. */
function lapine(args: readonly string[], environment: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [binary, ...args],
      { env: { ...process.env, ...environment } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

test('version and help answer on standard output', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.deepEqual(await lapine(['version']), { code: 0, stdout: `${version}\n`, stderr: '' })
  assert.deepEqual(await lapine(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
  const help = await lapine(['help'])
  assert.equal(help.code, 0)
  for (const name of ['start', 'backup', 'verify', 'version', 'help'])
    assert.match(help.stdout, new RegExp(`^  ${name} `, 'm'))
  assert.match((await lapine(['help', 'start'])).stdout, /--data-dir DIR/)
  assert.match((await lapine(['start', '--help'])).stdout, /--data-dir DIR/)
})

test('what it does not understand is wrong usage: one sentence, exit code 64', async () => {
  const check = async (args: readonly string[], stderr: RegExp) => {
    const ended = await lapine(args)
    assert.match(ended.stderr, stderr)
    assert.equal(ended.stdout, '')
    assert.equal(ended.code, 64)
  }
  await check(['sing'], /^\nCommand 'sing' not found\.\nDid you mean 'ping'\?\n\nlapine help lists the commands\.\n$/)
  await check(['constructor'], /Command 'constructor' not found/)
  await check(['help', 'zzzzzzzz'], /Command 'zzzzzzzz' not found/)
  await check(['start', '--sing'], /^lapine start: Unknown option '--sing'/)
  await check(['start', 'now'], /^lapine start: Unexpected argument 'now'/)
  await check(['start', '--port'], /^lapine start: Option '--port <value>' argument missing/)
  await check(['start', '--ephemeral', '--data-dir', 'x'], /--ephemeral keeps nothing on disk/)
})

test('a wrong configuration is exit code 78 and names every line', async () => {
  const path = join(directory, 'wrong.conf')
  writeFileSync(path, 'heartbeat = soon\nhartbeat = 1\n')
  const ended = await lapine(['start', '--ephemeral', '--config', path])
  assert.equal(ended.code, 78)
  assert.equal(
    ended.stderr,
    "the configuration cannot be used:\n  wrong.conf:1: heartbeat: 'soon' is not a whole number\n" +
      "  wrong.conf:2: there is no setting 'hartbeat'; did you mean 'heartbeat'?\n",
  )
  const missing = await lapine(['start', '--config', join(directory, 'none.conf')])
  assert.equal(missing.code, 78)
  assert.match(missing.stderr, /^cannot read the configuration .*none\.conf: there is no such file\n$/)
  const set = await lapine(['start', '--ephemeral', '--set', 'heartbeat=60', '--set', 'frame_maxx=1'])
  assert.equal(set.code, 78)
  assert.match(set.stderr, /^ {2}--set:2: there is no setting 'frame_maxx'/m)
  const port = await lapine(['start', '--ephemeral', '--port', '70000'])
  assert.equal(port.code, 78)
  assert.match(port.stderr, /--port: listeners\.tcp\.default: '70000' is not a port/)
})

test('variables that the official image refuses are refused', async () => {
  const ended = await lapine(['start', '--ephemeral'], { RABBITMQ_DEFAULT_PASS_FILE: '/run/secrets/pass' })
  assert.equal(ended.code, 1)
  assert.match(ended.stderr, /^error: RABBITMQ_DEFAULT_PASS_FILE is set but deprecated\n/)
})
