import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Options } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { refusal } from '../support/session.ts'
import { differs } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

test('declaring an exchange twice alike is idempotent', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = session.name('twice')
  for (let round = 0; round < 2; round++) {
    await channel.assertExchange(exchange, 'topic', { durable: true, arguments: { 'x-note': 'mine' } })
  }
  await channel.checkExchange(exchange)
})

test('a passive declare of a missing exchange is refused with 404', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = session.name('missing')
  assert.deepEqual(await refusal(channel.checkExchange(exchange)), {
    code: 404,
    text: `NOT_FOUND - no exchange '${exchange}' in vhost '/'`,
    classId: 40,
    methodId: 10,
  })
})

test('the exchanges every virtual host starts with are there', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  for (const name of ['amq.direct', 'amq.fanout', 'amq.topic', 'amq.headers', 'amq.match', 'amq.rabbitmq.trace']) {
    await channel.checkExchange(name)
  }
  await channel.assertExchange('amq.direct', 'direct', { durable: true })
})

const inequivalences: [what: string, type: string, options: Options.AssertExchange, text: string][] = [
  ['type', 'fanout', {}, "arg 'type' for EXCHANGE: received 'fanout' but current is 'direct'"],
  ['durable', 'direct', { durable: false }, "arg 'durable' for EXCHANGE: received 'false' but current is 'true'"],
  [
    'auto_delete',
    'direct',
    { autoDelete: true },
    "arg 'auto_delete' for EXCHANGE: received 'true' but current is 'false'",
  ],
  ['internal', 'direct', { internal: true }, "arg 'internal' for EXCHANGE: received 'true' but current is 'false'"],
  [
    'alternate exchange',
    'direct',
    { alternateExchange: 'other' },
    "arg 'alternate-exchange' for EXCHANGE: received the value 'other' of type 'longstr' but current is none",
  ],
]

for (const [what, type, options, text] of inequivalences) {
  test(`declaring an exchange again with another ${what} is refused with 406`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const exchange = session.name('inequivalent')
    await channel.assertExchange(exchange, 'direct', { durable: true })
    const closure = await refusal(channel.assertExchange(exchange, type, { durable: true, ...options }))
    assert.equal(closure.code, 406)
    const expected = `PRECONDITION_FAILED - inequivalent ${text.replace('EXCHANGE', `exchange '${exchange}' in vhost '/'`)}`
    assert.equal(closure.text, expected)
    assert.deepEqual([closure.classId, closure.methodId], [40, 10])
  })
}

test('an unknown exchange type is refused', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const attempt = refusal(channel.assertExchange(session.name('odd'), 'x-shuffle'))
  const closure = await Promise.race([attempt, session.closed])
  assert.deepEqual(
    [closure.code, closure.text],
    differs('unknown exchange type', {
      lapine: [406, "PRECONDITION_FAILED - unknown exchange type 'x-shuffle'"],
      rabbitmq3: [503, "COMMAND_INVALID - unknown exchange type 'x-shuffle'"],
    }),
  )
})

test('an alternate exchange that is no text is refused', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = session.name('invalid')
  const number = { '!': 'int', value: 4 }
  const closure = await refusal(
    channel.assertExchange(exchange, 'direct', { arguments: { 'alternate-exchange': number } }),
  )
  const text = `invalid type 'signedint' for arg 'alternate-exchange' in exchange '${exchange}' in vhost '/'`
  assert.deepEqual([closure.code, closure.text], [406, `PRECONDITION_FAILED - ${text}`])
})

test('reserved exchange names cannot be declared', async (t) => {
  const session = await broker.open(t)
  const closure = await refusal((await session.channel()).assertExchange('amq.mine', 'direct'))
  assert.equal(closure.code, 403)
  assert.equal(closure.text, "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'")
})

test('the default exchange can be neither declared, deleted nor bound', async (t) => {
  const session = await broker.open(t)
  const queue = await session.queue(await session.channel())
  const text = 'ACCESS_REFUSED - operation not permitted on the default exchange'
  const attempts: ((channel: Awaited<ReturnType<typeof session.channel>>) => Promise<unknown>)[] = [
    (channel) => channel.assertExchange('', 'direct'),
    (channel) => channel.deleteExchange(''),
    (channel) => channel.bindQueue(queue, '', 'key'),
    (channel) => channel.unbindQueue(queue, '', queue),
    (channel) => channel.bindExchange('amq.fanout', '', 'key'),
    (channel) => channel.bindExchange('', 'amq.fanout', 'key'),
  ]
  for (const attempt of attempts) {
    const closure = await refusal(attempt(await session.channel()))
    assert.deepEqual([closure.code, closure.text], [403, text])
  }
})

test('exchanges of the system cannot be deleted', async (t) => {
  const session = await broker.open(t)
  const closure = await refusal((await session.channel()).deleteExchange('amq.direct'))
  assert.equal(closure.code, 403)
  assert.equal(closure.text, "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed")
})

test('deleting an exchange that is not there succeeds', async (t) => {
  const session = await broker.open(t)
  await (await session.channel()).deleteExchange(session.name('missing'))
})

test('if-unused keeps an exchange that has bindings', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = await session.exchange(channel, 'fanout')
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, '')
  const closure = await refusal((await session.channel()).deleteExchange(exchange, { ifUnused: true }))
  assert.deepEqual(
    [closure.code, closure.text],
    [406, `PRECONDITION_FAILED - exchange '${exchange}' in vhost '/' in use`],
  )
  await channel.unbindQueue(queue, exchange, '')
  await channel.deleteExchange(exchange, { ifUnused: true })
})

test('an auto-delete exchange goes with its last binding', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = await session.exchange(channel, 'direct', { autoDelete: true })
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, 'a')
  await channel.bindQueue(queue, exchange, 'b')
  await channel.unbindQueue(queue, exchange, 'a')
  await channel.checkExchange(exchange)
  await channel.unbindQueue(queue, exchange, 'b')
  assert.equal((await refusal(channel.checkExchange(exchange))).code, 404)
})

test('an auto-delete exchange goes with the last queue bound to it', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = await session.exchange(channel, 'fanout', { autoDelete: true })
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, '')
  await channel.deleteQueue(queue)
  await eventually(
    async () =>
      (await session.channel()).checkExchange(exchange).then(
        () => 'there',
        () => 'gone',
      ),
    (answer) => answer === 'gone',
    'the auto-delete exchange to go',
  )
})

test('publishing to an internal exchange is refused', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = await session.exchange(channel, 'fanout', { internal: true })
  channel.publish(exchange, '', Buffer.from('no'))
  assert.deepEqual(await session.closureOf(channel), {
    code: 403,
    text: `ACCESS_REFUSED - cannot publish to internal exchange '${exchange}' in vhost '/'`,
    classId: 60,
    methodId: 40,
  })
})

test('publishing to a missing exchange is refused with 404', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const exchange = session.name('missing')
  channel.publish(exchange, 'key', Buffer.from('no'))
  assert.deepEqual(await session.closureOf(channel), {
    code: 404,
    text: `NOT_FOUND - no exchange '${exchange}' in vhost '/'`,
    classId: 60,
    methodId: 40,
  })
})
