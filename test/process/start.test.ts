import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LapineProcess, runLapine } from '../support/lapine-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'lapine-start-'))
after(() => rmSync(directory, { recursive: true }))

test('the banner tells where data and logs are, the log what started', async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  assert.match(lapine.output, new RegExp(`^.*data +${lapine.directory}$`, 'm'))
  assert.match(lapine.output, /^.*logs +stdout$/m)
  assert.match(
    lapine.output,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00 \[info\] <0\.\d+\.0> Server startup complete; (\d+) plugins started\.$/m,
  )
  const [, count] = /complete; (\d+) plugins/.exec(lapine.output)!
  assert.equal(lapine.output.match(/^.* {2}\* \w+$/gm)?.length, Number(count))
})

test('an ephemeral broker says so, and writes nothing', async () => {
  const home = join(directory, 'home')
  const program = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
  const child = spawn(process.execPath, [program, 'start', '--ephemeral', '--host', '127.0.0.1', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HOME: home, XDG_DATA_HOME: home },
  })
  let output = ''
  for await (const text of child.stdout.setEncoding('utf8')) {
    // A second signal would end it at once.
    const isFirst = !output.includes('Server startup complete')
    output += text
    if (isFirst && output.includes('Server startup complete')) child.kill('SIGINT')
  }
  assert.match(output, /memory only/)
  assert.match(output, /SIGINT received - shutting down/)
  assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 0)
  assert.equal(existsSync(home), false)
})

test('an occupied port is exit code 69 and this sentence', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  assert.ok(typeof address === 'object' && address !== null)
  const port = String(address.port)
  const exit = await runLapine('start', '--ephemeral', '--host', '127.0.0.1', '--port', port)
  assert.equal(exit.code, 69)
  assert.equal(exit.output.trimEnd().split('\n').at(-1), `port ${port} on 127.0.0.1 is in use by another program`)
})

test('a data directory in use is exit code 69 and names its process and the way out', async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  const exit = await runLapine('start', '--data-dir', lapine.directory, '--host', '127.0.0.1', '--port', '0')
  assert.equal(exit.code, 69)
  assert.match(
    exit.output.trimEnd().split('\n').at(-1)!,
    /^the data directory .* is in use by process \d+; --data-dir names/,
  )
})

test('keys without effect are warned of in the log', async (t) => {
  const config = join(directory, 'lapine.conf')
  writeFileSync(config, '# from a RabbitMQ\nmotd_file = /etc/motd\n')
  const lapine = await LapineProcess.start(['--config', config])
  t.after(() => lapine.stop())
  assert.match(lapine.output, /\[warning\] <0\.\d+\.0> lapine\.conf:2: motd_file: accepted, no effect/)
})

test('a client that is silent in the middle of its login does not keep the broker from stopping', async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  const socket = connect(lapine.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write('AMQP')
  const exit = await lapine.end('SIGTERM')
  assert.deepEqual([exit.code, exit.signal], [0, null])
})
