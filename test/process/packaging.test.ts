import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runLapine } from '../support/lapine-process.ts'

const packaging = fileURLToPath(new URL('../../packaging/', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'lapine-packaging-'))
after(() => rmSync(directory, { recursive: true }))

const read = (path: string): string => readFileSync(join(packaging, path), 'utf8')

/** What the entry point would run. */
function enter(...args: string[]): Promise<string> {
  const stub = join(directory, 'lapine')
  writeFileSync(stub, '#!/bin/sh\necho lapine "$@"\n')
  chmodSync(stub, 0o755)
  const path = `${directory}${delimiter}${process.env.PATH}`
  return new Promise((resolve, reject) => {
    execFile(
      'sh',
      [join(packaging, 'docker/docker-entrypoint.sh'), ...args],
      { env: { PATH: path } },
      (error, stdout) => (error === null ? resolve(stdout.trim()) : reject(error)),
    )
  })
}

test('the entry point starts the broker for what the image of RabbitMQ starts it for', async () => {
  assert.equal(await enter(), 'lapine start')
  assert.equal(await enter('rabbitmq-server'), 'lapine start')
  assert.equal(await enter('rabbitmq-server', '--port', '1'), 'lapine start --port 1')
  assert.equal(await enter('--ephemeral'), 'lapine start --ephemeral')
  assert.equal(await enter('echo', 'anything', 'else'), 'anything else')
})

test('commands that the files call are commands', async () => {
  const files = ['compose/compose.yaml', 'helm/lapine/templates/statefulset.yaml', 'systemd/lapine.service']
    .map(read)
    .join('\n')
  const called = [
    ...files.matchAll(/rabbitmq-diagnostics"?, "?-q"?, "?(\w+)/g),
    ...files.matchAll(/bin\/lapine (\w+)/g),
  ].map(([, name]) => name!)
  assert.deepEqual([...new Set(called)].sort(), ['check_running', 'ping', 'reload', 'start'])
  for (const name of new Set(called)) assert.equal((await runLapine('help', name)).code, 0, name)
})

test('what the image writes as configuration is configuration', async () => {
  const [, lines] = /printf '([^']+)' > \/etc\/rabbitmq\/conf\.d/.exec(read('docker/Dockerfile')) ?? []
  const path = join(directory, '10-defaults.conf')
  writeFileSync(path, lines!.replaceAll('\\n', '\n'))
  const { code, output } = await runLapine('conf', 'lint', path)
  assert.deepEqual([code, /2 keys, 0 without effect/.test(output)], [0, true], output)
})
