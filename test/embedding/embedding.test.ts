import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { AMQPClient } from '@cloudamqp/amqp-client'
import { type ChannelModel, connect } from 'amqplib'
import { connectAsync } from 'mqtt'
import { useBroker } from '../../src/embedding/fixtures/node-test.ts'
import { createBroker } from '../../src/lapine.ts'
import { eventually } from '../support/waiting.ts'
import { contentBody, contentHeader, method, protocolHeader } from '../support/wire-client.ts'

describe('a broker for a file of tests', () => {
  const lapine = useBroker()

  test('takes an ordinary client', async () => {
    const connection = await connect(lapine.broker.amqpUrl)
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue('orders', { durable: true })
    channel.sendToQueue('orders', Buffer.from('{"id":7}'), { persistent: true, headers: { type: 'paid' } })
    await channel.waitForConfirms()
    const found = await lapine.broker.expect.message('orders', { headers: { type: 'paid' }, json: { id: 7 } })
    assert.equal(found.routingKey, 'orders')
    assert.equal(found.properties.deliveryMode, 2)
    assert.equal(lapine.broker.queue('orders').depth, 1)
    await connection.close()
  })

  test('has forgotten what another test did', () => {
    assert.equal(lapine.broker.queue('orders').exists, false)
  })
})

async function publisher(
  url: string,
): Promise<{ connection: ChannelModel; send: (queue: string, ...texts: string[]) => Promise<void> }> {
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  return {
    connection,
    send: async (queue, ...texts) => {
      for (const text of texts) channel.sendToQueue(queue, Buffer.from(text))
      await channel.waitForConfirms()
    },
  }
}

test('an hour of retries passes at once, each step at its moment', async (t) => {
  const broker = await createBroker({ clock: 'virtual' })
  t.after(() => broker.stop())
  const { connection, send } = await publisher(broker.amqpUrl)
  const channel = await connection.createChannel()
  const begin = broker.clock.now()
  const moments: number[] = []
  const retry = { 'x-message-ttl': 600_000, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'work' }
  await channel.assertQueue('wait', { arguments: retry })
  await channel.assertQueue('work', { deadLetterExchange: '', deadLetterRoutingKey: 'wait' })
  await channel.consume('work', (message) => {
    moments.push(broker.clock.now() - begin)
    channel.reject(message!, false)
  })
  await send('work', 'never done')
  await broker.clock.advance('1h')
  assert.deepEqual(
    moments,
    [0, 1, 2, 3, 4, 5, 6].map((step) => step * 600_000),
  )
  await connection.close()
})

test('a broker in real time says that it cannot be moved', async (t) => {
  const broker = await createBroker()
  t.after(() => broker.stop())
  await assert.rejects(broker.clock.advance('1h'), {
    message: "this broker lives in real time: create it with clock: 'virtual'",
  })
  await assert.rejects((await virtual(t)).clock.advance('soon'), {
    name: 'RangeError',
    message: /^'soon' is no duration/,
  })
})

async function virtual(t: { after(task: () => Promise<void>): void }) {
  const broker = await createBroker({ clock: 'virtual' })
  t.after(() => broker.stop())
  return broker
}

test('a snapshot is put back, here or in another broker', async (t) => {
  const first = await createBroker()
  const second = await createBroker()
  t.after(() => Promise.all([first.stop(), second.stop()]))
  const { connection, send } = await publisher(first.amqpUrl)
  const channel = await connection.createChannel()
  await channel.assertExchange('events', 'topic')
  await channel.assertQueue('audit')
  await channel.bindQueue('audit', 'events', '#')
  await send('audit', 'one', 'two')
  const snapshot = await first.snapshot()
  await channel.deleteExchange('events')
  await channel.purgeQueue('audit')
  await first.restore(snapshot)
  await second.restore(snapshot)
  for (const broker of [first, second]) {
    assert.deepEqual(
      (await broker.queue('audit').messages()).map(({ text }) => text),
      ['one', 'two'],
    )
  }
  channel.publish('events', 'any.thing', Buffer.from('three'))
  await first.expect.message('audit', { routingKey: 'any.thing', text: 'three' })
  await connection.close()
})

test('what a test expects and does not get is told with what there is', async (t) => {
  const broker = await createBroker()
  t.after(() => broker.stop())
  const { connection, send } = await publisher(broker.amqpUrl)
  await assert.rejects(broker.expect.message('none', {}, { within: 1 }), {
    message: "no message like {} in queue 'none'; there is no queue 'none' in vhost '/'",
  })
  await (await connection.createChannel()).assertQueue('q')
  await send('q', 'this')
  await assert.rejects(broker.expect.message('q', { text: 'that' }, { within: '1ms' }), {
    message:
      'no message like {"text":"that"} in queue \'q\'; it has 1 waiting and 0 unacknowledged: ' +
      '"this" (routing key \'q\', headers {})',
  })
  await assert.rejects(
    broker.expect.noMessage('q', { text: 'this' }),
    /^Error: a message like \{"text":"this"\} is in queue/,
  )
  await broker.expect.noMessage('q', { text: 'that' })
  await broker.expect.depth('q', 1)
  await assert.rejects(broker.expect.consumers('q', 1, { within: 1 }), /should have 1 consumers; it has 0/)
  await connection.close()
})

