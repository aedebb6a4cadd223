import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runAdmin } from '../../src/cli/admin/admin.ts'
import { LapineProcess, runLapine } from '../support/lapine-process.ts'

const program = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
/** RabbitMQ 3.x ships it as a Python script. */
const original = '/usr/bin/rabbitmqadmin'
const directory = mkdtempSync(join(tmpdir(), 'lapine-admin-'))
let lapine: LapineProcess
let port = ''

before(async () => {
  lapine = await LapineProcess.start()
  const { output } = await runLapine('listeners', '--formatter', 'json', '--data-dir', lapine.directory)
  const { listeners } = JSON.parse(output) as { listeners: { protocol: string; port: number }[] }
  port = String(listeners.find(({ protocol }) => protocol === 'http')?.port)
})
after(async () => {
  await lapine.stop()
  rmSync(directory, { recursive: true })
})

interface Ended {
  readonly code: number
  readonly output: string
}

function run(file: string, args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { env: { ...process.env, HOME: directory } }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    )
    child.stdin?.end(input)
  })
}

/** Runs it in this process, where that is not what is looked at. */
async function admin(args: readonly string[], input = ''): Promise<Ended> {
  let output = ''
  const hear = (text: string): void => {
    output += text
  }
  const code = await runAdmin(['-P', port, ...args], {
    out: hear,
    error: hear,
    readInputBytes: async () => Buffer.from(input),
    environment: { HOME: directory },
  })
  return { code, output }
}

async function done(...args: string[]): Promise<string> {
  const { code, output } = await admin(args)
  assert.equal(code, 0, output)
  return output
}

/** Every verb, and ways to be wrong. The state each leaves is what the next one finds. */
const story: readonly (readonly string[])[] = [
  ['declare', 'vhost', 'name=v1'],
  ['declare', 'exchange', 'name=x', 'type=fanout', 'durable=false', 'arguments={"alternate-exchange":"y"}'],
  ['declare', 'queue', 'name=q', 'arguments={"x-max-length":5}'],
  ['declare', 'queue', 'name=qq', 'queue_type=quorum', '-V', 'v1'],
  ['declare', 'binding', 'source=x', 'destination=q', 'routing_key=a b'],
  ['declare', 'user', 'name=ann', 'password=secret', 'tags=management,policymaker'],
  ['declare', 'permission', 'vhost=/', 'user=ann', 'configure=', 'write=.*', 'read=.*'],
  ['declare', 'policy', 'name=p', 'pattern=^q', 'definition={"max-length":7}', 'priority=3', 'apply-to=queues'],
  ['declare', 'operator_policy', 'name=o', 'pattern=^q', 'definition={"max-length":9}', 'apply-to=queues'],
  ['declare', 'vhost_limit', 'vhost=v1', 'name=max-queues', 'value=4'],
  ['publish', 'routing_key=q', 'payload=hello', 'properties={"delivery_mode":2}'],
  ['publish', 'routing_key=q', 'exchange=x', 'payload=again'],
  ['publish', 'routing_key=nowhere', 'payload=hello'],
  ['get', 'queue=q', 'count=2'],
  ['get', 'queue=q', 'ackmode=ack_requeue_false', `payload_file=${join(directory, 'payload')}`],
  ['-f', 'tsv', 'list', 'exchanges', 'name', 'type', 'durable', 'arguments'],
  ['-f', 'tsv', '-q', 'list', 'queues', 'name', 'durable'],
  ['-f', 'kvp', 'list', 'bindings'],
  ['-f', 'long', 'list', 'exchanges'],
  ['-f', 'bash', 'list', 'vhosts'],
  ['list', 'exchanges', '-S', 'name', '-R'],
  ['list', 'policies'],
  ['list', 'operator_policies'],
  ['list', 'vhost_limits'],
  ['list', 'permissions'],
  ['list', 'parameters'],
  ['-q', 'list', 'parameters'],
  ['list', 'connections'],
  ['-f', 'raw_json', 'list', 'queues', 'name'],
  ['-f', 'pretty_json', 'list', 'permissions'],
  ['show', 'overview'],
  ['purge', 'queue', 'name=q'],
  ['declare', 'queue'],
  ['declare', 'queue', 'foo'],
  ['declare', 'queue', 'name=q', 'colour=red'],
  ['declare', 'thing', 'name=x'],
  ['declare', 'user', 'name=x', 'tags='],
  ['declare', 'queue', 'name=q', 'durable=false'],
  ['declare'],
  ['list', 'things'],
  ['sing'],
  [],
  ['delete', 'queue', 'name=nope'],
  ['-p', 'wrong', 'list', 'queues'],
  ['delete', 'binding', 'source=x', 'destination_type=queue', 'destination=q', 'properties_key=a%20b'],
  ['delete', 'policy', 'name=p'],
  ['delete', 'operator_policy', 'name=o'],
  ['delete', 'permission', 'vhost=/', 'user=ann'],
  ['delete', 'user', 'name=ann'],
  ['delete', 'vhost_limit', 'vhost=v1', 'name=max-queues'],
  ['delete', 'queue', 'name=q'],
  ['delete', 'exchange', 'name=x'],
  ['delete', 'vhost', 'name=v1'],
]

