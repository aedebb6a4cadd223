import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { runControl } from '../support/control-line.ts'
import { LapineProcess } from '../support/lapine-process.ts'
import { within } from '../support/waiting.ts'

const directory = mkdtempSync(join(tmpdir(), 'lapine-node-control-'))
const configuration = join(directory, 'rabbitmq.conf')
const logFile = join(directory, 'broker.log')
const notices = join(directory, 'notices')
const processFile = join(directory, 'broker.pid')
let lapine: LapineProcess

before(async () => {
  writeFileSync(configuration, `log.file = ${logFile}\nlog.console = true\nheartbeat = 30\n`)
  const notify = join(directory, 'systemd-notify')
  writeFileSync(notify, `#!/bin/sh\necho "$@" >> ${notices}\n`)
  chmodSync(notify, 0o755)
  lapine = await LapineProcess.start(['--config', configuration], {
    NOTIFY_SOCKET: join(directory, 'notify.sock'),
    RABBITMQ_PID_FILE: processFile,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2 -rabbit consumer_timeout 60000',
    PATH: `${directory}${delimiter}${process.env.PATH}`,
  })
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

/** Whether anybody accepts connections at the AMQP port. */
async function isOpen(): Promise<boolean> {
  const socket = connectSocket(lapine.port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

describe('what is changed on a running node', () => {
  test('limits hold at once, and publishers wait', async () => {
    await done('set_vm_memory_high_watermark', 'absolute', '1MB')
    assert.match(await done('alarms'), /^memory$/m)
    assert.equal((await ctl('check_local_alarms', '-q')).code, 69)
    assert.match(
      await done('eval', 'rabbit_alarm:get_alarms().', '-n', 'rabbit@x'),
      /^\[\{\{resource_limit,memory,rabbit@x\},\[\]\}\]$/m,
    )
    await done('set_vm_memory_high_watermark', '0.9')
    await done('check_local_alarms', '-q')
    await done('set_disk_free_limit', 'mem_relative', '1000')
    assert.match(await done('alarms'), /^disk$/m)
    await done('set_disk_free_limit', '10MB')
    await done('check_local_alarms', '-q')
    const wrong = await ctl('set_vm_memory_high_watermark', '2')
    assert.equal(wrong.code, 65)
    assert.match(wrong.output, /Bad argument: The threshold should be a fraction between 0\.0 and 1\.0\n/)
    assert.equal((await ctl('set_vm_memory_high_watermark', 'absolute', '12xx')).code, 65)
    assert.equal((await ctl('set_disk_free_limit', 'abc')).code, 65)
  })

  test('log levels, and log files that were moved away', async () => {
    await done('set_log_level', 'debug')
    await done('set_log_level', 'connection', 'error')
    const before = readFileSync(logFile, 'utf8')
    await (await connect(lapine.url)).close()
    assert.doesNotMatch(readFileSync(logFile, 'utf8').slice(before.length), /accepting AMQP connection/)
    const moved = `${logFile}.1`
    renameSync(logFile, moved)
    await done('rotate_logs')
    assert.equal(existsSync(logFile), true)
    await done('set_log_level', 'info')
    await (await connect(lapine.url)).close()
    assert.match(await done('log_tail', '-N', '20'), /accepting AMQP connection/)
    assert.doesNotMatch(readFileSync(moved, 'utf8').slice(before.length), /accepting AMQP connection/)
    const wrong = await ctl('set_log_level', 'loud', '-q')
    assert.deepEqual(
      [wrong.code, wrong.output.split('\n')[1]],
      [69, 'level loud is not supported. Try one of debug, info, warning, error, critical, none'],
    )
  })

  test('the configuration read again: what needs a start is named, what is wrong changes nothing', async () => {
    writeFileSync(
      configuration,
      `${readFileSync(configuration, 'utf8').replace('30', '20')}disk_free_limit.absolute = 20MB\n`,
    )
    assert.deepEqual(JSON.parse(await done('reload', '--formatter', 'json')), {
      applied: ['disk_free_limit.absolute'],
      waiting: ['heartbeat'],
    })
    const { lapine: settings } = JSON.parse(await done('environment', '--formatter', 'json'))
    assert.deepEqual(
      [settings.diskFreeBytesMin, settings.heartbeatSeconds, settings.defaultPassword],
      [20_000_000, 30, '[redacted]'],
    )
    writeFileSync(configuration, `${readFileSync(configuration, 'utf8')}hartbeat = 1\n`)
    const wrong = await ctl('reload')
    assert.equal(wrong.code, 65)
    assert.match(wrong.output, /rabbitmq\.conf:\d+: there is no setting 'hartbeat'; did you mean 'heartbeat'\?/)
    writeFileSync(configuration, readFileSync(configuration, 'utf8').replace('hartbeat = 1\n', ''))
  })

  test('listeners are suspended and resumed; a drain closes those who are there', async () => {
    const connection = await connect(lapine.url)
    connection.on('error', () => {})
    await done('suspend_listeners')
    assert.equal(await isOpen(), false)
    await connection.createChannel()
    await done('resume_listeners')
    assert.equal(await isOpen(), true)
    const closed = once(connection, 'close')
    assert.match(await done('drain'), /Closed 1 local client connections/)
    await closed
    assert.equal(await isOpen(), false)
    await done('revive')
    assert.equal(await isOpen(), true)
  })
})

test('stopped, reset and started again, all by the same process', async () => {
  await done('add_user', 'ann', 'secret')
  const early = await ctl('reset', '-q')
  assert.deepEqual([early.code, early.output.includes("Stop it with 'rabbitmqctl stop_app'")], [64, true])
  await done('stop_app')
  assert.equal(await isOpen(), false)
  await done('ping')
  assert.equal((await ctl('check_running')).code, 69)
  const idle = await ctl('list_queues', '-q')
  assert.equal(idle.code, 64)
  assert.match(
    idle.output,
    /this command requires the 'rabbit' app to be running on the target node\. Start it with 'lapine start_app'/,
  )
  assert.equal((await ctl('await_startup', '-t', '1')).code, 69)
  await done('start_app')
  await done('await_startup')
  assert.match(await done('list_users', '-s'), /^ann\t/m)
  await done('stop_app')
  await done('reset')
  await done('start_app')
  assert.doesNotMatch(await done('list_users', '-s'), /^ann\t/m)
  await done('check_protocol_listener', 'amqp')
})

test('plug-ins are listed, and the file of those enabled is written for the next start', async () => {
  const file = join(lapine.directory, 'enabled_plugins')
  assert.match(await done('list', '-q', 'rabbitmq_m'), /^\[E\*\] rabbitmq_mqtt /m)
  assert.match(await done('enable', 'rabbitmq_mqtt', '-q'), /^Plugin configuration unchanged\.$/m)
  assert.equal(existsSync(file), false)
  assert.match(await done('set', 'rabbitmq_management', 'rabbitmq_stomp', '-q'), /^ {2}rabbitmq_mqtt\n/m)
  assert.equal(readFileSync(file, 'utf8'), '[rabbitmq_management,rabbitmq_stomp].\n')
  await done('stop_app')
  await done('start_app')
  assert.equal(await done('list', '-m', '-E', '-s'), 'rabbitmq_management\nrabbitmq_stomp\n')
  await done('is_enabled', 'rabbitmq_stomp')
  assert.equal((await ctl('is_enabled', 'rabbitmq_mqtt')).code, 69)
  const protocols = (await done('listeners', '-q')).match(/protocol: [\w/]+/g)
  assert.deepEqual(protocols?.sort(), ['protocol: amqp', 'protocol: http', 'protocol: stomp'])
  const unknown = await ctl('enable', 'rabbitmq_nope', '-q')
  assert.deepEqual([unknown.code, unknown.output], [70, 'Error:\n{:plugins_not_found, [:rabbitmq_nope]}\n'])
  assert.match(await done('disable', 'rabbitmq_stomp', '--offline', '-q'), /Offline change/)
  assert.equal(readFileSync(file, 'utf8'), '[rabbitmq_management].\n')
  rmSync(file)
})

test('what concerns a cluster is answered as the only node there is', async () => {
  assert.equal(await done('eval', 'rabbit_nodes:reached_target_cluster_size().'), 'true\n')
  assert.equal(await done('eval', 'rabbit_mnesia:cluster_nodes(running).', '-n', 'rabbit@x'), '[rabbit@x]\n')
  const unknown = await ctl('eval', 'os:cmd("ls").')
  assert.equal(unknown.code, 69)
  assert.match(unknown.output, /is not understood: there is no Erlang here/)
  assert.equal((await ctl('join_cluster', 'rabbit@y')).code, 69)
  assert.match((await ctl('forget_cluster_node', 'rabbit@y')).output, /not_a_cluster_node/)
  await done('await_online_quorum_plus_one', '-t', '5')
  await done('await_online_nodes', '1')
  assert.equal((await ctl('await_online_nodes', '2')).code, 75)
  await done('check_if_node_is_quorum_critical')
  await done('rebalance', 'all')
  await done('check_port_connectivity')
  assert.match(await done('report'), /Listing queues for vhost \/ /)
})

test('values are encrypted as RabbitMQ does, and its own are read', async () => {
  // Written by rabbitmqctl 3.10.8.
  const foreign = '{encrypted,<<"fYK8eCrAvaiDk58l8VsGqPOpVpw5SroE/nEX1aybK6taXxeBXmfb1KrrA6fLGaJQ">>}'
  assert.equal(await done('decode', foreign, 'pass', '-q'), 'abc\n')
  assert.equal((await ctl('decode', foreign, 'wrong')).code, 65)
  const own = await done(
    'encode',
    '<<"s3cret">>',
    'pass',
    '-q',
    '--cipher',
    'aes_256_cbc',
    '--hash',
    'sha512',
    '--iterations',
    '10',
  )
  assert.equal(
    await done('decode', own.trim(), 'pass', '-q', '--cipher', 'aes_256_cbc', '--hash', 'sha512', '--iterations', '10'),
    '<<"s3cret">>\n',
  )
  const value = (await done('encrypt_conf_value', 's3cret', 'pass', '-q')).trim()
  assert.match(value, /^encrypted:/)
  assert.equal(await done('decrypt_conf_value', value, 'pass', '-q'), 's3cret\n')
  const unknown = await ctl('encode', 'abc', 'pass', '--cipher', 'rot13')
  assert.deepEqual([unknown.code, unknown.output.includes('The requested cipher is not supported.')], [65, true])
})

test('variables of the image: a file with the process to wait for, and what was said to Erlang', async () => {
  assert.match(readFileSync(processFile, 'utf8'), /^\d+\n$/)
  assert.match(await done('wait', processFile), /is running$/m)
  assert.equal((await ctl('wait', join(directory, 'none.pid'), '-t', '1', '-q')).code, 75)
  const { lapine: settings } = JSON.parse(await done('environment', '--formatter', 'json'))
  assert.equal(settings.consumerTimeoutMilliseconds, 60_000)
})

test('the tools can end the process, and systemd is told of start and end', async () => {
  assert.match(readFileSync(notices, 'utf8'), /^--ready --pid=\d+$/m)
  await within(done('shutdown'), 'the broker to end')
  assert.match(lapine.output, /Lapine stopped/)
  assert.equal(existsSync(processFile), false)
  assert.match(readFileSync(notices, 'utf8'), /^--stopping --pid=\d+$/m)
})
