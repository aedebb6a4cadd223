import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import { drain, fill, publish, textOf } from '../support/inbox.ts'
import { LapineProcess } from '../support/lapine-process.ts'
import { refusal } from '../support/session.ts'
import { only } from '../support/target.ts'

const process_ = only({ lapine: 'it kills the broker' })
const persistent = { persistent: true }

/** One process and one data directory for all tests of this file, killed again and again. */
let lapine: LapineProcess

before(async () => {
  if (process_.skip === undefined) lapine = await LapineProcess.start()
})
after(() => lapine?.stop())

/** A connection that takes the broker's end calmly. */
async function client(t: TestContext): Promise<ChannelModel> {
  const connection = await connect(lapine.url)
  connection.on('error', () => {})
  t.after(() => connection.close().catch(() => {}))
  return connection
}

test('a persistent message in a durable queue survives kill -9, a transient one does not', process_, async (t) => {
  const channel = await (await client(t)).createConfirmChannel()
  await channel.assertQueue('durable', { durable: true })
  await channel.assertQueue('transient', { durable: false })
  await publish(channel, { key: 'durable', body: 'persistent', options: persistent })
  await publish(channel, { key: 'durable', body: 'transient', options: { persistent: false } })
  await publish(channel, { key: 'transient', body: 'persistent', options: persistent })
  await lapine.kill()
  await lapine.startAgain()
  const after = await (await client(t)).createChannel()
  assert.deepEqual(await drain(after, 'durable'), ['persistent'])
  after.on('error', () => {})
  assert.equal((await refusal(after.checkQueue('transient'))).code, 404)
})

test('everything durable is defined again after kill -9, and routes', process_, async (t) => {
  const channel = await (await client(t)).createConfirmChannel()
  await channel.assertExchange('x.topic', 'topic', { durable: true, alternateExchange: 'x.alternate' })
  await channel.assertExchange('x.alternate', 'fanout', { durable: true })
  await channel.assertExchange('x.headers', 'headers', { durable: true, internal: true })
  await channel.assertExchange('x.transient', 'direct', { durable: false })
  const options = { durable: true, maxLength: 2, messageTtl: 60_000, deadLetterExchange: 'x.alternate' }
  await channel.assertQueue('q', options)
  await channel.assertQueue('strays', { durable: true })
  await channel.assertQueue('by header', { durable: true })
  await channel.bindQueue('q', 'x.topic', 'log.#')
  await channel.bindQueue('strays', 'x.alternate', '')
  await channel.bindExchange('x.headers', 'x.topic', 'header.*')
  await channel.bindQueue('by header', 'x.headers', '', { 'x-match': 'any', kind: 'report' })
  await channel.bindQueue('q', 'x.topic', 'unbound')
  await channel.unbindQueue('q', 'x.topic', 'unbound')
  await channel.assertQueue('deleted', { durable: true })
  await channel.deleteQueue('deleted')
  await lapine.kill()
  await lapine.startAgain()
  const connection = await client(t)
  const after = await connection.createConfirmChannel()
  await after.assertQueue('q', options)
  await after.assertExchange('x.topic', 'topic', { durable: true, alternateExchange: 'x.alternate' })
  await publish(after, { exchange: 'x.topic', key: 'log.a', body: 'logged' })
  await publish(after, { exchange: 'x.topic', key: 'unbound', body: 'stray' })
  await publish(after, {
    exchange: 'x.topic',
    key: 'header.x',
    body: 'report',
    options: { headers: { kind: 'report' } },
  })
  assert.deepEqual(await drain(after, 'q'), ['logged'])
  assert.deepEqual(await drain(after, 'strays'), ['stray'])
  assert.deepEqual(await drain(after, 'by header'), ['report'])
  for (const ask of [
    (gone: Channel) => gone.checkExchange('x.transient'),
    (gone: Channel) => gone.checkQueue('deleted'),
  ]) {
    const gone = await connection.createChannel()
    gone.on('error', () => {})
    assert.equal((await refusal(ask(gone))).code, 404)
  }
})

test('what was acknowledged stays gone, what was not comes back as redelivered', process_, async (t) => {
  const channel = await (await client(t)).createConfirmChannel()
  await channel.assertQueue('work', { durable: true })
  const texts = Array.from({ length: 30 }, (_, index) => `job ${index}`)
  await Promise.all(texts.map((body) => publish(channel, { key: 'work', body, options: persistent })))
  const taken: Awaited<ReturnType<typeof channel.get>>[] = []
  for (let count = 0; count < 20; count++) taken.push(await channel.get('work'))
  for (const message of taken.slice(0, 10)) {
    assert.ok(message)
    channel.ack(message)
  }
  // A persistent publish confirmed after the acknowledgements is on disk behind them.
  await publish(channel, { key: 'work', body: 'last', options: persistent })
  await lapine.kill()
  await lapine.startAgain()
  const after = await (await client(t)).createChannel()
  const first = await after.get('work', { noAck: true })
  assert.ok(first)
  assert.equal(textOf(first), 'job 10')
  assert.deepEqual(await drain(after, 'work'), [...texts.slice(11), 'last'])
})

