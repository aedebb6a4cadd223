import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AMQPClient } from '@cloudamqp/amqp-client'
import type { ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import { Connection } from 'rabbitmq-client'
import { withBroker } from '../support/broker.ts'
import { drain, fill, Inbox, publish, textOf } from '../support/inbox.ts'
import { refusal, type Session } from '../support/session.ts'
import { since4 } from '../support/target.ts'
import { within } from '../support/waiting.ts'

const broker = withBroker()
const stream: Options.AssertQueue = { durable: true, arguments: { 'x-queue-type': 'stream' } }

interface Opened {
  readonly session: Session
  readonly channel: ConfirmChannel
  readonly name: string
}

/** A stream that holds these texts, each in a chunk of its own. */
async function holding(session: Session, texts: readonly string[]): Promise<Opened> {
  const channel = await session.confirmChannel()
  const name = await session.queue(channel, stream, 'stream')
  for (const body of texts) await publish(channel, { key: name, body })
  return { session, channel, name }
}

/** A consumer on a channel of its own. */
async function follow({ session, name }: Opened, offset: unknown, prefetch = 100, more = {}): Promise<Inbox> {
  const channel = await session.channel()
  await channel.prefetch(prefetch)
  return Inbox.open(channel, name, { arguments: { 'x-stream-offset': offset, ...more } })
}

function offsetOf(message: ConsumeMessage): unknown {
  return message.properties.headers?.['x-stream-offset']
}

test('a consumer begins where it says', async (t) => {
  const opened = await holding(await broker.open(t), ['m0', 'm1', 'm2', 'm3', 'm4'])
  const cases: [unknown, number][] = [
    ['first', 0],
    ['last', 4],
    ['next', 5],
    [0, 0],
    [3, 3],
    [-1, 0],
    ['1h', 0],
    [{ '!': 'timestamp', value: 1 }, 0],
    [{ '!': 'timestamp', value: 99_999_999_999 }, 5],
  ]
  const inboxes: [Inbox, number][] = []
  for (const [offset, first] of cases) inboxes.push([await follow(opened, offset), first])
  await publish(opened.channel, { key: opened.name, body: 'm5' })
  for (const [inbox, first] of inboxes) {
    const messages = await inbox.take(6 - first)
    assert.deepEqual(messages.map(textOf), ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'].slice(first))
    assert.deepEqual(messages.map(offsetOf), [0, 1, 2, 3, 4, 5].slice(first))
  }
})

test('a consumer that says nothing gets what comes next', async (t) => {
  const opened = await holding(await broker.open(t), ['old'])
  const channel = await opened.session.channel()
  await channel.prefetch(10)
  const inbox = await Inbox.open(channel, opened.name)
  await publish(opened.channel, { key: opened.name, body: 'new' })
  assert.equal(textOf(await inbox.next()), 'new')
})

test('a consumer may begin behind the end, and gets nothing before that', async (t) => {
  const opened = await holding(await broker.open(t), ['m0', 'm1'])
  const inbox = await follow(opened, 4)
  for (const body of ['m2', 'm3', 'm4', 'm5']) await publish(opened.channel, { key: opened.name, body })
  assert.deepEqual(await inbox.texts(2), ['m4', 'm5'])
})

test('what is no place to begin is refused', async (t) => {
  const opened = await holding(await broker.open(t), [])
  for (const offset of ['0h', '1x', '7']) {
    const channel = await opened.session.channel()
    await channel.prefetch(5)
    const asked = channel.consume(opened.name, () => {}, { arguments: { 'x-stream-offset': offset } })
    const { code, text } = await refusal(asked)
    assert.equal(code, 406)
    assert.equal(
      text,
      `PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue '${opened.name}' in vhost '/': ` +
        `{invalid_stream_offset_arg,{longstr,<<"${offset}">>}}`,
    )
  }
})

test('consuming takes nothing away: everybody gets everything, as often as they like', async (t) => {
  const opened = await holding(await broker.open(t), ['a', 'b', 'c'])
  for (let round = 0; round < 2; round++) {
    const inboxes = [await follow(opened, 'first'), await follow(opened, 'first')]
    for (const inbox of inboxes) {
      const messages = await inbox.take(3)
      assert.deepEqual(messages.map(textOf), ['a', 'b', 'c'])
      assert.ok(messages.every((message) => !message.fields.redelivered))
    }
  }
})

test('exclusive consuming of a stream excludes nobody', async (t) => {
  const opened = await holding(await broker.open(t), ['a'])
  const { session, name } = opened
  for (let count = 0; count < 2; count++) {
    const channel = await session.channel()
    await channel.prefetch(1)
    const options = { exclusive: true, arguments: { 'x-stream-offset': 'first' } }
    assert.equal(textOf(await (await Inbox.open(channel, name, options)).next()), 'a')
  }
})

test('a message arrives as it was sent, with its offset among the headers', async (t) => {
  const opened = await holding(await broker.open(t), [])
  const { channel, name } = opened
  const options = {
    contentType: 'text/plain',
    contentEncoding: 'utf-8',
    headers: { a: 1, 'x-stream-offset': 77, text: 'b' },
    deliveryMode: 1,
    priority: 3,
    correlationId: 'correlation',
    replyTo: 'reply',
    expiration: '1',
    messageId: 'id',
    timestamp: 12_345,
    type: 'type',
    userId: 'guest',
    appId: 'app',
  }
  await publish(channel, { key: name, body: 'x', options })
  await publish(channel, { key: name, body: '', options: {} })
  const inbox = await follow(opened, 'first')
  const [full, bare] = await inbox.take(2)
  const expected = { ...options, headers: { ...options.headers, 'x-stream-offset': 0 }, clusterId: undefined }
  assert.deepEqual({ ...full!.properties }, expected)
  assert.equal(textOf(bare!), '')
  assert.deepEqual(bare!.properties.headers, { 'x-stream-offset': 1 })
})

test('tables and arrays among the headers arrive too', since4('headers of streams'), async (t) => {
  const opened = await holding(await broker.open(t), [])
  const headers = { table: { b: [true, 'two'] }, array: [1, 'x'] }
  await publish(opened.channel, { key: opened.name, body: 'x', options: { headers } })
  const message = await (await follow(opened, 'first')).next()
  assert.deepEqual(message.properties.headers, { ...headers, 'x-stream-offset': 0 })
})

test('exchange and routing key are those it was published with', async (t) => {
  const opened = await holding(await broker.open(t), [])
  const { session, channel, name } = opened
  const exchange = await session.exchange(channel, 'topic')
  await channel.bindQueue(name, exchange, 'news.#')
  for (const key of ['news.a', 'news.b', 'other']) await publish(channel, { exchange, key, body: key })
  await publish(channel, { key: name, body: 'direct' })
  const messages = await (await follow(opened, 'first')).take(3)
  assert.deepEqual(
    messages.map(({ fields }) => [fields.exchange, fields.routingKey]),
    [
      [exchange, 'news.a'],
      [exchange, 'news.b'],
      ['', name],
    ],
  )
})

test(
  'no more is delivered than was asked for, until something is acknowledged',
  since4('credit of streams'),
  async (t) => {
    const opened = await holding(await broker.open(t), [])
    await fill(opened.channel, opened.name, ['a', 'b', 'c', 'd', 'e', 'f'])
    const channel = await opened.session.channel()
    await channel.prefetch(2)
    const inbox = await Inbox.open(channel, opened.name, { arguments: { 'x-stream-offset': 'first' } })
    const [a, b] = await inbox.take(2)
    // Whatever else would come is there before the answer to this.
    await channel.checkQueue(opened.name)
    assert.equal(inbox.messages.length, 2)
    channel.ack(a!)
    assert.deepEqual(await inbox.texts(1), ['c'])
    channel.ack(b!)
    assert.deepEqual(await inbox.texts(1), ['d'])
    await channel.checkQueue(opened.name)
    assert.equal(inbox.messages.length, 4)
    channel.ackAll()
    assert.deepEqual(await inbox.texts(2), ['e', 'f'])
  },
)

test(
  'whatever becomes of a delivery, the next comes and it does not come again',
  since4('rejecting from streams'),
  async (t) => {
    const opened = await holding(await broker.open(t), ['a', 'b', 'c', 'd', 'e'])
    const channel = await opened.session.channel()
    await channel.prefetch(1)
    const inbox = await Inbox.open(channel, opened.name, { arguments: { 'x-stream-offset': 'first' } })
    channel.nack(await inbox.next(), false, true)
    channel.nack(await inbox.next(), false, false)
    channel.reject(await inbox.next(), true)
    assert.equal(textOf(await inbox.next()), 'd')
    await channel.recover()
    assert.equal(textOf(await inbox.next()), 'e')
    assert.equal((await channel.checkQueue(opened.name)).messageCount, 5)
  },
)

test('a consumer that was cancelled goes on where it likes', async (t) => {
  const opened = await holding(await broker.open(t), ['a', 'b', 'c', 'd'])
  const channel = await opened.session.channel()
  await channel.prefetch(10)
  const first = await Inbox.open(channel, opened.name, { arguments: { 'x-stream-offset': 'first' } })
  const [, b] = await first.take(4)
  await channel.cancel(await first.tag)
  const next = Number(offsetOf(b!)) + 1
  const second = await Inbox.open(channel, opened.name, { arguments: { 'x-stream-offset': next } })
  assert.deepEqual(await second.texts(2), ['c', 'd'])
})

test('messages of all sizes are kept, in order', async (t) => {
  const opened = await holding(await broker.open(t), [])
  const sizes = [0, 1, 100, 4096, 70_000, 200_000, 1_000_000, 5]
  const bodies = sizes.map((size, index) => Buffer.alloc(size, 65 + index))
  await Promise.all(bodies.map((body) => publish(opened.channel, { key: opened.name, body })))
  const messages = await (await follow(opened, 'first')).take(sizes.length)
  for (const [index, message] of messages.entries()) assert.ok(message.content.equals(bodies[index]!))
})

test('thousands published at once are all there, each at its offset', async (t) => {
  const opened = await holding(await broker.open(t), [])
  const texts = Array.from({ length: 5000 }, (_, index) => `message ${index}`)
  await fill(opened.channel, opened.name, texts)
  const { session, name } = opened
  const channel = await session.channel()
  await channel.prefetch(1000)
  const inbox = await Inbox.open(channel, name, { arguments: { 'x-stream-offset': 'first' } })
  const seen: ConsumeMessage[] = []
  while (seen.length < texts.length) {
    const message = await inbox.next()
    seen.push(message)
    if (seen.length % 500 === 0) channel.ack(message, true)
  }
  assert.deepEqual(seen.map(textOf), texts)
  assert.deepEqual(
    seen.map(offsetOf),
    texts.map((_, index) => index),
  )
  const middle = await follow(opened, 3210, 1)
  assert.equal(textOf(await middle.next()), 'message 3210')
})

test('a message may go to a stream and to other queues alike', async (t) => {
  const opened = await holding(await broker.open(t), [])
  const { session, channel, name } = opened
  const exchange = await session.exchange(channel, 'fanout')
  const classic = await session.queue(channel, { durable: true }, 'classic')
  const second = await session.queue(channel, stream, 'stream')
  for (const queue of [name, classic, second]) await channel.bindQueue(queue, exchange, '')
  const options = { persistent: true }
  for (const body of ['a', 'b']) await publish(channel, { exchange, key: 'k', body, options })
  assert.deepEqual(await drain(channel, classic), ['a', 'b'])
  for (const queue of [name, second]) {
    assert.deepEqual(await (await follow({ ...opened, name: queue }, 'first')).texts(2), ['a', 'b'])
  }
})

test('a committed transaction is in the stream, one rolled back is not', async (t) => {
  const opened = await holding(await broker.open(t), [])
  const { session, name } = opened
  const channel = await session.channel()
  await channel.prefetch(10)
  const inbox = await Inbox.open(channel, name, { arguments: { 'x-stream-offset': 'first' } })
  const connection = new Connection(broker.url)
  const raw = await connection.acquire()
  await raw.txSelect()
  await raw.basicPublish(name, 'rolled back')
  await raw.txRollback()
  await raw.basicPublish(name, 'committed')
  await raw.txCommit()
  assert.equal(textOf(await inbox.next()), 'committed')
  await raw.close()
  await connection.close()
})

test('a dead letter may end in a stream', since4('dead letters into streams'), async (t) => {
  const opened = await holding(await broker.open(t), [])
  const { session, channel, name } = opened
  const source = await session.queue(channel, {
    durable: true,
    arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': name },
  })
  await publish(channel, { key: source, body: 'rejected', options: { persistent: true } })
  const message = await channel.get(source)
  assert.ok(message)
  channel.reject(message, false)
  const letter = await (await follow(opened, 'first')).next()
  assert.equal(textOf(letter), 'rejected')
  assert.equal(letter.properties.headers?.['x-death']?.[0]?.reason, 'rejected')
  assert.equal(offsetOf(letter), 0)
})

test('a consumer with a filter gets what has one of its values', since4('filters of streams'), async (t) => {
  const opened = await holding(await broker.open(t), [])
  const { channel, name } = opened
  const values = ['apple', 'banana', undefined, 'apple', 'cherry', 'banana', undefined]
  for (const [index, value] of values.entries()) {
    const options = value === undefined ? {} : { headers: { 'x-stream-filter-value': value } }
    await publish(channel, { key: name, body: `${value} ${index}`, options })
  }
  const wanted = async (filter: unknown, more: Record<string, unknown>, count: number) => {
    const inbox = await follow(opened, 'first', 100, { 'x-stream-filter': filter, ...more })
    return await inbox.texts(count)
  }
  assert.deepEqual(await wanted('apple', {}, 2), ['apple 0', 'apple 3'])
  assert.deepEqual(await wanted(['cherry', 'banana'], {}, 3), ['banana 1', 'cherry 4', 'banana 5'])
  assert.deepEqual(await wanted('apple', { 'x-stream-match-unfiltered': true }, 4), [
    'apple 0',
    'undefined 2',
    'apple 3',
    'undefined 6',
  ])
})

test('rabbitmq-client consumes a stream', async (t) => {
  const opened = await holding(await broker.open(t), ['a', 'b', 'c'])
  const connection = new Connection(broker.url)
  const bodies: string[] = []
  const all = Promise.withResolvers<void>()
  const consumer = connection.createConsumer(
    {
      queue: opened.name,
      queueOptions: { passive: true },
      qos: { prefetchCount: 2 },
      arguments: { 'x-stream-offset': 'first' },
    },
    (message) => {
      bodies.push(`${message.body} at ${message.headers?.['x-stream-offset']}`)
      if (bodies.length === 3) all.resolve()
    },
  )
  await within(all.promise, 'three messages')
  assert.deepEqual(bodies, ['a at 0', 'b at 1', 'c at 2'])
  await consumer.close()
  await connection.close()
})

test('amqp-client.js consumes a stream', async (t) => {
  const opened = await holding(await broker.open(t), ['a', 'b', 'c'])
  const { host, port, user, password } = broker.login
  const connection = await new AMQPClient(`amqp://${user}:${password}@${host}:${port}`).connect()
  const channel = await connection.channel()
  await channel.basicQos(2)
  const bodies: (string | null)[] = []
  const all = Promise.withResolvers<void>()
  await channel.basicConsume(opened.name, { noAck: false, args: { 'x-stream-offset': 1 } }, (message) => {
    bodies.push(message.bodyString())
    void message.ack()
    if (bodies.length === 2) all.resolve()
  })
  await within(all.promise, 'two messages')
  assert.deepEqual(bodies, ['b', 'c'])
  await connection.close()
})
