import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GetMessage, Options } from 'amqplib'
import { withVirtualBroker } from '../support/broker.ts'
import { drain, fill, publish, textOf } from '../support/inbox.ts'
import { refusal, type Session } from '../support/session.ts'
import { differs } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withVirtualBroker()

/** A queue whose dead letters go to another queue by the default exchange. */
async function withGraveyard(session: Session, options: Options.AssertQueue = {}) {
  const channel = await session.confirmChannel()
  const graveyard = await session.queue(channel, { exclusive: true }, 'graveyard')
  const queue = await session.queue(channel, {
    exclusive: true,
    deadLetterExchange: '',
    deadLetterRoutingKey: graveyard,
    ...options,
  })
  /** The dead letter, once it came. */
  const deadLetter = async (): Promise<GetMessage> => {
    const found = await eventually(
      () => channel.get(graveyard, { noAck: true }),
      (message) => message !== false,
      'a dead letter',
    )
    return found as GetMessage // `eventually` went on until it was one
  }
  return { channel, queue, graveyard, deadLetter }
}

/** `x-death` without the times, which are checked apart. */
function deathsOf(message: GetMessage): object[] {
  const deaths = (message.properties.headers?.['x-death'] ?? []) as unknown as Record<string, unknown>[]
  return deaths.map(({ time, ...death }) => {
    const { '!': type, value } = time as { '!': string; value: number }
    assert.equal(type, 'timestamp')
    assert.ok(value > 1_500_000_000 && value < 10_000_000_000, 'a time in seconds')
    return death
  })
}

test('a rejected message is dead-lettered with the whole story in its headers', async (t) => {
  const session = await broker.open(t)
  const { channel, queue, graveyard, deadLetter } = await withGraveyard(session)
  await publish(channel, {
    key: queue,
    body: 'bad',
    options: { contentType: 'text/plain', headers: { mine: 1 }, persistent: true, messageId: 'm', priority: 3 },
  })
  const message = await channel.get(queue)
  assert.ok(message)
  channel.reject(message, false)
  const dead = await deadLetter()
  assert.equal(textOf(dead), 'bad')
  assert.equal(dead.fields.exchange, '')
  assert.equal(dead.fields.routingKey, graveyard)
  assert.equal(dead.fields.redelivered, false)
  assert.deepEqual(deathsOf(dead), [{ count: 1, reason: 'rejected', queue, exchange: '', 'routing-keys': [queue] }])
  const { 'x-death': _, ...headers } = dead.properties.headers ?? {}
  assert.deepEqual(headers, {
    mine: 1,
    'x-first-death-exchange': '',
    'x-first-death-queue': queue,
    'x-first-death-reason': 'rejected',
    ...lastDeath({ exchange: '', queue, reason: 'rejected' }),
  })
  const { contentType, deliveryMode, messageId, priority } = dead.properties
  assert.deepEqual(
    { contentType, deliveryMode, messageId, priority },
    { contentType: 'text/plain', deliveryMode: 2, messageId: 'm', priority: 3 },
  )
})

test('an expired message is dead-lettered, its expiration moved into the story', async (t) => {
  const session = await broker.open(t)
  const { channel, queue, deadLetter } = await withGraveyard(session)
  await publish(channel, { key: queue, body: 'late', options: { expiration: '150' } })
  await broker.elapse(150)
  const dead = await deadLetter()
  assert.equal(dead.properties.expiration, undefined)
  assert.deepEqual(deathsOf(dead), [
    { count: 1, reason: 'expired', queue, exchange: '', 'routing-keys': [queue], 'original-expiration': '150' },
  ])
})

test('a message pushed out by the length limit is dead-lettered', async (t) => {
  const session = await broker.open(t)
  const { channel, queue, deadLetter } = await withGraveyard(session, { maxLength: 1 })
  await fill(channel, queue, ['old'])
  await fill(channel, queue, ['new'])
  const dead = await deadLetter()
  assert.equal(textOf(dead), 'old')
  assert.deepEqual(deathsOf(dead), [{ count: 1, reason: 'maxlen', queue, exchange: '', 'routing-keys': [queue] }])
  assert.deepEqual(await drain(channel, queue), ['new'])
})

test('without a dead-letter routing key the message keeps its own, CC included', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const graves = await session.exchange(channel, 'direct')
  const byKey = await session.queue(channel)
  const byCopy = await session.queue(channel)
  await channel.bindQueue(byKey, graves, 'original')
  await channel.bindQueue(byCopy, graves, 'copy')
  const source = await session.exchange(channel, 'direct')
  const queue = await session.queue(channel, { exclusive: true, deadLetterExchange: graves, messageTtl: 100 })
  await channel.bindQueue(queue, source, 'original')
  await publish(channel, { exchange: source, key: 'original', body: 'x', options: { CC: ['copy'] } })
  await broker.elapse(100)
  for (const grave of [byKey, byCopy]) {
    const dead = await eventually(
      () => channel.get(grave, { noAck: true }),
      (message) => message !== false,
      'a dead letter',
    )
    assert.ok(dead)
    assert.equal(dead.fields.exchange, graves)
    assert.equal(dead.fields.routingKey, 'original')
    assert.deepEqual(deathsOf(dead), [
      { count: 1, reason: 'expired', queue, exchange: source, 'routing-keys': ['original', 'copy'] },
    ])
  }
})