/** Runs the script for each command line of a story in one process, and tells what it printed. */
const narrator = `
import contextlib, io, json, runpy, sys
path, story = sys.argv[1], json.loads(sys.argv[2])
for args in story:
    sys.argv = ['rabbitmqadmin'] + args
    told = io.StringIO()
    code = 0
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            runpy.run_path(path, run_name='__main__')
        except SystemExit as end:
            code = end.code or 0
    print('$ ' + ' '.join(args) + '\\n' + told.getvalue() + '=> ' + str(code))
`

const skip = existsSync(original) ? false : "RabbitMQ's rabbitmqadmin is not installed here"

test("the first generation, word for word as RabbitMQ's own script", { skip }, async () => {
  const { code, output } = await run('python3', [
    '-c',
    narrator,
    original,
    JSON.stringify(story.map((args) => ['-P', port, ...args])),
  ])
  assert.equal(code, 0, output)
  let ours = ''
  for (const args of story) {
    const { code: ended, output: told } = await admin(args)
    ours += `$ ${['-P', port, ...args].join(' ')}\n${told}=> ${ended}\n`
  }
  const theirs = output
  assert.equal(ours, theirs)
})

describe('the first generation', () => {
  test('definitions go to a file and come back; messages come on standard input; hosts from a file', async () => {
    const file = join(directory, 'definitions.json')
    await done('declare', 'queue', 'name=kept')
    assert.equal(await done('export', file), `Exported definitions for localhost to "${file}"\n`)
    await done('delete', 'queue', 'name=kept')
    await done('-q', 'import', file)
    assert.match(await done('list', 'queues'), /^\| kept /m)
    await admin(['publish', 'routing_key=kept'], 'from standard input')
    assert.match(await done('-f', 'tsv', 'get', 'queue=kept'), /\tfrom standard input\t/)
    const hosts = join(directory, 'hosts.conf')
    writeFileSync(
      hosts,
      `[here]\nhostname = 127.0.0.1\nport = ${port}\nusername = guest\npassword = guest\nvhost = /\n`,
    )
    const named = await run(process.execPath, [
      program,
      'admin',
      '-c',
      hosts,
      '-N',
      'here',
      '-f',
      'bash',
      'list',
      'queues',
    ])
    assert.deepEqual([named.code, named.output], [0, 'kept\n'])
    assert.equal(
      (await run(process.execPath, [program, 'admin', '-c', hosts, '-N', 'there', 'list', 'queues'])).code,
      1,
    )
    await done('delete', 'queue', 'name=kept')
  })
})

