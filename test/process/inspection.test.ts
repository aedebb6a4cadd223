import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from 'amqplib'
import { runControl } from '../support/control-line.ts'
import { LapineProcess, runLapine } from '../support/lapine-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'lapine-inspection-'))
let lapine: LapineProcess

before(async () => {
  lapine = await LapineProcess.start()
  const connection = await connect(lapine.url)
  const channel = await connection.createChannel()
  await channel.assertExchange('events', 'topic')
  await channel.assertQueue('orders', { deadLetterExchange: '', deadLetterRoutingKey: 'dead' })
  await channel.assertQueue('dead')
  await channel.bindQueue('orders', 'events', 'order.*')
  await connection.close()
})
after(async () => {
  await lapine.stop()
  rmSync(directory, { recursive: true })
})

const ctl = (...words: string[]) => runControl(lapine.directory, ...words)

async function done(...words: string[]): Promise<string> {
  const { code, output } = await ctl(...words)
  assert.equal(code, 0, output)
  return output
}

test('messages are published, browsed, got and replayed without a client', async () => {
  await done('publish', 'events', 'order.new', 'one', '--properties', '{"delivery_mode":2}')
  const lost = await ctl('publish', 'events', 'nowhere', 'two')
  assert.deepEqual([lost.code, /lapine route 'events' 'nowhere'/.test(lost.output)], [65, true])
  assert.equal((await ctl('publish', 'none', 'k', 'x')).code, 69)
  assert.match(await done('route', 'events', 'order.new'), /^queues:\n {2}orders$/m)
  assert.match(await done('route', 'events', 'nowhere'), /^nowhere: no queue is bound/)
  const [browsed] = JSON.parse(await done('browse', 'orders', '--formatter', 'json'))
  assert.deepEqual([browsed.payload, browsed.routing_key, browsed.redelivered], ['one', 'order.new', false])
  assert.match(await done('tail', 'orders', '--duration', '1'), /^\d+\torder\.new\tone$/m)
  assert.match(await done('list_queues', 'name', 'messages', '-s'), /^orders\t1$/m)
  const connection = await connect(lapine.url)
  const channel = await connection.createChannel()
  const message = await channel.get('orders')
  assert.ok(message !== false)
  channel.nack(message, false, false)
  await channel.checkQueue('dead')
  await connection.close()
  assert.match(await done('replay', 'dead'), /1 messages done, 0 stayed/)
  assert.match(await done('get', 'orders', '--formatter', 'json'), /"payload":"one"/)
  assert.equal((await ctl('browse', 'none')).code, 69)
  await done('pause_queue', 'orders')
  await done('resume_queue', 'orders')
})

test('definitions are planned, applied and compared', async () => {
  const path = join(directory, 'definitions.json')
  await done('export_definitions', path)
  assert.equal(await done('diff', path, 'live'), 'no difference\n')
  const more = { queues: [{ vhost: '/', name: 'fresh', durable: true, auto_delete: false, arguments: {} }] }
  const addition = join(directory, 'more.json')
  writeFileSync(addition, JSON.stringify(more))
  assert.match(await done('plan', addition), /^\+ queues \/ fresh\n1 to change, 0 as they are$/m)
  assert.doesNotMatch(await done('list_queues', 'name', '-s'), /^fresh$/m)
  await done('apply', addition)
  assert.match(await done('list_queues', 'name', '-s'), /^fresh$/m)
  const different = await ctl('diff', path, 'live', '-q')
  assert.deepEqual([different.code, /^\+ queues \/ fresh$/m.test(different.output)], [1, true])
  writeFileSync(addition, '[1')
  assert.equal((await ctl('plan', addition)).code, 65)
})

test('the broker is examined, for people and for monitors', async () => {
  assert.match((await ctl('doctor')).output, /^(ok|warning) +\S/m)
  assert.ok(Array.isArray(JSON.parse(await done('doctor', '--formatter', 'json')).checks))
  assert.match(await done('check', 'node'), /^OK - no alarms \| memory=\d+;;\d+ disk_free=\d+;;\d+$/m)
  const idle = await ctl('check', 'queue', 'dead')
  assert.deepEqual(
    [idle.code, /^WARNING - 0 messages, 0 consumers in dead \| messages=0;1000;10000/.test(idle.output)],
    [1, true],
  )
  assert.equal((await ctl('check', 'queue', 'dead', '--critical', '0')).code, 2)
  assert.equal((await ctl('check', 'queue', 'none')).code, 3)
  const top = await done('top', '--sort', 'publish')
  assert.match(top, /^QUEUE +MESSAGES/m)
  assert.match(top, /^dead +0 /m)
  assert.equal(top.includes('\x1b'), false, 'no escape sequences where nobody looks')
  assert.equal((await ctl('top', '--sort', 'colour')).code, 64)
})

test('configuration files are checked and keys explained without a broker', async () => {
  const path = join(directory, 'rabbitmq.conf')
  writeFileSync(path, 'heartbeat = 30\nmotd_file = /etc/motd\n')
  const good = await runLapine('conf', 'lint', path)
  assert.deepEqual([good.code, /rabbitmq\.conf:2: motd_file: accepted, no effect/.test(good.output)], [0, true])
  writeFileSync(path, 'hartbeat = 30\n')
  const bad = await runLapine('conf', 'lint', path)
  assert.deepEqual(
    [bad.code, /rabbitmq\.conf:1: there is no setting 'hartbeat'; did you mean 'heartbeat'\?/.test(bad.output)],
    [78, true],
  )
  assert.match((await runLapine('conf', 'explain', 'heartbeat')).output, /^heartbeat\n {2}takes: +number/)
  assert.match((await runLapine('conf', 'explain', 'listeners.tcp.mine')).output, /^listeners\.tcp\.\$name\n/)
  assert.match((await runLapine('conf', 'explain', 'motd_file')).output, /accepted, no effect here/)
  assert.equal((await runLapine('conf', 'explain', 'hartbeat')).code, 78)
  assert.equal((await runLapine('conf')).code, 64)
})