test('a purge and a rejection hold after kill -9', process_, async (t) => {
  const channel = await (await client(t)).createConfirmChannel()
  await channel.assertQueue('purged', { durable: true })
  await channel.assertQueue('graves', { durable: true })
  await channel.assertQueue('mortal', { durable: true, deadLetterExchange: '', deadLetterRoutingKey: 'graves' })
  await publish(channel, { key: 'purged', body: 'gone', options: persistent })
  await publish(channel, { key: 'mortal', body: 'dead', options: persistent })
  await channel.purgeQueue('purged')
  const message = await channel.get('mortal')
  assert.ok(message)
  channel.reject(message, false)
  await publish(channel, { key: 'purged', body: 'kept', options: persistent })
  await lapine.kill()
  await lapine.startAgain()
  const after = await (await client(t)).createChannel()
  assert.deepEqual(await drain(after, 'purged'), ['kept'])
  assert.deepEqual(await drain(after, 'mortal'), [])
  const dead = await after.get('graves', { noAck: true })
  assert.ok(dead)
  assert.equal(dead.properties.headers?.['x-death']?.[0]?.reason, 'rejected')
})

test('properties, headers and large bodies survive a clean stop', process_, async (t) => {
  const channel = await (await client(t)).createConfirmChannel()
  await channel.assertQueue('kept', { durable: true, maxPriority: 5 })
  const large = Buffer.alloc(3_000_000, 'abc')
  const options = { ...persistent, headers: { a: [1, 'b'] }, messageId: 'id', priority: 4, timestamp: 1_700_000_000 }
  await publish(channel, { key: 'kept', body: 'low', options: { ...persistent, priority: 1 } })
  await publish(channel, { key: 'kept', body: large, options })
  assert.equal((await lapine.end('SIGTERM')).code, 0)
  await lapine.startAgain()
  const after = await (await client(t)).createChannel()
  const first = await after.get('kept', { noAck: true })
  assert.ok(first)
  assert.ok(first.content.equals(large))
  const { headers, messageId, priority, timestamp } = first.properties
  assert.deepEqual(
    { headers: { ...headers }, messageId, priority, timestamp },
    {
      headers: { a: [1, 'b'] },
      messageId: 'id',
      priority: 4,
      timestamp: 1_700_000_000,
    },
  )
  assert.deepEqual(await drain(after, 'kept'), ['low'])
})

test('a lifetime goes on while the broker is down', process_, async (t) => {
  const channel = await (await client(t)).createConfirmChannel()
  await channel.assertQueue('brief', { durable: true })
  await publish(channel, { key: 'brief', body: 'brief', options: { ...persistent, expiration: '1' } })
  await publish(channel, { key: 'brief', body: 'long', options: persistent })
  await lapine.kill()
  await lapine.startAgain()
  const after = await (await client(t)).createChannel()
  assert.deepEqual(await drain(after, 'brief'), ['long'])
})

test('committed transactions survive kill -9', process_, async (t) => {
  const connection = await client(t)
  const channel = await connection.createChannel()
  await channel.assertQueue('ledger', { durable: true })
  const { logInWithChannel } = await import('../support/wire-login.ts')
  const { loginOf } = await import('../support/target.ts')
  const { octet, short } = await import('../support/wire-values.ts')
  const wire = await logInWithChannel(loginOf(lapine.url))
  t.after(() => wire.destroy())
  const deliveryMode2 = Buffer.concat([short(0x1000), octet(2)])
  await wire.call(1, 'tx.select')
  for (const body of ['a', 'b']) wire.publish(1, { routingKey: 'ledger' }, body, deliveryMode2)
  await wire.call(1, 'tx.commit')
  wire.publish(1, { routingKey: 'ledger' }, 'never committed', deliveryMode2)
  await wire.call(1, 'basic.qos')
  await lapine.kill()
  await lapine.startAgain()
  const after = await (await client(t)).createChannel()
  assert.deepEqual(await drain(after, 'ledger'), ['a', 'b'])
})

test('several restarts in a row lose nothing', process_, async (t) => {
  const expected: string[] = []
  for (let round = 0; round < 3; round++) {
    const channel = await (await client(t)).createConfirmChannel()
    await channel.assertQueue('growing', { durable: true })
    const texts = Array.from({ length: 20 }, (_, index) => `${round}.${index}`)
    await Promise.all(texts.map((body) => publish(channel, { key: 'growing', body, options: persistent })))
    expected.push(...texts)
    if (round === 1) await lapine.end('SIGTERM')
    else await lapine.kill()
    await lapine.startAgain()
  }
  const after = await (await client(t)).createConfirmChannel()
  assert.deepEqual(await drain(after, 'growing'), expected)
  await fill(after, 'growing', ['still works'])
})
