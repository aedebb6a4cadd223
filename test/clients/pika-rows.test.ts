import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { missing, runWorkload } from './workload.ts'

const broker = withBroker()
const python = process.env.LAPINE_PYTHON ?? 'python3'
const unavailable = missing('pika', [python, '-c', 'import pika'])

/** What pika sees of a broker, as RabbitMQ 3.10.8 shows it. */
const rows: readonly (readonly [what: string, seen: unknown])[] = [
  [
    'negative ttl',
    [406, "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'bad' in vhost '/': {value_negative,-1}"],
  ],
  [
    'text as ttl',
    [
      406,
      "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'bad' in vhost '/': \"expected integer, got longstr\"",
    ],
  ],
  ['zero expires', [406, "PRECONDITION_FAILED - invalid arg 'x-expires' for queue 'bad' in vhost '/': {value_zero,0}"]],
  ['overflow', [406, "PRECONDITION_FAILED - invalid arg 'x-overflow' for queue 'bad' in vhost '/': invalid_overflow"]],
  [
    'priority',
    [406, "PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'bad' in vhost '/': {max_value_exceeded,256}"],
  ],
  [
    'key without exchange',
    [
      406,
      "PRECONDITION_FAILED - invalid arg 'x-dead-letter-routing-key' for queue 'bad' in vhost '/': routing_key_but_no_dlx_defined",
    ],
  ],
  ['missing queue', [404, "NOT_FOUND - no queue 'none' in vhost '/'"]],
  ['missing exchange', [404, "NOT_FOUND - no exchange 'none' in vhost '/'"]],
  ['reserved queue', [403, "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'"]],
  ['reserved exchange', [403, "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'"]],
  ['default exchange', [403, 'ACCESS_REFUSED - operation not permitted on the default exchange']],
  ['system exchange', [403, "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed"]],
  [
    'inequivalent',
    [
      406,
      "PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'false' but current is 'true'",
    ],
  ],
  [
    'locked',
    [
      405,
      "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'locked' in vhost '/'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.",
    ],
  ],
  ['acknowledged twice', [406, 'PRECONDITION_FAILED - unknown delivery tag 1']],
  ['prefetch size', [540, 'NOT_IMPLEMENTED - prefetch_size!=0 (1)']],
  ['returned', [312, 'NO_ROUTE']],
  ['full', 'nack'],
  ['priorities', ['5', '3', '1']],
  ['dead', ['bad', 'rejected', 1, 'rejected']],
  ['requeued in order', ['1', '2', '3']],
  ['deleted twice', [0, 0]],
  ['before the commit', 0],
  ['transaction', ['committed']],
  ['cancelled', ['mine']],
  ['finished', true],
]

test(
  'Python: pika is told what RabbitMQ tells it',
  unavailable === undefined ? {} : { skip: unavailable },
  async () => {
    const lines = await runWorkload([python, 'pika_rows.py', broker.url, `rows-${randomBytes(6).toString('hex')}.`])
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      rows,
    )
  },
)
