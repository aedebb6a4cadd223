import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'amqplib'
import { LapineProcess, runLapine } from '../support/lapine-process.ts'
import { only } from '../support/target.ts'

const process_ = only({ lapine: 'it starts the command' })

test('lapine says what it is and when it is ready, and stops on SIGTERM with exit code 0', process_, async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  assert.match(lapine.output, /Lapine \d+\.\d+\.\d+/)
  assert.match(lapine.output, /Server startup complete; \d+ plugins started\./)
  const exit = await lapine.end('SIGTERM')
  assert.deepEqual([exit.code, exit.signal], [0, null])
})

test('clients are told when the broker stops', process_, async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  const connection = await connect(lapine.url)
  const told = new Promise<Error>((resolve) => connection.on('close', (error) => resolve(error as Error)))
  const exit = await lapine.end('SIGINT')
  assert.equal(exit.code, 0)
  assert.match(String(await told), /320 .*CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'/)
})

test('a port that is taken is refused in one sentence', process_, async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  const exit = await runLapine('start', '--ephemeral', '--host', '127.0.0.1', '--port', String(lapine.port))
  assert.notEqual(exit.code, 0)
  assert.match(exit.output, new RegExp(`^.*${lapine.port}.*$`, 'm'))
  assert.doesNotMatch(exit.output, /^\s+at /m)
})

test('a data directory in use is refused in one sentence', process_, async (t) => {
  const lapine = await LapineProcess.start()
  t.after(() => lapine.stop())
  const exit = await runLapine('start', '--data-dir', lapine.directory, '--host', '127.0.0.1', '--port', '0')
  assert.notEqual(exit.code, 0)
  assert.ok(exit.output.includes(lapine.directory), exit.output)
  assert.doesNotMatch(exit.output, /^\s+at /m)
})

test('a configuration file sets users, virtual host and what is negotiated', process_, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lapine-configuration-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'rabbitmq.conf')
  const lines = [
    '# a comment',
    'default_user = alice',
    'default_pass = secret # behind a value',
    'default_vhost = office',
    'heartbeat = 17',
    'frame_max = 16384',
    'channel_max = 100',
    'loopback_users = none',
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const lapine = await LapineProcess.start(['--config', file])
  t.after(() => lapine.stop())
  const { greet, startOk } = await import('../support/wire-login.ts')
  const login = { host: '127.0.0.1', port: lapine.port, user: 'alice', password: 'secret', vhost: 'office' }
  const { client } = await greet(login)
  t.after(() => client.destroy())
  startOk(client, login)
  const tune = await client.expect('connection.tune')
  assert.deepEqual(tune.fields, { channelMax: 100, frameMax: 16384, heartbeat: 17 })
})

test('the variables of the official image set user, password and virtual host', process_, async (t) => {
  const lapine = await LapineProcess.start([], {
    RABBITMQ_DEFAULT_USER: 'bob',
    RABBITMQ_DEFAULT_PASS: 'builder',
    RABBITMQ_DEFAULT_VHOST: 'site',
  })
  t.after(() => lapine.stop())
  const url = lapine.url.replace('guest:guest', 'bob:builder')
  await (await connect(`${url}/site`)).close()
  await assert.rejects(connect(`${lapine.url}/site`), /ACCESS_REFUSED/)
})

test('an unknown option is refused with a hint', process_, async () => {
  const exit = await runLapine('start', '--no-such-option')
  assert.equal(exit.code, 64)
  assert.match(exit.output, /no-such-option/)
})
