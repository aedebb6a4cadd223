import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { stompPort } from '../support/stomp-client.ts'
import { only } from '../support/target.ts'
import { missing, runWorkload } from './workload.ts'

const broker = withBroker()
const python = process.env.LAPINE_PYTHON ?? 'python3'

function skipped(reason: string | undefined): { skip?: string } {
  return reason === undefined ? {} : { skip: reason }
}

test('Ruby: Bunny', skipped(missing('bunny', ['ruby', '-e', 'require "bunny"'])), async () => {
  assert.deepEqual(await runWorkload(['ruby', 'bunny_workload.rb', broker.url]), [
    'confirmed: true',
    'consumed: true',
    'returned: [312, "NO_ROUTE", "back"]',
    'polled: one, content type application/octet-stream, redelivered true',
    'empty: [nil, nil, nil]',
    "missing: NOT_FOUND - no queue 'bunny.is.missing' in vhost '/'",
    "unequal: PRECONDITION_FAILED - inequivalent arg 'auto_de",
    'transaction: committed',
    'finished',
  ])
})

const phpProbe = ['php', '-r', '(@include getenv("PHP_AMQPLIB_AUTOLOAD") ?: "PhpAmqpLib/autoload.php") || exit(1);']
test('PHP: php-amqplib', skipped(missing('php-amqplib', phpProbe)), async () => {
  assert.deepEqual(await runWorkload(['php', 'php_amqplib_workload.php', broker.url]), [
    'confirmed: 10',
    'consumed: true',
    'returned: 312 NO_ROUTE nowhere back',
    'large: true',
    'redelivered: true',
    "missing: NOT_FOUND - no exchange 'php.is.missing' in vhost '/'",
    'transaction: committed',
    'finished',
  ])
})

const stompPy =
  only({ lapine: 'another broker need not speak STOMP' }).skip ?? missing('stomp.py', [python, '-c', 'import stomp'])
test('Python: stomp.py in every version', skipped(stompPy), async () => {
  assert.deepEqual(await runWorkload([python, 'stomp_workload.py', '127.0.0.1', `${stompPort(broker)}`]), [
    '1.0: sent, received, acknowledged, committed',
    '1.1: sent, received, acknowledged, committed',
    '1.2: sent, received, acknowledged, committed',
    'error: Unknown destination',
    'finished',
  ])
})

const celery = missing('celery and sqlalchemy', [python, '-c', 'import celery, sqlalchemy'])
test('Python: Celery with its workers, retries, chords, remote control and priorities', skipped(celery), async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lapine-celery-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const lines = await runWorkload([python, 'celery_workload.py'], {
    CELERY_BROKER: `${broker.url}//`,
    CELERY_BACKEND: `db+sqlite:///${join(directory, 'results.db')}`,
    CELERY_QUEUE: `celery.check.${process.pid}`,
    TMPDIR: directory,
    PYTHONDONTWRITEBYTECODE: '1',
  })
  const said = lines.filter((line) => /^[a-z][a-z ]*(: .+)?$/.test(line) && !line.startsWith('worker: '))
  assert.deepEqual(said, [
    'tasks: 210',
    'retried: 3',
    'countdown: 42',
    'chord: 90',
    'queues: True',
    'registered: True',
    'stats: True',
    'rate limit: True',
    'killed worker: done by the second',
    'priorities: high middle low',
    'finished',
  ])
})
