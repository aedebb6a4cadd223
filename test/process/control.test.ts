import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { LapineProcess, runLapine } from '../support/lapine-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'lapine-control-'))
let lapine: LapineProcess

before(async () => {
  lapine = await LapineProcess.start()
})
after(async () => {
  await lapine.stop()
  rmSync(directory, { recursive: true })
})

/** Runs a command against the broker of this file. */
async function ctl(...words: string[]): Promise<{ code: number | null; output: string }> {
  const { code, output } = await runLapine(...words, '--data-dir', lapine.directory)
  return { code, output }
}

/** The same for a command that must succeed; what it printed. */
async function done(...words: string[]): Promise<string> {
  const { code, output } = await ctl(...words)
  assert.equal(code, 0, output)
  return output
}

describe('commands of rabbitmqctl', () => {
  test('users come, change and go', async () => {
    assert.equal(await done('add_user', 'ann', 'secret'), 'Adding user "ann" ...\n')
    await done('set_user_tags', 'ann', 'management', 'policymaker')
    assert.equal(await done('list_users', '-q'), 'user\ttags\nguest\t[administrator]\nann\t[management, policymaker]\n')
    assert.deepEqual(JSON.parse(await done('list_users', '--formatter', 'json')), [
      { user: 'guest', tags: ['administrator'] },
      { user: 'ann', tags: ['management', 'policymaker'] },
    ])
    await done('authenticate_user', 'ann', 'secret')
    await done('change_password', 'ann', 'other')
    const refused = await ctl('authenticate_user', 'ann', 'secret')
    assert.deepEqual(
      [refused.code, refused.output],
      [
        65,
        'Authenticating user "ann" ...\nError:\nError: failed to authenticate user "ann"\nuser \'ann\' - invalid credentials\n',
      ],
    )
    await done('set_user_tags', 'ann')
    await done('authenticate_user', 'ann', 'other')
    await done('clear_password', 'ann')
    assert.equal((await ctl('authenticate_user', 'ann', 'other')).code, 65)
    const again = await ctl('add_user', 'ann', 'x')
    assert.deepEqual([again.code, again.output], [70, 'Adding user "ann" ...\nError:\nUser "ann" already exists\n'])
    await done('delete_user', 'ann')
    const gone = await ctl('delete_user', 'ann')
    assert.deepEqual([gone.code, gone.output], [67, 'Deleting user "ann" ...\nError:\nUser "ann" does not exist\n'])
  })

  test('virtual hosts, permissions, policies, parameters and limits', async () => {
    await done('add_vhost', 'v1', '--description', 'the first', '--tags', 'a,b', '--default-queue-type', 'quorum')
    assert.equal(
      await done('list_vhosts', 'name', 'tags', 'default_queue_type', '-s'),
      '/\t[]\tclassic\nv1\t[a, b]\tquorum\n',
    )
    await done('add_user', 'bob', 'b')
    await done('set_permissions', '-p', 'v1', 'bob', '^a', '.*', '')
    assert.equal(await done('list_permissions', '-p', 'v1', '-s'), 'bob\t^a\t.*\t\n')
    assert.deepEqual(JSON.parse(await done('list_user_permissions', 'bob', '--formatter=json')), [
      { vhost: 'v1', configure: '^a', write: '.*', read: '' },
    ])
    await done('clear_permissions', '-p', 'v1', 'bob')
    await done('clear_permissions', '-p', 'v1', 'bob')
    await done('set_topic_permissions', '-p', 'v1', 'bob', 'amq.topic', '^a', '^b')
    await done('set_topic_permissions', '-p', 'v1', 'bob', 'other', '^c', '^d')
    await done('clear_topic_permissions', '-p', 'v1', 'bob', 'other')
    assert.equal(await done('list_topic_permissions', '-p', 'v1', '-s'), 'bob\tamq.topic\t^a\t^b\n')
    await done('set_policy', '-p', 'v1', '--apply-to', 'queues', '--priority', '3', 'short', '^q', '{"max-length":5}')
    assert.equal(
      await done('list_policies', '-p', 'v1', '-q'),
      'vhost\tname\tpattern\tapply-to\tdefinition\tpriority\nv1\tshort\t^q\tqueues\t{"max-length":5}\t3\n',
    )
    await done('clear_policy', '-p', 'v1', 'short')
    assert.equal((await ctl('clear_policy', '-p', 'v1', 'short')).code, 69)
    await done('set_global_parameter', 'place', '{"rack":7}')
    assert.match(await done('list_global_parameters', '-q'), /^place\t\{"rack":7\}$/m)
    await done('set_vhost_limits', '-p', 'v1', '{"max-queues":3}')
    assert.equal(await done('list_vhost_limits', '-p', 'v1', '-q'), '{"max-queues":3}\n')
    await done('clear_vhost_limits', '-p', 'v1')
    await done('set_user_limits', 'bob', '{"max-connections":1}')
    assert.equal(await done('list_user_limits', '--user', 'bob', '-q'), '{"max-connections":1}\n')
    await done('clear_user_limits', 'bob', 'all')
    await done('trace_on', '-p', 'v1')
    assert.equal(await done('list_vhosts', 'name', 'tracing', '-s'), '/\tfalse\nv1\ttrue\n')
    await done('delete_vhost', 'v1')
    const gone = await ctl('list_queues', '-p', 'v1')
    assert.equal(gone.code, 69)
    assert.match(gone.output, /Virtual host 'v1' does not exist/)
    await done('delete_user', 'bob')
  })

  test('queues and what uses them', async () => {
    const connection = await connect(lapine.url, { clientProperties: { connection_name: 'worker' } })
    connection.on('error', () => {})
    const channel = await connection.createChannel()
    await channel.assertQueue('jobs', { durable: true, arguments: { 'x-max-length': 10 } })
    await channel.assertQueue('seen')
    channel.sendToQueue('jobs', Buffer.from('one'))
    await channel.consume('jobs', () => {}, { consumerTag: 'me' })
    await channel.checkQueue('jobs')
    assert.equal(
      await done('list_queues', 'name', 'messages_ready', 'messages_unacknowledged', 'arguments', '-s'),
      'jobs\t0\t1\t[{"x-max-length", 10}]\nseen\t0\t0\t[]\n',
    )
    assert.match(await done('list_consumers', '-q'), /^jobs\t\S.*\tme\ttrue\t0\ttrue\tup\t\[\]$/m)
    assert.match(await done('list_bindings', '-q'), /^\texchange\tjobs\tqueue\tjobs\t\[\]$/m)
    assert.match(
      await done('list_connections', 'user', 'user_provided_name', 'state', '-q'),
      /^guest\tworker\trunning$/m,
    )
    const used = await ctl('delete_queue', 'jobs', '--if-unused')
    assert.deepEqual([used.code, used.output.split('\n')[2]], [64, 'Queue is in use'])
    await done('purge_queue', 'seen')
    assert.match(await done('delete_queue', 'seen'), /Queue was successfully deleted with 0 ready messages/)
    const closed = once(connection, 'close')
    assert.match(await done('close_all_connections', 'good', '-q'), /^Closed 1 connections$/m)
    await closed
    await done('delete_queue', 'jobs')
  })

  test('definitions go out and come in', async () => {
    const path = join(directory, 'definitions.json')
    await done('add_vhost', 'kept')
    await done('export_definitions', path)
    await done('delete_vhost', 'kept')
    await done('import_definitions', path)
    assert.match(await done('list_vhosts', '-s'), /^kept$/m)
    assert.ok(JSON.parse(readFileSync(path, 'utf8')).vhosts.length === 2)
    writeFileSync(path, '{"vhosts": [')
    const torn = await ctl('import_definitions', path)
    assert.equal(torn.code, 65)
    assert.match(torn.output, /definitions\.json is no JSON/)
    await done('delete_vhost', 'kept')
  })

  test('what health checks and operators ask', async () => {
    for (const name of [
      'ping',
      'check_running',
      'check_local_alarms',
      'check_alarms',
      'check_virtual_hosts',
      'is_running',
      'await_startup',
    ]) {
      await done(name, '-q')
    }
    await done('check_port_listener', String(lapine.port))
    const closed = await ctl('check_port_listener', '1')
    assert.equal(closed.code, 69)
    const status = JSON.parse(await done('status', '--formatter', 'json'))
    assert.match(status.rabbitmq_version, /^\d+\.\d+\.\d+$/)
    assert.ok(
      status.listeners.some(
        ({ protocol, port }: { protocol: string; port: number }) => protocol === 'amqp' && port === lapine.port,
      ),
    )
    assert.match(await done('cluster_status'), /Running Nodes\n\n(rabbit@\S+)\n/)
    await done('is_enabled', 'rabbitmq_management')
    assert.equal((await ctl('is_enabled', 'rabbitmq_nonsense')).code, 69)
    await done('enable_feature_flag', 'all')
  })
})

