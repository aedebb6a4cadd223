import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import amqplib from 'amqplib'
import { LapineProcess } from './lapine-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'lapine-start-'))
after(() => rmSync(directory, { recursive: true }))

const local = ['--host', '127.0.0.1', '--port', '0']

test('a broker starts, serves a client, and stops with exit code 0', async () => {
  const data = join(directory, 'serves')
  const broker = new LapineProcess([...local, '--data-dir', data])
  const port = await broker.port()
  assert.match(broker.output, /Lapine \d+\.\d+\.\d+ on Node\.js/)
  assert.ok(broker.output.includes(data), 'the banner names the data directory')
  assert.match(broker.output, /\[info\] <0\.\d+\.0> Server startup complete; 1 plugins started\./)
  const connection = await amqplib.connect(`amqp://127.0.0.1:${port}`)
  const closed = once(connection, 'close')
  connection.on('error', () => {})
  const channel = await connection.createChannel()
  await channel.assertQueue('hello', { durable: true })
  assert.deepEqual(await broker.stop(), { code: 0, signal: null })
  const [reason] = await closed
  assert.match(String(reason), /CONNECTION_FORCED/)
})

test('what was confirmed is there after the next start', async () => {
  const args = [...local, '--data-dir', join(directory, 'keeps')]
  const first = new LapineProcess(args)
  const connection = await amqplib.connect(`amqp://127.0.0.1:${await first.port()}`)
  connection.on('error', () => {})
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('kept', { durable: true })
  channel.sendToQueue('kept', Buffer.from('still here'), { persistent: true })
  await channel.waitForConfirms()
  first.kill('SIGKILL')
  await first.ended()
  const second = new LapineProcess(args)
  const again = await amqplib.connect(`amqp://127.0.0.1:${await second.port()}`)
  const message = await (await again.createChannel()).get('kept', { noAck: true })
  assert.equal(message === false ? undefined : message.content.toString(), 'still here')
  await again.close()
  await second.stop()
})

test('SIGINT stops as cleanly as SIGTERM', async () => {
  const broker = new LapineProcess([...local, '--ephemeral'])
  await broker.port()
  broker.kill('SIGINT')
  assert.deepEqual(await broker.ended(), { code: 0, signal: null })
  assert.match(broker.output, /SIGINT received - shutting down/)
})

test('an ephemeral broker says so, and writes nothing', async () => {
  const home = join(directory, 'home')
  const broker = new LapineProcess([...local, '--ephemeral'], { HOME: home, XDG_DATA_HOME: home })
  await broker.port()
  assert.match(broker.output, /memory only/)
  await broker.stop()
  assert.throws(() => readdirSync(home), { code: 'ENOENT' })
})

test('an occupied port is refused in one sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  assert.ok(typeof address === 'object' && address !== null)
  const broker = new LapineProcess(['--host', '127.0.0.1', '--port', String(address.port), '--ephemeral'])
  assert.deepEqual(await broker.ended(), { code: 69, signal: null })
  assert.ok(broker.output.endsWith(`port ${address.port} on 127.0.0.1 is in use by another program\n`), broker.output)
  other.close()
})

test('a data directory that another broker uses is refused in one sentence', async () => {
  const data = join(directory, 'locked')
  const first = new LapineProcess([...local, '--data-dir', data])
  await first.port()
  const second = new LapineProcess([...local, '--data-dir', data])
  assert.deepEqual(await second.ended(), { code: 69, signal: null })
  assert.match(
    second.output.trimEnd().split('\n').at(-1)!,
    /^the data directory .*locked is in use by process \d+; --data-dir/,
  )
  assert.deepEqual(await first.stop(), { code: 0, signal: null })
})

test('a configuration file counts, and its warnings are logged', async () => {
  const config = join(directory, 'lapine.conf')
  writeFileSync(
    config,
    'listeners.tcp.1 = 127.0.0.1:0\nmanagement.tcp.port = 15672\ndefault_user = ann\ndefault_pass = p\n',
  )
  const broker = new LapineProcess(['--ephemeral', '--config', config])
  const port = await broker.port()
  assert.match(broker.output, /\[warning\] <0\.\d+\.0> lapine\.conf:2: management\.tcp\.port: accepted, no effect/)
  const connection = await amqplib.connect(`amqp://ann:p@127.0.0.1:${port}`)
  await connection.close()
  await assert.rejects(amqplib.connect(`amqp://guest:guest@127.0.0.1:${port}`), /ACCESS.REFUSED/)
  await broker.stop()
})

test('a client that is silent in the middle of its login does not keep the broker from stopping', async () => {
  const broker = new LapineProcess([...local, '--ephemeral'])
  const socket = connect(await broker.port(), '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.write('AMQP')
  assert.deepEqual(await broker.stop(), { code: 0, signal: null })
  socket.destroy()
})
