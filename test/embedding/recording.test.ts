import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect } from 'amqplib'
import { useBroker } from '../../src/embedding/fixtures/node-test.ts'
import { createBroker } from '../../src/lapine.ts'

describe('a recording', () => {
  const lapine = useBroker({ clock: 'virtual' })

  test('has what happened to messages, in its order, and draws it', async () => {
    const shop = await connect(lapine.broker.amqpUrl, { clientProperties: { connection_name: 'shop' } })
    const worker = await connect(lapine.broker.amqpUrl, { clientProperties: { connection_name: 'worker' } })
    const channel = await shop.createChannel()
    await channel.assertExchange('orders', 'topic')
    await channel.assertQueue('paid')
    await channel.bindQueue('paid', 'orders', 'paid.#')
    channel.publish('orders', 'paid.eu', Buffer.from('before'))
    await lapine.broker.settled()
    const recording = lapine.broker.record()
    channel.publish('orders', 'paid.eu', Buffer.from('one; #1'))
    channel.publish('orders', 'lost', Buffer.from('two'))
    await lapine.broker.settled()
    const working = await worker.createChannel()
    await working.prefetch(1)
    let count = 0
    await working.consume('paid', (message) => {
      if (count++ === 1) working.reject(message!, true)
      else working.ack(message!)
    })
    await lapine.broker.settled()
    recording.stop()
    channel.publish('orders', 'paid.eu', Buffer.from('behind'))
    await lapine.broker.settled()
    assert.deepEqual(
      recording.steps.map(({ kind, client, message, outcome }) => [kind, client, message.text, outcome]),
      [
        ['publish', 'shop', 'one; #1', undefined],
        ['publish', 'shop', 'two', undefined],
        ['deliver', 'worker', 'before', undefined],
        ['settle', 'worker', 'before', 'accepted'],
        ['deliver', 'worker', 'one; #1', undefined],
        ['settle', 'worker', 'one; #1', 'failed'],
        ['deliver', 'worker', 'one; #1', undefined],
        ['settle', 'worker', 'one; #1', 'accepted'],
      ],
    )
    assert.deepEqual(recording.steps[0]?.queues, ['paid'])
    assert.equal(recording.steps[6]?.redelivered, true)
    assert.equal(
      recording.toMermaid(),
      [
        'sequenceDiagram',
        '  actor c1 as shop',
        '  participant e2 as exchange orders',
        '  participant q3 as queue paid',
        '  actor c4 as worker',
        "  c1->>e2: publish 'paid.eu' one#59; #35;1",
        '  e2->>q3: route',
        "  c1->>e2: publish 'lost' two",
        '  Note over e2: unroutable',
        '  q3->>c4: deliver before',
        '  c4-->>q3: ack',
        '  q3->>c4: deliver one#59; #35;1',
        '  c4-->>q3: nack, requeue',
        '  q3->>c4: redeliver one#59; #35;1',
        '  c4-->>q3: ack',
        '',
      ].join('\n'),
    )
    recording.clear()
    assert.equal(recording.steps.length, 0)
    await Promise.all([shop.close(), worker.close()])
  })
})

describe('broken networks and full queues', () => {
  const lapine = useBroker({ clock: 'virtual' })

  test('a connection that is cut ends without a word, and what it had goes back', async () => {
    const connection = await connect(lapine.broker.amqpUrl, { clientProperties: { connection_name: 'worker' } })
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue('q')
    channel.sendToQueue('q', Buffer.from('m'))
    await channel.waitForConfirms()
    await channel.consume('q', () => {})
    await lapine.broker.settled()
    assert.equal(lapine.broker.queue('q').unacknowledged, 1)
    connection.on('error', () => {})
    const closed = new Promise<Error | undefined>((resolve) => connection.on('close', resolve))
    assert.equal(lapine.broker.faults.cutConnections('somebody else'), 0)
    assert.equal(lapine.broker.faults.cutConnections('worker'), 1)
    assert.match(String((await closed)?.message), /Unexpected close|ECONNRESET/)
    await lapine.broker.settled()
    assert.equal(lapine.broker.queue('q').depth, 1)
  })

  test('a queue refuses so many messages, and takes those behind them', async () => {
    const connection = await connect(lapine.broker.amqpUrl)
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue('a.b')
    const send = (text: string) =>
      new Promise<string>((resolve) => {
        channel.sendToQueue('a.b', Buffer.from(text), {}, (error) => resolve(error === null ? 'ack' : 'nack'))
      })
    await lapine.broker.faults.refusePublishes('a.b', { count: 2 })
    assert.equal(await send('one'), 'nack')
    assert.equal(await send('two'), 'nack')
    await lapine.broker.settled()
    assert.equal(await send('three'), 'ack')
    const mend = await lapine.broker.faults.refusePublishes('a.b')
    assert.equal(await send('four'), 'nack')
    mend()
    await lapine.broker.settled()
    assert.equal(await send('five'), 'ack')
    assert.deepEqual(
      (await lapine.broker.queue('a.b').messages()).map(({ text }) => text),
      ['three', 'five'],
    )
    await connection.close()
  })
})

test('what a client has given to the system is waited for, though the system holds small writes back', async (t) => {
  const broker = await createBroker()
  t.after(() => broker.stop())
  const connection = await connect(broker.amqpUrl)
  const channel = await connection.createChannel()
  await channel.assertQueue('q')
  for (let count = 1; count <= 5; count++) {
    // One by one: with Nagle's algorithm each waits until the one before it was acknowledged.
    channel.sendToQueue('q', Buffer.from('m'))
    await broker.settled()
    assert.equal(broker.queue('q').depth, count)
  }
  await connection.close()
})

test('two hundred brokers come and go, and nothing of them stays', async () => {
  const before = process.getActiveResourcesInfo().length
  const listeners = process.eventNames().map((name) => process.listenerCount(name))
  for (let count = 0; count < 200; count++) await (await createBroker()).stop()
  const after = process.getActiveResourcesInfo()
  assert.ok(after.length <= before, after.join(' '))
  assert.deepEqual(
    process.eventNames().map((name) => process.listenerCount(name)),
    listeners,
  )
})
