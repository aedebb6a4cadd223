import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect } from 'amqp-connection-manager'
import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import { Connection } from 'rabbitmq-client'
import { LapineProcess } from '../support/lapine-process.ts'
import { eventually, within } from '../support/waiting.ts'

/** Stops the broker as an operator would, or as a power cut would, and starts it again on the same port. */
async function restart(lapine: LapineProcess, signal: NodeJS.Signals): Promise<void> {
  const { port } = lapine
  await lapine.end(signal)
  await lapine.startAgain(port)
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`amqp-connection-manager goes on after a restart by ${signal}`, async (t) => {
    const lapine = await LapineProcess.start()
    t.after(() => lapine.stop())
    const manager = connect([lapine.url], { reconnectTimeInSeconds: 0.05 })
    t.after(() => manager.close())
    const received: string[] = []
    const channel = manager.createChannel({
      setup: async (channel: ConfirmChannel) => {
        await channel.assertQueue('survivor', { durable: true })
        await channel.consume('survivor', (message: ConsumeMessage | null) => {
          if (message === null) return
          received.push(message.content.toString())
          channel.ack(message)
        })
      },
    })
    await channel.waitForConnect()
    await channel.sendToQueue('survivor', Buffer.from('before'), { persistent: true })
    const disconnected = once(manager, 'disconnect')
    const restarted = restart(lapine, signal)
    await within(disconnected, 'the manager to notice')
    // Kept by the manager until it is connected again.
    await Promise.all([restarted, channel.sendToQueue('survivor', Buffer.from('during'), { persistent: true })])
    await channel.sendToQueue('survivor', Buffer.from('after'), { persistent: true })
    const all = ['before', 'during', 'after']
    await eventually(
      async () => received,
      (bodies) => all.every((body) => bodies.includes(body)),
      'all three messages',
    )
  })

  test(`rabbitmq-client goes on after a restart by ${signal}`, async (t) => {
    const lapine = await LapineProcess.start()
    t.after(() => lapine.stop())
    const connection = new Connection({ url: lapine.url, retryLow: 20, retryHigh: 100 })
    t.after(() => connection.close())
    connection.on('error', () => {})
    const received: string[] = []
    const consumer = connection.createConsumer(
      { queue: 'survivor', queueOptions: { durable: true }, qos: { prefetchCount: 2 } },
      async (message) => {
        received.push(String(message.body))
      },
    )
    consumer.on('error', () => {})
    t.after(() => consumer.close())
    const publisher = connection.createPublisher({ confirm: true, maxAttempts: 100 })
    await within(once(consumer, 'ready'), 'the consumer to be ready')
    await publisher.send({ routingKey: 'survivor', durable: true }, 'before')
    await restart(lapine, signal)
    await publisher.send({ routingKey: 'survivor', durable: true }, 'after')
    const bodies = await eventually(
      async () => received,
      (bodies) => bodies.includes('after'),
      'the message sent after the restart',
    )
    assert.equal(bodies.filter((body) => body === 'before').length >= 1, true)
  })
}
