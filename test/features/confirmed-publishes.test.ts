import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from 'amqplib'
import { Inbox } from '../support/inbox.ts'
import { LapineProcess } from '../support/lapine-process.ts'
import { only } from '../support/target.ts'

/** How often the broker is killed; the full campaign is `LAPINE_KILL_ROUNDS=20`. */
const rounds = Number(process.env.LAPINE_KILL_ROUNDS ?? 3)
const publishes = 1000

test(`a thousand confirmed publishes are all there, in order, once, after kill -9: ${rounds} rounds`, {
  ...only({ lapine: 'it kills the broker' }),
  timeout: 30_000 + rounds * 5_000,
}, async (t) => {
  for (let round = 1; round <= rounds; round++) {
    const lapine = await LapineProcess.start()
    t.after(() => lapine.stop())
    const expected = Array.from({ length: publishes }, (_, number) => `round ${round}, message ${number}`)
    const connection = await connect(lapine.url)
    connection.on('error', () => {})
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue('confirmed', { durable: true })
    for (const body of expected) channel.sendToQueue('confirmed', Buffer.from(body), { persistent: true })
    await channel.waitForConfirms()
    await lapine.kill()
    await lapine.startAgain()
    const reader = await connect(lapine.url)
    reader.on('error', () => {})
    const consuming = await reader.createChannel()
    const inbox = await Inbox.open(consuming, 'confirmed', { noAck: true })
    assert.deepEqual(await inbox.texts(publishes), expected)
    assert.deepEqual(await consuming.checkQueue('confirmed'), { queue: 'confirmed', messageCount: 0, consumerCount: 1 })
    assert.equal(inbox.messages.length, publishes)
    await reader.close()
    await lapine.stop()
  }
})
