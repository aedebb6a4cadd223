import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { Inbox, publish, textOf } from '../support/inbox.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withVirtualBroker()
const virtual = only({ lapine: 'it moves the clock by minutes' })
const timedOut = (milliseconds: number) =>
  `PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: ${milliseconds} ms. ` +
  'This timeout value can be configured, see consumers doc guide to learn more'

test('a delivery not acknowledged for thirty minutes closes its channel and goes to another', virtual, async (t) => {
  const session = await broker.open(t, { heartbeat: 0 })
  const lazy = await session.channel()
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const inbox = await Inbox.open(lazy, queue)
  await publish(publisher, { key: queue, body: 'slow work' })
  await inbox.next()
  await broker.elapse(29 * 60_000)
  await lazy.prefetch(10)
  await broker.elapse(3 * 60_000)
  assert.deepEqual(await session.closureOf(lazy), { code: 406, text: timedOut(1_800_000), classId: 0, methodId: 0 })
  const again = await publisher.get(queue, { noAck: true })
  assert.ok(again)
  assert.deepEqual([textOf(again), again.fields.redelivered], ['slow work', true])
})

test('a queue may set a timeout of its own', virtual, async (t) => {
  const session = await broker.open(t, { heartbeat: 0 })
  const lazy = await session.channel()
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { exclusive: true, arguments: { 'x-consumer-timeout': 120_000 } })
  const inbox = await Inbox.open(lazy, queue)
  await publish(publisher, { key: queue, body: 'short patience' })
  await inbox.next()
  await broker.elapse(4 * 60_000)
  assert.equal((await session.closureOf(lazy)).text, timedOut(120_000))
})

test('a consumer that acknowledges in time keeps its channel', virtual, async (t) => {
  const session = await broker.open(t, { heartbeat: 0 })
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const inbox = await Inbox.open(channel, queue)
  for (let round = 0; round < 3; round++) {
    await publish(channel, { key: queue, body: String(round) })
    const message = await inbox.next()
    await broker.elapse(25 * 60_000)
    channel.ack(message)
    await channel.prefetch(0)
  }
})

test('a consumer with automatic acknowledgement has no timeout', virtual, async (t) => {
  const session = await broker.open(t, { heartbeat: 0 })
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  await publish(channel, { key: queue, body: 'x' })
  await inbox.next()
  await broker.elapse(2 * 3_600_000)
  await eventually(
    () => channel.checkQueue(queue),
    (counts) => counts.consumerCount === 1,
    'the consumer to be there',
  )
})
