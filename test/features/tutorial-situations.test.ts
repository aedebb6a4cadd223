import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { Inbox, publish, textOf } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import { eventually } from '../support/waiting.ts'

// What somebody meets who works through the six classic tutorials, told as they meet it.

const broker = withBroker()
const tasks = Array.from({ length: 10 }, (_, index) => `task ${index + 1}`)

test('two workers share ten tasks: the odd ones go to one, the even ones to the other', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const first = await Inbox.open(await session.channel(), queue, { noAck: true })
  const second = await Inbox.open(await session.channel(), queue, { noAck: true })
  for (const body of tasks) await publish(publisher, { key: queue, body })
  assert.deepEqual(await first.texts(5), ['task 1', 'task 3', 'task 5', 'task 7', 'task 9'])
  assert.deepEqual(await second.texts(5), ['task 2', 'task 4', 'task 6', 'task 8', 'task 10'])
})

test('with a prefetch of one a slow worker gets fewer tasks', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const [slow, quick] = [await session.channel(), await session.channel()]
  await slow.prefetch(1)
  await quick.prefetch(1)
  const slowInbox = await Inbox.open(slow, queue)
  const quickInbox = await Inbox.open(quick, queue)
  for (const body of tasks) await publish(publisher, { key: queue, body })
  for (let count = 0; count < 9; count++) quick.ack(await quickInbox.next())
  assert.deepEqual(slowInbox.messages.map(textOf), ['task 1'])
})

test('the task of a killed worker goes to the other one, marked as redelivered', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { durable: true })
  const doomed = await broker.open(t)
  const doomedChannel = await doomed.channel()
  await doomedChannel.prefetch(1)
  const doomedInbox = await Inbox.open(doomedChannel, queue)
  await publish(publisher, { key: queue, body: 'half done', options: { persistent: true } })
  assert.equal((await doomedInbox.next()).fields.redelivered, false)
  const inbox = await Inbox.open(await session.channel(), queue)
  doomed.breakOff()
  const again = await inbox.next()
  assert.deepEqual([textOf(again), again.fields.redelivered], ['half done', true])
})

test('acknowledging what was acknowledged automatically: unknown delivery tag 1', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const worker = await session.channel()
  const inbox = await Inbox.open(worker, queue, { noAck: true })
  await publish(publisher, { key: queue, body: 'x' })
  worker.ack(await inbox.next())
  assert.equal((await session.closureOf(worker)).text, 'PRECONDITION_FAILED - unknown delivery tag 1')
})

test('acknowledging on another channel than the delivery came on fails', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher)
  const inbox = await Inbox.open(publisher, queue)
  await publish(publisher, { key: queue, body: 'x' })
  const other = await session.channel()
  other.ack(await inbox.next())
  assert.equal((await session.closureOf(other)).text, 'PRECONDITION_FAILED - unknown delivery tag 1')
})

test('declaring hello again as durable: the exact words', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const hello = session.name('hello')
  await channel.assertQueue(hello, { durable: false, autoDelete: false, exclusive: false })
  await channel.assertQueue(hello, { durable: false, autoDelete: false, exclusive: false })
  const closure = await refusal(channel.assertQueue(hello, { durable: true }))
  assert.equal(
    closure.text,
    `PRECONDITION_FAILED - inequivalent arg 'durable' for queue '${hello}' in vhost '/': received 'true' but current is 'false'`,
  )
})

test('a forgotten acknowledgement keeps the message, and it comes back when the client quits', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const queue = await session.queue(publisher, { durable: true })
  const forgetful = await broker.open(t)
  const forgetfulInbox = await Inbox.open(await forgetful.channel(), queue)
  await publish(publisher, { key: queue, body: 'forgotten' })
  await forgetfulInbox.next()
  assert.equal((await publisher.checkQueue(queue)).messageCount, 0)
  await forgetful.close()
  await eventually(
    () => publisher.checkQueue(queue),
    (counts) => counts.messageCount === 1,
    'the message to come back',
  )
  const back = await publisher.get(queue, { noAck: true })
  assert.ok(back)
  assert.deepEqual([textOf(back), back.fields.redelivered], ['forgotten', true])
})

test('a fanout exchange copies every log line to two temporary queues', async (t) => {
  const session = await broker.open(t)
  const publisher = await session.confirmChannel()
  const logs = await session.exchange(publisher, 'fanout')
  await publish(publisher, { exchange: logs, key: '', body: 'before anybody listens' })
  const listeners: Inbox[] = []
  for (let count = 0; count < 2; count++) {
    const channel = await session.channel()
    const queue = await session.queue(channel, { exclusive: true }, '')
    await channel.bindQueue(queue, logs, '')
    listeners.push(await Inbox.open(channel, queue, { noAck: true }))
  }
  await publish(publisher, { exchange: logs, key: '', body: 'heard by both' })
  for (const listener of listeners) assert.deepEqual(await listener.texts(1), ['heard by both'])
})

test('routing by severity: one listener takes errors, the other everything', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const logs = await session.exchange(channel, 'direct')
  const severe = await session.queue(channel, { exclusive: true }, '')
  const all = await session.queue(channel, { exclusive: true }, '')
  await channel.bindQueue(severe, logs, 'error')
  for (const severity of ['info', 'warning', 'error']) await channel.bindQueue(all, logs, severity)
  const severeInbox = await Inbox.open(channel, severe, { noAck: true })
  const allInbox = await Inbox.open(channel, all, { noAck: true })
  for (const severity of ['info', 'error', 'warning'])
    await publish(channel, { exchange: logs, key: severity, body: severity })
  assert.deepEqual(await allInbox.texts(3), ['info', 'error', 'warning'])
  assert.deepEqual(await severeInbox.texts(1), ['error'])
})
