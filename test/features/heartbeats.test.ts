import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { only } from '../support/target.ts'
import { frame, WireClient } from '../support/wire-client.ts'
import { greet } from '../support/wire-login.ts'

const broker = withVirtualBroker()
const virtual = only({ lapine: 'it moves the clock by minutes' })
const beat = frame(8, 0, Buffer.alloc(0))

test('a client silent for two heartbeats of 30 seconds is cut off', virtual, async (t) => {
  const client = await broker.wireChannel(t, { tune: { heartbeat: 30 } })
  await broker.elapse(29_000)
  assert.equal(client.ended, false)
  await broker.elapse(65_000)
  await client.closed()
  const lines = broker.running.log?.lines.join('\n') ?? ''
  assert.match(lines, /missed heartbeats from client, timeout: 30s/)
  assert.match(lines, new RegExp(`127\\.0\\.0\\.1:${client.localPort}`))
})

test('a client that beats is kept for hours', virtual, async (t) => {
  const client = await broker.wireChannel(t, { tune: { heartbeat: 30 } })
  for (let minute = 0; minute < 120; minute++) {
    await client.flushed(beat)
    await broker.elapse(30_000)
  }
  await client.call(1, 'basic.qos')
})

test('any traffic counts as a heartbeat', virtual, async (t) => {
  const client = await broker.wireChannel(t, { tune: { heartbeat: 30 } })
  for (let round = 0; round < 10; round++) {
    await client.call(1, 'basic.qos')
    await broker.elapse(30_000)
  }
  await client.call(1, 'basic.qos')
})

test('the broker beats too, at least once per interval', virtual, async (t) => {
  const client = await broker.wireChannel(t, { tune: { heartbeat: 30 } })
  for (let round = 0; round < 4; round++) {
    await client.flushed(beat)
    await broker.elapse(30_000)
  }
  await client.call(1, 'basic.qos')
  assert.ok(client.heartbeats >= 4, `${client.heartbeats} beats in two minutes`)
})

test('with a heartbeat of a second the broker beats twice in each', virtual, async (t) => {
  const client = await broker.wireChannel(t, { tune: { heartbeat: 1 } })
  // Clients of such a heartbeat give up after two seconds of silence, also at the start.
  await broker.elapse(1_250)
  await client.call(1, 'basic.qos')
  assert.ok(client.heartbeats >= 1, 'no beat at the start')
  const before = client.heartbeats
  for (let quarter = 0; quarter < 40; quarter++) {
    await client.flushed(beat)
    await broker.elapse(250)
  }
  await client.call(1, 'basic.qos')
  const beats = client.heartbeats - before
  assert.ok(beats >= 18 && beats <= 20, `${beats} beats in ten seconds`)
})

test('without heartbeats nobody is cut off', virtual, async (t) => {
  const client = await broker.wireChannel(t, { tune: { heartbeat: 0 } })
  await broker.elapse(24 * 3_600_000)
  await client.call(1, 'basic.qos')
})

test('what a client that went silent held is delivered to another', virtual, async (t) => {
  const silent = await broker.wireChannel(t, { tune: { heartbeat: 10 } })
  const awake = await broker.wireChannel(t)
  const queue = 'feature-held-by-the-silent'
  await awake.call(1, 'queue.declare', { queue, durable: true })
  awake.publish(1, { routingKey: queue }, 'job')
  await silent.call(1, 'basic.consume', { queue })
  assert.equal((await silent.expect('basic.deliver')).fields.redelivered, false)
  await awake.call(1, 'basic.consume', { queue })
  await broker.elapse(31_000)
  assert.equal((await awake.expect('basic.deliver')).fields.redelivered, true)
})

test('a client that says nothing for ten seconds of handshake is cut off', virtual, async (t) => {
  const mute = await WireClient.connect(broker.login)
  const { client: slow } = await greet(broker.login)
  t.after(() => mute.destroy())
  t.after(() => slow.destroy())
  await broker.elapse(8_000)
  assert.equal(mute.ended || slow.ended, false)
  await broker.elapse(4_000)
  await mute.closed()
  await slow.closed()
})

test('a login that comes a byte at a time has ten seconds all the same', virtual, async (t) => {
  const client = await WireClient.connect(broker.login)
  t.after(() => client.destroy())
  for (const byte of 'AMQP') {
    await client.flushed(Buffer.from(byte))
    await broker.elapse(2_000)
  }
  assert.equal(client.ended, false)
  await client.flushed(Buffer.from([0]))
  await broker.elapse(4_000)
  await client.closed()
})
