import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ChannelModel, connect } from 'amqplib'
import { LapineChild } from '../../bench/lapine-child.ts'
import { eventually, within } from '../support/waiting.ts'

const messageCount = 2000
/** Longest delay; the kill comes when about half of the messages are due. */
const delayMax = 1500
/** What is sent on at a time: only that may come twice, when the broker dies in the middle. */
const batchCount = 256

async function open(url: string): Promise<ChannelModel> {
  const connection = await connect(url)
  connection.on('error', () => {})
  return connection
}

test('delayed messages that were confirmed come after kill -9, each once but for those being sent on', async (t) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'lapine-delayed-'))
  let broker = await LapineChild.start({ dataDirectory })
  t.after(async () => {
    await broker.kill()
    await rm(dataDirectory, { recursive: true, force: true })
  })
  const publisher = await open(broker.url)
  const channel = await publisher.createConfirmChannel()
  channel.on('error', () => {})
  await channel.assertExchange('later', 'x-delayed-message', { arguments: { 'x-delayed-type': 'fanout' } })
  await channel.assertQueue('q')
  await channel.bindQueue('q', 'later', '')
  for (let index = 0; index < messageCount; index++) {
    const headers = { 'x-delay': 1 + ((index * 7919) % delayMax) }
    channel.publish('later', '', Buffer.from(String(index)), { persistent: true, headers })
  }
  await channel.waitForConfirms()
  const depth = async () => (await channel.checkQueue('q')).messageCount
  await eventually(depth, (count) => count >= messageCount / 2, 'half of the messages')
  await broker.kill()

  broker = await LapineChild.start({ dataDirectory })
  const consumer = await open(broker.url)
  const consuming = await consumer.createChannel()
  const seen = new Set<string>()
  let twice = 0
  const all = new Promise<void>((resolve) => {
    void consuming.consume(
      'q',
      (message) => {
        const body = message!.content.toString()
        if (seen.has(body)) twice++
        seen.add(body)
        if (seen.size === messageCount) resolve()
      },
      { noAck: true },
    )
  })
  await within(all, 'all messages')
  assert.ok(twice <= batchCount, `${twice} messages came twice`)
  assert.equal((await consuming.checkQueue('q')).messageCount, 0)
  await consumer.close()
})
