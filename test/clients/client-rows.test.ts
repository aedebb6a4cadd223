import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { only } from '../support/target.ts'
import { deliveryRows, ruleRows } from './rows.ts'
import { missing, runWorkload } from './workload.ts'

const broker = withBroker()
const python = process.env.LAPINE_PYTHON ?? 'python3'
const noPika = skipped(missing('pika', [python, '-c', 'import pika']))
const go = buildGo()
const finished = ['finished', true] as const

function skipped(reason: string | undefined): { skip?: string } {
  return reason === undefined ? {} : { skip: reason }
}

/** The program of all rows in Go: where it is, or why it cannot be had. Kept from run to run; `go` knows what is stale. */
function buildGo(): { program: string; available: { skip?: string } } {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/clients-go', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const program = join(folder, 'rows')
  const env = { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false' }
  const cwd = fileURLToPath(new URL('go', import.meta.url))
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd, env, encoding: 'utf8' })
  const reason = built.error === undefined ? built.stderr.trim().split('\n').at(-1) : 'there is no go'
  return { program, available: built.status === 0 ? {} : { skip: `the rows in Go cannot be built: ${reason}` } }
}

/** What a program says of the broker. It has a prefix for its names, and a policy for one of its queues. */
async function walk(t: TestContext, command: readonly string[]): Promise<unknown[]> {
  const prefix = `rows-${randomBytes(6).toString('hex')}.`
  const operator = operatorOf(broker.running)
  const definition = { 'message-ttl': 1 }
  await operator.setPolicy('policies', '/', prefix, { pattern: `^${prefix}policied$`, definition, applyTo: 'queues' })
  t.after(() => operator.clearPolicy('policies', '/', prefix))
  return spoken(await runWorkload([...command, broker.url, prefix]))
}

function spoken(lines: readonly string[]): unknown[] {
  return lines.map((line) => JSON.parse(line))
}

test('Python: pika is refused with the words of RabbitMQ', noPika, async (t) => {
  assert.deepEqual(await walk(t, [python, 'pika_rule_rows.py']), [...ruleRows, finished])
})

test('Python: pika gets what it gets from RabbitMQ', noPika, async (t) => {
  assert.deepEqual(await walk(t, [python, 'pika_delivery_rows.py']), [...deliveryRows, finished])
})

test('Go: amqp091-go is told and gets what it is and does from RabbitMQ', go.available, async (t) => {
  assert.deepEqual(await walk(t, [go.program]), [...ruleRows, ...deliveryRows, finished])
})

for (const [name, command, available] of [
  ['Python: pika', [python, 'pika_blocked.py'], noPika],
  ['Go: amqp091-go', [go.program], go.available],
] as const) {
  const runs = { ...only({ lapine: 'it makes an alarm' }), ...available }
  test(`${name} is told why it is blocked, once it has published`, runs, async (t) => {
    const alarmed = await Lapine.start({ configuration: 'vm_memory_high_watermark.absolute = 1' })
    t.after(() => alarmed.stop())
    assert.deepEqual(spoken(await runWorkload([...command, alarmed.url, 'blocked'])), [['blocked', ['low on memory']]])
  })
}