describe('the second generation', () => {
  test('objects are declared, listed and deleted under both orders of words', async () => {
    await done('queues', 'declare', '--name', 'q2', '--type', 'quorum', '--durable', 'true')
    await done('declare', 'queue', '--name', 'c2', '--arguments', '{"x-max-length":3}')
    await done('exchanges', 'declare', '--name', 'x2', '--type', 'topic')
    await done(
      'declare',
      'binding',
      '--source',
      'x2',
      '--destination-type',
      'queue',
      '--destination',
      'c2',
      '--routing-key',
      'a.#',
    )
    assert.equal(
      await done('--non-interactive', 'bindings', 'list').then((text) =>
        text.split('\n').find((line) => line.startsWith('x2')),
      ),
      'x2\t/\tc2\tqueue\ta.#\t{}\ta.%23',
    )
    assert.match(await done('queues', 'list'), /│ c2 +│ \/ +│ classic │/)
    await done('vhosts', 'declare', '--name', 'v2', '--default-queue-type', 'quorum')
    await done('users', 'declare', '--name', 'bob', '--password', 'b', '--tags', 'monitoring')
    await done(
      '-V',
      'v2',
      'declare',
      'permissions',
      '--user',
      'bob',
      '--configure',
      '.*',
      '--read',
      '.*',
      '--write',
      '.*',
    )
    await done(
      'policies',
      'declare',
      '--name',
      'p2',
      '--pattern',
      '^c',
      '--apply-to',
      'queues',
      '--definition',
      '{"max-length":3,"expires":1000000}',
    )
    await done('policies', 'update_definition', '--name', 'p2', '--definition-key', 'max-length', '--new-value', '4')
    await done('policies', 'delete_definition_key', '--name', 'p2', '--definition-key', 'expires')
    assert.match(await done('list', 'policies', '--non-interactive'), /\{"max-length":4\}$/m)
    await done('publish', 'message', '-k', 'a.b', '-e', 'x2', '-m', 'hi')
    assert.match(await done('get', 'messages', '-q', 'c2', '-c', '5', '--non-interactive'), /\thi\tstring$/m)
    await done('health_check', 'local_alarms')
    assert.match(await done('show', 'overview'), /rabbitmq_version/)
    const file = join(directory, 'second.json')
    await done('definitions', 'export', '--file', file, '--transformations', 'exclude_users,drop_empty_policies')
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')).users, [])
    await done(
      'bindings',
      'delete',
      '--source',
      'x2',
      '--destination-type',
      'queue',
      '--destination',
      'c2',
      '--routing-key',
      'a.#',
    )
    await done('delete', 'queue', '--name', 'c2')
    await done('delete', 'queue', '--name', 'c2', '--idempotently')
    for (const [kind, name] of [
      ['queues', 'q2'],
      ['exchanges', 'x2'],
      ['policies', 'p2'],
      ['users', 'bob'],
      ['vhosts', 'v2'],
    ] as const)
      await done(kind, 'delete', '--name', name)
  })

  test('exit codes are those of sysexits', async () => {
    const missing = await admin(['queues', 'delete', '--name', 'nope'])
    assert.deepEqual([missing.code, missing.output], [65, 'Error: Not found: /api/queues/%2F/nope\n'])
    const usage = await admin(['queues', 'declare', '--nme', 'x'])
    assert.equal(usage.code, 64)
    assert.match(usage.output, /unexpected argument '--nme' found/)
    const needed = await admin(['queues', 'declare'])
    assert.match(needed.output, /required arguments were not provided: --name/)
    const nobody = await run(process.execPath, [program, 'admin', '-P', '1', 'queues', 'list'])
    assert.equal(nobody.code, 69)
    assert.match(nobody.output, /Could not connect/)
  })
})

test('completion scripts name the commands', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'pwsh']) {
    const { code, output } = await runLapine('completion', shell)
    assert.equal(code, 0)
    assert.match(output, /list_queues/)
  }
  assert.equal((await runLapine('completion', 'csh')).code, 64)
  const bash = await run('bash', [
    '-c',
    `source <("${process.execPath}" "${program}" completion bash) && COMP_WORDS=(lapine list_q) COMP_CWORD=1 && _lapine && echo "\${COMPREPLY[@]}"`,
  ])
  assert.deepEqual([bash.code, bash.output], [0, 'list_queues\n'])
})