test('wrong use is told, with the right one', async () => {
  const few = await ctl('add_user')
  assert.equal(few.code, 64)
  assert.match(few.output, /^Error \(argument validation\): not enough arguments\.\nArguments given:\n\tadd_user/)
  assert.match(few.output, /lapine .* add_user .*<username> \[<password>\]/)
  const column = await ctl('list_queues', 'nonsense')
  assert.equal(column.code, 64)
  assert.match(column.output, /Info key\(s\) nonsense are not supported/)
  assert.equal((await ctl('list_queues', '--formatter', 'xml')).code, 64)
  assert.match((await ctl('lisst_queues')).output, /Did you mean 'list_queues'\?/)
  assert.match(await done('help', 'set_policy'), /Sets or updates a policy/)
})

test('a broker that is not there is exit code 69 and says where it was looked for', async () => {
  const missing = await runLapine('list_queues', '-q', '--data-dir', directory)
  assert.equal(missing.code, 69)
  assert.match(missing.output, /no broker answers at socket .*control\.sock/)
  const remote = await runLapine('list_queues', '-q', '--url', 'http://guest:guest@127.0.0.1:1')
  assert.equal(remote.code, 69)
  assert.equal((await runLapine('list_queues', '--url', 'nonsense')).code, 64)
})

test('by its URL a broker wants to know who asks; its socket is for its owner alone', async () => {
  const { listeners } = JSON.parse(await done('listeners', '--formatter', 'json'))
  const { port } = listeners.find(({ protocol }: { protocol: string }) => protocol === 'http')
  const good = await runLapine('list_users', '-s', '--url', `http://guest:guest@127.0.0.1:${port}`)
  assert.deepEqual([good.code, good.output], [0, 'guest\t[administrator]\n'])
  const bad = await runLapine('list_users', '-s', '--url', `http://guest:wrong@127.0.0.1:${port}`)
  assert.equal(bad.code, 69)
  assert.equal(statSync(join(lapine.directory, 'control.sock')).mode & 0o777, 0o600)
})

test("installed under the names of RabbitMQ's tools, it is these", async () => {
  const bin = join(directory, 'bin')
  assert.equal((await runLapine('aliases', bin)).code, 0)
  const environment = { ...process.env, RABBITMQ_MNESIA_BASE: '' }
  for (const [tool, ...words] of [
    ['rabbitmqctl', '-q', '-n', 'rabbit', 'list_users', '--formatter', 'json'],
    ['rabbitmq-diagnostics', '-q', 'ping'],
    ['rabbitmq-plugins', 'list', '-m', '-q'],
  ] as const) {
    const program = [join(bin, tool), ...words, '--data-dir', lapine.directory]
    const [code, output] = await new Promise<[number, string]>((resolve) => {
      execFile(process.execPath, program, { env: environment }, (error, stdout, stderr) =>
        resolve([error === null ? 0 : Number(error.code), stdout + stderr]),
      )
    })
    assert.equal(code, 0, `${tool}: ${output}`)
  }
})
