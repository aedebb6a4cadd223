import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib'
import { LapineChild } from '../../bench/lapine-child.ts'
import { Inbox, textOf } from '../support/inbox.ts'

const binary = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'lapine-quorum-'))
after(() => rm(folder, { recursive: true, force: true }))

function lapine(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [binary, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: `${stdout}${stderr}` }),
    )
  })
}

async function start(t: TestContext, dataDirectory: string): Promise<LapineChild> {
  const broker = await LapineChild.start({ dataDirectory })
  t.after(() => broker.kill())
  return broker
}

async function open(t: TestContext, broker: LapineChild): Promise<ConfirmChannel> {
  const connection = await connect(broker.url)
  connection.on('error', () => {})
  t.after(() => connection.close().catch(() => {}))
  const channel = await connection.createConfirmChannel()
  await channel.prefetch(1)
  return channel
}

/** Resolves when all that the broker did before is on disk, which is one log. */
async function publish(channel: ConfirmChannel, queue: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) channel.publish('', queue, Buffer.from(body))
  await channel.waitForConfirms()
}

function seen(message: ConsumeMessage): unknown[] {
  const { redelivered } = message.fields
  return [textOf(message), redelivered, message.properties.headers?.['x-delivery-count']]
}

async function declare(channel: ConfirmChannel): Promise<void> {
  const letters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'letters' }
  const limited = { 'x-queue-type': 'quorum', 'x-delivery-limit': 2, ...letters }
  await channel.assertQueue('limited', { durable: true, arguments: limited })
  const sure = { 'x-dead-letter-exchange': 'later', 'x-dead-letter-strategy': 'at-least-once' }
  const keeping = { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish', 'x-message-ttl': 0, ...sure }
  await channel.assertQueue('keeping', { durable: true, arguments: keeping })
  await channel.assertQueue('letters', { durable: true, arguments: { 'x-queue-type': 'quorum' } })
}

/** What is found after an end without warning, or in a copy. */
async function check(t: TestContext, broker: LapineChild): Promise<void> {
  const channel = await open(t, broker)
  const inbox = await Inbox.open(channel, 'limited')
  const poison = await inbox.next()
  assert.deepEqual(seen(poison), ['poison', true, 2])
  channel.reject(poison, true)
  assert.equal(textOf(await inbox.next()), 'good')
  await channel.assertExchange('later', 'fanout', { durable: true })
  await channel.bindQueue('letters', 'later', '')
  const letters = await Inbox.open(channel, 'letters', { noAck: true })
  const found = await letters.take(2)
  const reasons = found.map((one) => [textOf(one), one.properties.headers?.['x-death']?.[0]?.reason]).sort()
  assert.deepEqual(reasons, [
    ['expired', 'expired'],
    ['poison', 'delivery_limit'],
  ])
}

test('counts of deliveries, and dead letters on their way, outlive kill -9 and are in a copy', async (t) => {
  const dataDirectory = join(folder, 'data')
  const first = await start(t, dataDirectory)
  const channel = await open(t, first)
  await declare(channel)
  await publish(channel, 'limited', 'poison')
  const inbox = await Inbox.open(channel, 'limited')
  for (let round = 0; round < 2; round++) channel.reject(await inbox.next(), true)
  await publish(channel, 'keeping', 'expired')
  await publish(channel, 'limited', 'good')
  assert.equal((await channel.checkQueue('keeping')).messageCount, 0)
  const copy = join(folder, 'copy')
  const copied = await lapine('backup', dataDirectory, copy)
  assert.equal(copied.code, 0, copied.output)
  await first.kill()
  const verified = await lapine('verify', dataDirectory)
  assert.equal(verified.code, 0, verified.output)
  for (const directory of [dataDirectory, copy]) {
    const broker = await start(t, directory)
    await check(t, broker)
    await broker.stop()
  }
})
