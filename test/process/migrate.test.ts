import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connect } from 'amqplib'
import { LapineProcess, runLapine } from '../support/lapine-process.ts'

const program = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
let there: LapineProcess
let here: LapineProcess

before(async () => {
  ;[there, here] = await Promise.all([LapineProcess.start(), LapineProcess.start()])
})
after(async () => {
  await Promise.all([there.stop(), here.stop()])
})

async function apiOf(broker: LapineProcess): Promise<string> {
  const { output } = await runLapine('listeners', '--formatter', 'json', '--data-dir', broker.directory)
  const { listeners } = JSON.parse(output) as { listeners: { protocol: string; port: number }[] }
  return `http://guest:guest@127.0.0.1:${listeners.find(({ protocol }) => protocol === 'http')?.port}`
}

async function messagesIn(broker: LapineProcess, queue: string): Promise<number> {
  const { output } = await runLapine('list_queues', 'name', 'messages', '-s', '--data-dir', broker.directory)
  return Number(new RegExp(`^${queue}\\t(\\d+)$`, 'm').exec(output)?.[1])
}

test('definitions and messages come over, whole; what was stopped goes on', async () => {
  const count = 20_000
  const connection = await connect(there.url)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('many', { durable: true })
  await channel.assertQueue('odd', { durable: true })
  await channel.assertQueue('copied', { durable: true })
  await channel.assertExchange('events', 'topic')
  await channel.bindQueue('odd', 'events', 'a.#')
  for (let index = 0; index < count; index++)
    channel.sendToQueue('many', Buffer.from(String(index)), { persistent: true })
  channel.publish('events', 'a.b', Buffer.alloc(300_000, 'x'), {
    headers: { CC: ['copied'], deep: { list: [1, true] } },
    userId: 'guest',
    correlationId: 'c1',
    appId: 'app',
    persistent: true,
  })
  await channel.waitForConfirms()
  await connection.close()

  const words = ['migrate', 'from', there.url, '--api', await apiOf(there), '--data-dir', here.directory]
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  // Stopped as soon as something has come.
  while ((await messagesIn(here, 'many').catch(() => 0)) > 0 === false && child.exitCode === null);
  child.kill('SIGINT')
  await ended
  const first = await messagesIn(here, 'many')
  assert.equal(first + (await messagesIn(there, 'many')), count, 'each is here or there, none twice')

  const second = await runLapine(...words)
  assert.equal(second.code, 0, second.output)
  assert.deepEqual([await messagesIn(here, 'many'), await messagesIn(there, 'many')], [count, 0])
  assert.equal(await messagesIn(here, 'copied'), 0, 'the CC header leads nowhere a second time')

  const receiver = await connect(here.url)
  const inbox = await receiver.createChannel()
  const seen = new Set<string>()
  for (let index = 0; index < 100; index++)
    seen.add(String(((await inbox.get('many', { noAck: true })) || undefined)?.content))
  assert.deepEqual(
    [...seen],
    Array.from({ length: 100 }, (_, index) => String(index)),
  )
  const odd = await inbox.get('odd', { noAck: true })
  assert.ok(odd !== false)
  assert.deepEqual(
    [
      odd.fields.routingKey,
      odd.content.length,
      odd.properties.headers,
      odd.properties.correlationId,
      odd.properties.appId,
    ],
    ['a.b', 300_000, { CC: ['copied'], deep: { list: [1, true] } }, 'c1', 'app'],
  )
  assert.equal(odd.properties.userId, undefined)
  await receiver.close()
  const { output } = await runLapine('list_users', '-s', '--data-dir', here.directory)
  assert.doesNotMatch(output, /lapine\.migrate/)
  assert.doesNotMatch((await runLapine('list_exchanges', '-s', '--data-dir', here.directory)).output, /lapine\.migrate/)
})

test('a broker that is not there is named, with what to say instead', async () => {
  const exit = await runLapine(
    'migrate',
    'from',
    'amqp://127.0.0.1:1',
    '--api',
    'http://127.0.0.1:1',
    '--data-dir',
    here.directory,
  )
  assert.equal(exit.code, 69)
  assert.match(exit.output, /no broker answers at http:\/\/127\.0\.0\.1:1 .*\n--api names the HTTP API over there/)
  assert.equal((await runLapine('migrate', 'to', 'amqp://x')).code, 64)
})

test('a benchmark counts what went through, and tells it as JSON', async () => {
  const { code, output } = await runLapine(
    ...[
      'bench',
      '-h',
      here.url,
      '-x',
      '2',
      '-y',
      '2',
      '-C',
      '500',
      '-s',
      '32',
      '-c',
      '100',
      '-q',
      '50',
      '-f',
      'persistent',
      '--json',
    ],
  )
  assert.equal(code, 0, output)
  const result = JSON.parse(output)
  assert.deepEqual([result.sent, result.confirmed, result.received, result.refused], [1000, 1000, 1000, 0])
  assert.equal(result.delivery_latency_us.count, 1000)
  assert.ok(result.delivery_latency_us.p50 <= result.delivery_latency_us.p99)
  const lines = await runLapine(
    'bench',
    '-h',
    here.url,
    '-z',
    '1',
    '-i',
    '0.2',
    '-r',
    '100',
    '-a',
    '-qa',
    'x-max-length=5',
  )
  assert.match(lines.output, /^time \d.*sent: \d+ msg\/s, received: \d+ msg\/s/m)
  assert.match(lines.output, /^sending rate avg: \d+ msg\/s$/m)
  assert.equal((await runLapine('bench', '--colour')).code, 64)
  const nobody = await runLapine('bench', '-h', 'amqp://127.0.0.1:1')
  assert.deepEqual([nobody.code, /cannot connect to 127\.0\.0\.1:1/.test(nobody.output)], [69, true])
  const { output: left } = await runLapine('list_queues', 'name', '-s', '--data-dir', here.directory)
  assert.doesNotMatch(left, /lapine-bench/)
})