test('a message that dies again of the same cause in the same queue is counted, not listed twice', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const retry = session.name('retry')
  const work = await session.queue(channel, { exclusive: true, deadLetterExchange: '', deadLetterRoutingKey: retry })
  await channel.assertQueue(retry, {
    exclusive: true,
    messageTtl: 100,
    deadLetterExchange: '',
    deadLetterRoutingKey: work,
  })
  await publish(channel, { key: work, body: 'stubborn' })
  for (let round = 1; round <= 3; round++) {
    const message = await eventually(
      () => channel.get(work),
      (got) => got !== false,
      'the message',
    )
    assert.ok(message)
    if (round === 3) {
      const expected = [
        { count: 2, reason: 'expired', queue: retry, exchange: '', 'routing-keys': [retry] },
        { count: 2, reason: 'rejected', queue: work, exchange: '', 'routing-keys': [work] },
      ]
      assert.deepEqual(deathsOf(message), expected)
      assert.equal(message.properties.headers?.['x-first-death-queue'], work)
      assert.equal(message.properties.headers?.['x-first-death-reason'], 'rejected')
    }
    channel.reject(message, false)
    // The answer tells that the rejection was seen, before time goes on.
    await channel.prefetch(0)
    await broker.elapse(100)
  }
})

test('a circle of queues nobody rejects in drops the message instead of turning for ever', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const second = session.name('second')
  const first = await session.queue(channel, {
    exclusive: true,
    messageTtl: 50,
    deadLetterExchange: '',
    deadLetterRoutingKey: second,
  })
  await channel.assertQueue(second, {
    exclusive: true,
    messageTtl: 50,
    deadLetterExchange: '',
    deadLetterRoutingKey: first,
  })
  await publish(channel, { key: first, body: 'round' })
  for (let round = 0; round < 4; round++) await broker.elapse(50)
  await eventually(
    async () => [await channel.checkQueue(first), await channel.checkQueue(second)],
    (queues) => queues.every((queue) => queue.messageCount === 0),
    'the circle to be empty',
  )
})

test('a dead-letter exchange that is missing, or leads nowhere, drops the message', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const nowhere = await session.exchange(channel, 'direct')
  for (const deadLetterExchange of [session.name('missing'), nowhere]) {
    const queue = await session.queue(channel, { exclusive: true, deadLetterExchange })
    await fill(channel, queue, ['dropped'])
    const message = await channel.get(queue)
    assert.ok(message)
    channel.reject(message, false)
    assert.equal((await channel.checkQueue(queue)).messageCount, 0)
  }
})

test('messages keep their order on the way to the dead', async (t) => {
  const session = await broker.open(t)
  const { channel, queue, graveyard } = await withGraveyard(session, { messageTtl: 100 })
  await fill(channel, queue, ['a', 'b', 'c', 'd'])
  await broker.elapse(100)
  await eventually(
    () => channel.checkQueue(graveyard),
    (counts) => counts.messageCount === 4,
    'four dead letters',
  )
  assert.deepEqual(await drain(channel, graveyard), ['a', 'b', 'c', 'd'])
})

test('messages thrown away by a purge or a deleted queue are not dead-lettered', async (t) => {
  const session = await broker.open(t)
  const { channel, queue, graveyard } = await withGraveyard(session)
  await fill(channel, queue, ['a'])
  await channel.purgeQueue(queue)
  await fill(channel, queue, ['b'])
  await channel.deleteQueue(queue)
  assert.equal((await channel.checkQueue(graveyard)).messageCount, 0)
})

test('a dead-letter exchange that is no text is refused', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = session.name('invalid')
  const number = { '!': 'int', value: 5 }
  const closure = await refusal(channel.assertQueue(queue, { arguments: { 'x-dead-letter-exchange': number } }))
  assert.equal(closure.code, 406)
  assert.equal(
    closure.text,
    `PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue '${queue}' in vhost '/'`,
  )
})

/** The headers that tell of the last death. */
function lastDeath(death: { exchange: string; queue: string; reason: string }): object {
  const { exchange, queue, reason } = death
  const headers = { 'x-last-death-exchange': exchange, 'x-last-death-queue': queue, 'x-last-death-reason': reason }
  return differs<object>('last-death headers', { lapine: headers, rabbitmq3: {} })
}
