import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { fill, Inbox } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

test('deleting a queue tells how many messages went with it', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['a', 'b', 'c'])
  assert.deepEqual(await channel.deleteQueue(queue), { messageCount: 3 })
  assert.equal((await refusal(channel.checkQueue(queue))).code, 404)
})

test('deleting a queue that is not there succeeds', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  assert.deepEqual(await channel.deleteQueue(session.name('missing')), { messageCount: 0 })
})

test('if-unused keeps a queue that has a consumer', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  await Inbox.open(channel, queue)
  const other = await session.channel()
  const closure = await refusal(other.deleteQueue(queue, { ifUnused: true }))
  assert.deepEqual(closure, {
    code: 406,
    text: `PRECONDITION_FAILED - queue '${queue}' in vhost '/' in use`,
    classId: 50,
    methodId: 40,
  })
})

test('if-empty keeps a queue that has messages', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['kept'])
  const other = await session.channel()
  const closure = await refusal(other.deleteQueue(queue, { ifEmpty: true }))
  assert.equal(closure.code, 406)
  assert.equal(closure.text, `PRECONDITION_FAILED - queue '${queue}' in vhost '/' not empty`)
  await channel.purgeQueue(queue)
  await channel.deleteQueue(queue, { ifEmpty: true, ifUnused: true })
})

test('purging drops what is ready and leaves what is with consumers', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await fill(channel, queue, ['taken', 'b', 'c'])
  const taken = await channel.get(queue)
  assert.ok(taken)
  assert.deepEqual(await channel.purgeQueue(queue), { messageCount: 2 })
  channel.nack(taken)
  const back = await channel.get(queue)
  assert.ok(back)
  assert.equal(back.content.toString(), 'taken')
})

test('purging a queue that is not there is refused with 404', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('missing')
  const closure = await refusal(channel.purgeQueue(queue))
  assert.equal(closure.text, `NOT_FOUND - no queue '${queue}' in vhost '/'`)
  assert.deepEqual([closure.code, closure.classId, closure.methodId], [404, 50, 30])
})

test('an exclusive queue is closed to other connections', async (t) => {
  const owner = await broker.open(t)
  const queue = await owner.queue(await owner.channel(), { exclusive: true })
  const stranger = await broker.open(t)
  const text =
    `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. ` +
    'It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.'
  const attempts: ((channel: Awaited<ReturnType<typeof stranger.channel>>) => Promise<unknown>)[] = [
    (channel) => channel.checkQueue(queue),
    (channel) => channel.assertQueue(queue, { exclusive: true }),
    (channel) => channel.assertQueue(queue, {}),
    (channel) => channel.consume(queue, () => {}),
    (channel) => channel.get(queue),
    (channel) => channel.purgeQueue(queue),
    (channel) => channel.deleteQueue(queue),
    (channel) => channel.bindQueue(queue, 'amq.direct', 'key'),
  ]
  for (const attempt of attempts) {
    const closure = await refusal(attempt(await stranger.channel()))
    assert.equal(closure.code, 405)
    assert.equal(closure.text, text)
  }
})

test('an exclusive queue is deleted when its connection closes', async (t) => {
  const owner = await broker.open(t)
  const queue = await owner.queue(await owner.channel(), { exclusive: true })
  await owner.close()
  const other = await broker.open(t)
  assert.equal((await refusal((await other.channel()).checkQueue(queue))).code, 404)
})

test('an exclusive queue is deleted when its client is killed', async (t) => {
  const owner = await broker.open(t)
  const queue = await owner.queue(await owner.channel(), { exclusive: true })
  owner.breakOff()
  const other = await broker.open(t)
  await eventually(
    async () => refusal((await other.channel()).checkQueue(queue)),
    (closure) => closure.code === 404,
    'the exclusive queue to go',
  )
})

test('an exclusive queue may be declared again as durable or not, because it never is', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { exclusive: true, durable: true })
  await channel.assertQueue(queue, { exclusive: true, durable: false })
})

test('an auto-delete queue lives until its last consumer goes', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { autoDelete: true, durable: false, exclusive: true })
  await channel.checkQueue(queue)
  const first = await Inbox.open(channel, queue)
  const second = await Inbox.open(channel, queue)
  await channel.cancel(await first.tag)
  await channel.checkQueue(queue)
  await channel.cancel(await second.tag)
  const other = await session.channel()
  const closure = await eventually(
    () =>
      other.checkQueue(queue).then(
        () => undefined,
        () => 'gone',
      ),
    (answer) => answer === 'gone',
    'the auto-delete queue to go',
  )
  assert.equal(closure, 'gone')
})

test('an auto-delete queue goes when the channel of its last consumer closes', async (t) => {
  const session = await broker.open(t)
  const queue = await session.queue(await session.channel(), { autoDelete: true, exclusive: true })
  const consuming = await session.channel()
  await Inbox.open(consuming, queue)
  await consuming.close()
  const other = await session.channel()
  await eventually(
    () =>
      other.checkQueue(queue).then(
        () => undefined,
        () => 'gone',
      ),
    (answer) => answer === 'gone',
    'the auto-delete queue to go',
  )
})
