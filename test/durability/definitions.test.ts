import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import { LapineChild } from '../../bench/lapine-child.ts'

/** Everything here is declared and answered, then the broker is killed and started again. */
let broker: LapineChild
let connection: ChannelModel
let dataDirectory: string

const bounded = { durable: true, arguments: { 'x-max-length': 5, 'x-message-ttl': 3_600_000 } }
const withAlternate = { durable: true, alternateExchange: 'fallback' }

async function declare(channel: Channel): Promise<void> {
  await channel.assertExchange('fallback', 'fanout', { durable: true })
  await channel.assertExchange('news', 'topic', withAlternate)
  await channel.assertExchange('by-header', 'headers', { durable: true })
  await channel.assertExchange('direct-to', 'direct', { durable: true })
  await channel.assertExchange('passing', 'direct', { durable: false })
  await channel.assertExchange('given-up', 'direct', { durable: true })
  for (const queue of ['sports', 'rest', 'tagged', 'linked', 'given-up', 'unbound']) {
    await channel.assertQueue(queue, { durable: true })
  }
  await channel.assertQueue('bounded', bounded)
  await channel.assertQueue('passing', { durable: false })
  await channel.bindQueue('rest', 'fallback', '')
  await channel.bindQueue('sports', 'news', 'sport.#')
  await channel.bindQueue('tagged', 'by-header', '', { 'x-match': 'all', kind: 'fruit', count: 3 })
  await channel.bindQueue('linked', 'direct-to', 'key')
  await channel.bindExchange('direct-to', 'news', 'linked.*')
  await channel.bindQueue('passing', 'news', '#')
  await channel.bindQueue('unbound', 'news', 'gone.*')
  await channel.unbindQueue('unbound', 'news', 'gone.*')
  await channel.deleteQueue('given-up')
  await channel.deleteExchange('given-up')
}

before(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'lapine-definitions-'))
  broker = await LapineChild.start({ dataDirectory })
  const first = await connect(broker.url)
  first.on('error', () => {})
  const channel = await first.createConfirmChannel()
  channel.on('error', () => {})
  await declare(channel)
  const kept = { persistent: true, messageId: 'persistent' }
  const passing = { persistent: false, messageId: 'transient' }
  for (const properties of [passing, kept, passing]) channel.sendToQueue('bounded', Buffer.from('x'), properties)
  channel.sendToQueue('passing', Buffer.from('x'), kept)
  await channel.waitForConfirms()
  // The last declaration's answer is all there is between it and the kill.
  await channel.assertQueue('declared-last', { durable: true })
  await broker.kill()
  broker = await LapineChild.start({ dataDirectory })
  connection = await connect(broker.url)
})

after(async () => {
  await connection?.close()
  await broker?.kill()
  if (dataDirectory !== undefined) await rm(dataDirectory, { recursive: true, force: true })
})

/** A channel whose errors the test asks for. */
async function freshChannel(): Promise<Channel> {
  const channel = await connection.createChannel()
  channel.on('error', () => {})
  return channel
}

/** Publishes once and answers which of the queues got it. */
async function routed(exchange: string, key: string, headers = {}): Promise<string[]> {
  const channel = await connection.createConfirmChannel()
  channel.publish(exchange, key, Buffer.from('x'), { headers })
  await channel.waitForConfirms()
  const got: string[] = []
  for (const queue of ['sports', 'rest', 'tagged', 'linked', 'unbound']) {
    if (await channel.get(queue, { noAck: true })) got.push(queue)
  }
  await channel.close()
  return got
}

test('durable exchanges and queues are there after kill -9, with their arguments', async () => {
  const channel = await freshChannel()
  for (const queue of ['sports', 'rest', 'tagged', 'linked', 'unbound', 'declared-last']) {
    await channel.checkQueue(queue)
  }
  await channel.assertExchange('news', 'topic', withAlternate)
  await channel.assertExchange('fallback', 'fanout', { durable: true })
  await channel.assertQueue('bounded', bounded)
  await channel.close()
  const other = await freshChannel()
  await assert.rejects(other.assertQueue('bounded', { durable: true }), /inequivalent arg 'x-m/)
})

test('bindings of queues and exchanges are there after kill -9, with their arguments', async () => {
  assert.deepEqual(await routed('news', 'sport.tennis'), ['sports'])
  assert.deepEqual(await routed('by-header', '', { kind: 'fruit', count: 3 }), ['tagged'])
  assert.deepEqual(await routed('by-header', '', { kind: 'fruit', count: 4 }), [])
  assert.deepEqual(await routed('direct-to', 'key'), ['linked'])
})

test('an alternate exchange is followed after kill -9, and a binding taken away stays away', async () => {
  assert.deepEqual(await routed('news', 'gone.north'), ['rest'])
})

test('what was transient or deleted before kill -9 is gone', async () => {
  for (const queue of ['passing', 'given-up']) {
    await assert.rejects((await freshChannel()).checkQueue(queue), /NOT_FOUND - no queue/, queue)
  }
  for (const exchange of ['passing', 'given-up']) {
    await assert.rejects((await freshChannel()).checkExchange(exchange), /NOT_FOUND - no exchange/, exchange)
  }
})

test('of the messages in a durable queue, the persistent one is there after kill -9 and the transient ones are not', async () => {
  const channel = await freshChannel()
  const found = await channel.get('bounded', { noAck: true })
  assert.ok(found)
  assert.equal(found.properties.messageId, 'persistent')
  assert.equal(await channel.get('bounded', { noAck: true }), false)
  await channel.close()
})