test('faults are made and mended: blocked publishers, late confirms, closed connections', async (t) => {
  const broker = await createBroker({ clock: 'virtual' })
  t.after(() => broker.stop())
  const connection = await connect(broker.amqpUrl)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('q', { durable: true })
  const mend = broker.faults.delayConfirms('200ms')
  let confirmed = false
  channel.sendToQueue('q', Buffer.from('late'), { persistent: true }, () => {
    confirmed = true
  })
  await broker.clock.advance(199)
  assert.equal(confirmed, false)
  await broker.clock.advance(1)
  await broker.settled()
  assert.equal(confirmed, true)
  mend()
  const blocked = new Promise((resolve) => connection.on('blocked', resolve))
  broker.faults.blockPublishers('disk')
  channel.sendToQueue('q', Buffer.from('held up'))
  assert.equal(await blocked, 'low on disk')
  const unblocked = new Promise<void>((resolve) => connection.on('unblocked', resolve))
  broker.faults.mend()
  await unblocked
  const closed = new Promise<Error>((resolve) => connection.on('close', resolve))
  assert.equal(broker.faults.closeConnections('nobody'), 0)
  assert.equal(broker.faults.closeConnections('guest', 'away with it'), 1)
  assert.match((await closed).message, /320 \(CONNECTION-FORCED\) with message "CONNECTION_FORCED - away with it"/)
})

test('a client needs no network', async (t) => {
  const broker = await createBroker({ port: false })
  t.after(() => broker.stop())
  assert.equal(broker.port('amqp'), undefined)
  assert.throws(() => broker.amqpUrl, /nothing listens for amqp in this broker/)
  assert.throws(() => broker.connectSocket('mqtts'), /no plug-in of this broker speaks mqtts/)
  const socket = broker.connectSocket()
  socket.resume()
  socket.write(protocolHeader)
  socket.write(method(0, 'connection.start-ok', { mechanism: 'PLAIN', response: '\0guest\0guest', locale: 'en_US' }))
  socket.write(method(0, 'connection.tune-ok', { channelMax: 10, frameMax: 131072, heartbeat: 0 }))
  socket.write(method(0, 'connection.open', { vhost: '/' }))
  socket.write(method(1, 'channel.open'))
  socket.write(method(1, 'queue.declare', { queue: 'q' }))
  await broker.settled()
  socket.write(method(1, 'basic.publish', { routingKey: 'q' }))
  socket.write(contentHeader(1, 5))
  socket.write(contentBody(1, 'hello'))
  const found = await broker.expect.message('q')
  assert.equal(found.text, 'hello')
  socket.destroy()
})

test('a directory keeps what is durable; definitions, users and settings are as asked for', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lapine-embedding-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'definitions.json')
  writeFileSync(
    path,
    JSON.stringify({ queues: [{ name: 'q', vhost: '/', durable: true, auto_delete: false, arguments: {} }] }),
  )
  const options = {
    data: join(directory, 'data'),
    definitions: path,
    users: { 'ann@home': "it's a / secret", bob: 'b' },
  }
  const first = await createBroker({ ...options, config: { heartbeat: 17 } })
  const { connection } = await publisher(first.amqpUrl)
  const channel = await connection.createConfirmChannel()
  channel.sendToQueue('q', Buffer.from('kept'), { persistent: true })
  await channel.waitForConfirms()
  await connection.close()
  await first.stop()
  const second = await createBroker(options)
  t.after(() => second.stop())
  assert.equal((await second.expect.message('q')).text, 'kept')
  const client = new AMQPClient(second.amqpUrl.replace(/\/\/.*@/, '//bob:b@'))
  const bob = await client.connect()
  await (await bob.channel()).queueDelete('q')
  await bob.close()
  await assert.rejects(connect(second.amqpUrl.replace(/\/\/.*@/, '//guest:guest@')), /403|ACCESS/)
})

test('other protocols listen where they are asked to', async (t) => {
  const broker = await createBroker({ management: true, prometheus: true, mqtt: true })
  t.after(() => broker.stop())
  const { username, password, origin } = new URL(broker.managementUrl)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const answer = await fetch(`${origin.replace(/\/\/.*@/, '//')}/api/whoami`, { headers: { authorization } })
  assert.equal(((await answer.json()) as { name: string }).name, 'guest')
  const metrics = await fetch(broker.prometheusUrl.replace(/\/\/.*@/, '//'))
  assert.match(await metrics.text(), /^rabbitmq_queues 0$/m)
  const client = await connectAsync(broker.mqttUrl)
  await client.endAsync()
  const plain = await createBroker()
  t.after(() => plain.stop())
  for (const protocol of ['http', 'http/prometheus', 'mqtt']) assert.equal(plain.port(protocol), undefined)
})

test('wrong options are told', async () => {
  await assert.rejects(
    createBroker({ config: { hartbeat: 1 } }),
    /there is no setting 'hartbeat'; did you mean 'heartbeat'/,
  )
  await assert.rejects(createBroker({ definitions: { queues: [{ name: 'q', vhost: 'nowhere' }] } }), /nowhere/)
  const broker = await createBroker()
  await assert.rejects(createBroker({ port: broker.port('amqp')! }), /port \d+ on 127\.0\.0\.1 is in use/)
  await broker.stop()
})

test('nothing of a stopped broker stays in the process', async () => {
  const before = process.getActiveResourcesInfo().length
  for (let round = 0; round < 12; round++) {
    await using broker = await createBroker({ management: round % 6 === 0 })
    const { connection, send } = await publisher(broker.amqpUrl)
    await (await connection.createChannel()).assertQueue('q')
    await send('q', 'm')
    await connection.close()
  }
  // Sockets of clients take a moment to close.
  await eventually(
    async () => process.getActiveResourcesInfo(),
    // One more: the timer of whoever waits here.
    (left) => left.length <= before + 1,
    'what the brokers had open to be closed',
  )
})
