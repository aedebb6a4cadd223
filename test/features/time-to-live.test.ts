import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { drain, fill, Inbox, publish } from '../support/inbox.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withVirtualBroker()

test('a message lives as long as the queue says', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, messageTtl: 300 })
  await fill(channel, queue, ['a', 'b'])
  assert.equal((await channel.checkQueue(queue)).messageCount, 2)
  await broker.elapse(300)
  assert.equal((await channel.checkQueue(queue)).messageCount, 0)
})

test('a message lives as long as it says itself', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await publish(channel, { key: queue, body: 'short', options: { expiration: '200' } })
  await publish(channel, { key: queue, body: 'for ever' })
  assert.equal((await channel.checkQueue(queue)).messageCount, 2)
  await broker.elapse(200)
  assert.deepEqual(await drain(channel, queue), ['for ever'])
})

test('of two lifetimes the shorter counts', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const byQueue = await session.queue(channel, { exclusive: true, messageTtl: 200 })
  const byMessage = await session.queue(channel, { exclusive: true, messageTtl: 60_000 })
  await publish(channel, { key: byQueue, options: { expiration: '60000' } })
  await publish(channel, { key: byMessage, options: { expiration: '200' } })
  await broker.elapse(200)
  assert.equal((await channel.checkQueue(byQueue)).messageCount, 0)
  assert.equal((await channel.checkQueue(byMessage)).messageCount, 0)
})

test('an expiration of 0 reaches a consumer that waits, and nobody else', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await publish(channel, { key: queue, body: 'nobody waits', options: { expiration: '0' } })
  await broker.elapse(1)
  assert.equal((await channel.checkQueue(queue)).messageCount, 0)
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  await publish(channel, { key: queue, body: 'somebody waits', options: { expiration: '0' } })
  assert.deepEqual(await inbox.texts(1), ['somebody waits'])
})

test('a queue with a lifetime of 0 hands over at once or not at all', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, messageTtl: 0 })
  await fill(channel, queue, ['lost'])
  await broker.elapse(1)
  assert.equal((await channel.checkQueue(queue)).messageCount, 0)
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  await fill(channel, queue, ['found'])
  assert.deepEqual(await inbox.texts(1), ['found'])
})

const expiresAnywhere = only({ lapine: 'RabbitMQ lets messages expire at the head of the queue only' })

test('a message expires at its time, also behind one that lives longer', expiresAnywhere, async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await publish(channel, { key: queue, body: 'long' })
  await publish(channel, { key: queue, body: 'short', options: { expiration: '100' } })
  await broker.elapse(99)
  assert.equal((await channel.checkQueue(queue)).messageCount, 2)
  await broker.elapse(1)
  assert.equal((await channel.checkQueue(queue)).messageCount, 1)
  assert.deepEqual(await drain(channel, queue), ['long'])
})

test('messages are dead-lettered in the order in which they expire', expiresAnywhere, async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const letters = await session.queue(channel)
  const queue = await session.queue(channel, { exclusive: true, deadLetterExchange: '', deadLetterRoutingKey: letters })
  for (const [body, expiration] of [
    ['third', '300'],
    ['first', '100'],
    ['never', undefined],
    ['second', '200'],
  ] as const) {
    await publish(channel, { key: queue, body, options: expiration === undefined ? {} : { expiration } })
  }
  await broker.elapse(300)
  assert.deepEqual(await drain(channel, letters), ['first', 'second', 'third'])
  assert.deepEqual(await drain(channel, queue), ['never'])
})

test(
  'a requeued message that lives longer does not hold up the expiry of those behind it',
  expiresAnywhere,
  async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const queue = await session.queue(channel)
    await publish(channel, { key: queue, body: 'long' })
    const held = await channel.get(queue)
    assert.ok(held !== false)
    await publish(channel, { key: queue, body: 'short', options: { expiration: '100' } })
    channel.nack(held)
    await broker.elapse(100)
    assert.deepEqual(await drain(channel, queue), ['long'])
  },
)

test('what a consumer holds does not expire under it, but does when it comes back', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, messageTtl: 200 })
  const inbox = await Inbox.open(channel, queue)
  await fill(channel, queue, ['held'])
  const held = await inbox.next()
  await channel.cancel(await inbox.tag)
  await broker.elapse(300)
  channel.nack(held)
  await eventually(
    () => channel.checkQueue(queue),
    (counts) => counts.messageCount === 0,
    'the returned message to expire',
  )
})

test('lifetimes beyond 2^31 milliseconds do not end at once', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const long = { '!': 'long', value: 134_217_728_000 }
  const queue = await session.queue(channel, {
    exclusive: true,
    arguments: { 'x-message-ttl': long, 'x-expires': long },
  })
  await publish(channel, { key: queue, options: { expiration: '4294967295' } })
  await broker.elapse(50)
  assert.equal((await channel.checkQueue(queue)).messageCount, 1)
})

test('a lifetime of 49 days ends after 49 days', only({ lapine: 'time is virtual' }), async (t) => {
  const session = await broker.open(t, { heartbeat: 0 })
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await publish(channel, { key: queue, options: { expiration: '4294967295' } })
  await broker.elapse(4_294_967_294)
  assert.equal((await channel.checkQueue(queue)).messageCount, 1)
  await broker.elapse(1)
  assert.equal((await channel.checkQueue(queue)).messageCount, 0)
})

const badExpirations: [expiration: string, reason: string][] = [
  ['soon', 'no_integer'],
  ['10s', '{leftover_string,"s"}'],
  ['-1', '{value_negative,-1}'],
  ['315360000001', '{value_too_large,315360000001}'],
]

for (const [expiration, reason] of badExpirations) {
  test(`an expiration of "${expiration}" closes the channel`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    channel.publish('', 'anywhere', Buffer.from('x'), { expiration })
    const closure = await session.closureOf(channel)
    assert.equal(closure.code, 406)
    assert.equal(closure.text, `PRECONDITION_FAILED - invalid expiration '${expiration}': ${reason}`)
  })
}

test('a queue nobody uses is deleted after its x-expires', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { expires: 300, durable: true })
  await fill(channel, queue, ['does not save it'])
  await broker.elapse(300)
  await eventually(
    async () =>
      (await session.channel()).checkQueue(queue).then(
        () => 'there',
        () => 'gone',
      ),
    (answer) => answer === 'gone',
    'the unused queue to go',
  )
})

test('consumers, polls and redeclarations keep a queue with x-expires alive', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const options = { expires: 400, durable: true }
  const queue = await session.queue(channel, options)
  await broker.elapse(250)
  await channel.get(queue)
  await broker.elapse(250)
  await channel.assertQueue(queue, options)
  await broker.elapse(250)
  const inbox = await Inbox.open(channel, queue)
  await broker.elapse(500)
  await channel.checkQueue(queue)
  await channel.cancel(await inbox.tag)
  await broker.elapse(500)
  await eventually(
    async () =>
      (await session.channel()).checkQueue(queue).then(
        () => 'there',
        () => 'gone',
      ),
    (answer) => answer === 'gone',
    'the unused queue to go',
  )
})

test('looking at a queue passively keeps it alive too', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel, { expires: 400, durable: true })
  for (let round = 0; round < 3; round++) {
    await broker.elapse(250)
    await channel.checkQueue(queue)
  }
})
