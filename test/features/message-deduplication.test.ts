import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ConfirmChannel, Options } from 'amqplib'
import { withVirtualBroker } from '../support/broker.ts'
import { knowing } from '../support/exchange-type.ts'
import { drain, publish } from '../support/inbox.ts'
import { refusal, type Session } from '../support/session.ts'

const broker = withVirtualBroker()
const deduplication = await knowing('x-message-deduplication', { 'x-cache-size': 1 })

interface World {
  readonly session: Session
  readonly channel: ConfirmChannel
  readonly exchange: string
  readonly queue: string
}

async function world(t: TestContext, arguments_: object): Promise<World> {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'x-message-deduplication', { arguments: arguments_ })
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, '')
  return { session, channel, exchange, queue }
}

function send({ channel, exchange }: World, body: string, headers: Options.Publish['headers']): Promise<void> {
  return publish(channel, { exchange, key: 'any', body, options: { headers } })
}

test(
  'a message with a header that was seen goes nowhere; one without the header always goes',
  deduplication,
  async (t) => {
    const made = await world(t, { 'x-cache-size': 10 })
    await send(made, 'first', { 'x-deduplication-header': 'a' })
    await send(made, 'duplicate', { 'x-deduplication-header': 'a' })
    await send(made, 'other', { 'x-deduplication-header': 'b' })
    await send(made, 'a number', { 'x-deduplication-header': 7 })
    await send(made, 'the same as text', { 'x-deduplication-header': '7' })
    await send(made, 'the same number in more bytes', { 'x-deduplication-header': { '!': 'int64', value: 7 } })
    for (const body of ['plain', 'plain']) await send(made, body, {})
    const expected = ['first', 'other', 'a number', 'the same as text', 'plain', 'plain']
    assert.deepEqual(await drain(made.channel, made.queue), expected)
  },
)

test('x-cache-ttl says how long a header counts as seen, and a message may say otherwise', deduplication, async (t) => {
  const made = await world(t, { 'x-cache-size': 10, 'x-cache-ttl': 1000 })
  await send(made, 'a', { 'x-deduplication-header': 'a' })
  await send(made, 'b', { 'x-deduplication-header': 'b', 'x-cache-ttl': 4000 })
  await broker.elapse(1500)
  for (const body of ['a', 'b']) await send(made, body, { 'x-deduplication-header': body })
  assert.deepEqual(await drain(made.channel, made.queue), ['a', 'b', 'a'])
})

test('CC does not make a message a duplicate of itself', deduplication, async (t) => {
  const made = await world(t, { 'x-cache-size': 10 })
  const options = { headers: { 'x-deduplication-header': 'a' }, CC: ['x', 'y'] }
  await publish(made.channel, { exchange: made.exchange, key: 'k', body: 'once', options })
  assert.deepEqual(await drain(made.channel, made.queue), ['once'])
})

test('a duplicate that is mandatory is returned', deduplication, async (t) => {
  const made = await world(t, { 'x-cache-size': 10 })
  const returned: string[] = []
  made.channel.on('return', (message) => returned.push(message.content.toString()))
  for (const body of ['first', 'second']) {
    const options = { mandatory: true, headers: { 'x-deduplication-header': 'a' } }
    await publish(made.channel, { exchange: made.exchange, key: '', body, options })
  }
  assert.deepEqual(returned, ['second'])
})

test('sizes and times may be texts', deduplication, async (t) => {
  const made = await world(t, { 'x-cache-size': '10', 'x-cache-ttl': '1000', 'x-cache-persistence': 'disk' })
  for (const body of ['a', 'b']) await send(made, body, { 'x-deduplication-header': 'same' })
  assert.deepEqual(await drain(made.channel, made.queue), ['a'])
})

const size = /'x-cache-size' must be an integer greater than 0$/
const ttl = /'x-cache-ttl' must be an integer greater than 0$/
for (const [arguments_, expected] of [
  [{}, size],
  [{ 'x-cache-size': 0 }, size],
  [{ 'x-cache-size': 'many' }, size],
  [{ 'x-cache-size': 1, 'x-cache-ttl': 0 }, ttl],
  [{ 'x-cache-size': 1, 'x-cache-ttl': true }, ttl],
  [{ 'x-cache-size': 1, 'x-cache-persistence': 'tape' }, /'x-cache-persistence' must be either 'disk' or 'memory'$/],
] as const) {
  test(`a deduplicating exchange with ${JSON.stringify(arguments_)} is refused`, deduplication, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const declaring = session.exchange(channel, 'x-message-deduplication', { arguments: arguments_ })
    const { code, text } = await refusal(declaring)
    assert.equal(code, 406)
    assert.match(text, expected)
  })
}

test('a queue with x-message-deduplication takes a message once while it has it', deduplication, async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel, { exclusive: true, arguments: { 'x-message-deduplication': true } })
  const options = { headers: { 'x-deduplication-header': 'a' } }
  for (const body of ['first', 'duplicate']) await publish(channel, { key: queue, body, options })
  await publish(channel, { key: queue, body: 'plain' })
  const first = await channel.get(queue)
  assert.ok(first)
  await publish(channel, { key: queue, body: 'still a duplicate', options })
  channel.ack(first)
  await publish(channel, { key: queue, body: 'new', options })
  assert.deepEqual(await drain(channel, queue), ['plain', 'new'])
})
