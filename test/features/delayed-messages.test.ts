import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ConfirmChannel, Options } from 'amqplib'
import { withVirtualBroker } from '../support/broker.ts'
import { knowing } from '../support/exchange-type.ts'
import { drain, Inbox, publish } from '../support/inbox.ts'
import { refusal, type Session } from '../support/session.ts'

const broker = withVirtualBroker()
const delayed = await knowing('x-delayed-message', { 'x-delayed-type': 'direct' })

interface World {
  readonly session: Session
  readonly channel: ConfirmChannel
  readonly exchange: string
}

async function world(t: TestContext, type: string, options: Options.AssertExchange = {}): Promise<World> {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const arguments_ = { 'x-delayed-type': type }
  return {
    session,
    channel,
    exchange: await session.exchange(channel, 'x-delayed-message', { arguments: arguments_, ...options }),
  }
}

async function bound({ session, channel, exchange }: World, key: string): Promise<string> {
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, key)
  return queue
}

for (const [type, binding, key] of [
  ['direct', 'k', 'k'],
  ['topic', 'a.#', 'a.b.c'],
  ['fanout', '', 'whatever'],
] as const) {
  test(
    `a delayed exchange of type ${type} routes a message when its time has come, and not before`,
    delayed,
    async (t) => {
      const made = await world(t, type)
      const queue = await bound(made, binding)
      const inbox = await Inbox.open(made.channel, queue, { noAck: true })
      await publish(made.channel, {
        exchange: made.exchange,
        key,
        body: 'late',
        options: { headers: { 'x-delay': 2000 } },
      })
      await publish(made.channel, {
        exchange: made.exchange,
        key,
        body: 'soon',
        options: { headers: { 'x-delay': 1000 } },
      })
      await publish(made.channel, { exchange: made.exchange, key, body: 'now' })
      assert.deepEqual(await inbox.texts(1), ['now'])
      await broker.elapse(900)
      assert.equal(inbox.messages.length, 1)
      await broker.elapse(1100)
      assert.deepEqual(await inbox.texts(2), ['soon', 'late'])
      assert.equal(inbox.messages[1]!.fields.routingKey, key)
      assert.equal(inbox.messages[1]!.fields.exchange, made.exchange)
    },
  )
}

test('a delayed headers exchange routes by the headers of the message', delayed, async (t) => {
  const made = await world(t, 'headers')
  const queue = await made.session.queue(made.channel)
  await made.channel.bindQueue(queue, made.exchange, '', { colour: 'red' })
  for (const colour of ['red', 'blue']) {
    const headers = { colour, 'x-delay': 500 }
    await publish(made.channel, { exchange: made.exchange, key: '', body: colour, options: { headers } })
  }
  await broker.elapse(500)
  const inbox = await Inbox.open(made.channel, queue, { noAck: true })
  assert.deepEqual(await inbox.texts(1), ['red'])
})

for (const [what, value, delay] of [
  ['a byte', { '!': 'byte', value: 100 }, 100],
  ['a short', { '!': 'short', value: 1000 }, 1000],
  ['an int', { '!': 'int', value: 1000 }, 1000],
  ['a long', { '!': 'int64', value: 1000 }, 1000],
  ['a text', '1000', 1000],
  ['a float', { '!': 'double', value: 1000.7 }, 1000],
] as const) {
  test(`x-delay may be ${what}; the message says it back as a negative number`, delayed, async (t) => {
    const made = await world(t, 'fanout')
    const queue = await bound(made, '')
    const inbox = await Inbox.open(made.channel, queue, { noAck: true })
    const headers = { 'x-delay': value, other: 'kept' }
    await publish(made.channel, { exchange: made.exchange, key: '', options: { headers } })
    await broker.elapse(delay - 50)
    assert.equal(inbox.messages.length, 0)
    await broker.elapse(50)
    const { properties } = await inbox.next()
    assert.deepEqual({ ...properties.headers }, { 'x-delay': -delay, other: 'kept' })
  })
}

for (const [what, headers] of [
  ['without x-delay', { other: 1 }],
  ['with an x-delay of 0', { 'x-delay': 0 }],
  ['with a negative x-delay', { 'x-delay': -1000 }],
  ['with an x-delay that is true', { 'x-delay': true }],
] as const) {
  test(`a message ${what} is routed at once, as it is`, delayed, async (t) => {
    const made = await world(t, 'fanout')
    const inbox = await Inbox.open(made.channel, await bound(made, ''), { noAck: true })
    await publish(made.channel, { exchange: made.exchange, key: '', options: { headers } })
    assert.deepEqual({ ...(await inbox.next()).properties.headers }, headers)
  })
}

test('properties and body come through a delay unchanged', delayed, async (t) => {
  const made = await world(t, 'direct', { durable: true })
  const inbox = await Inbox.open(made.channel, await bound(made, 'k'), { noAck: true })
  const options = {
    contentType: 'text/plain',
    contentEncoding: 'none',
    persistent: true,
    priority: 3,
    correlationId: 'c',
    replyTo: 'r',
    messageId: 'm',
    timestamp: 1_700_000_000,
    type: 't',
    appId: 'a',
  }
  const body = Buffer.alloc(300_000, 'x')
  await publish(made.channel, {
    exchange: made.exchange,
    key: 'k',
    body,
    options: { ...options, headers: { 'x-delay': 300 } },
  })
  await broker.elapse(300)
  const { content, properties } = await inbox.next()
  assert.ok(content.equals(body))
  const { persistent, ...expected } = options
  assert.equal(persistent, properties.deliveryMode === 2)
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(properties[name as keyof typeof properties], value, name)
  }
})

test('a mandatory message that is delayed counts as routed', delayed, async (t) => {
  const made = await world(t, 'direct')
  const returned: string[] = []
  made.channel.on('return', (message) => returned.push(message.content.toString()))
  for (const [body, headers] of [
    ['delayed', { 'x-delay': 500 }],
    ['not delayed', {}],
  ] as const) {
    await publish(made.channel, { exchange: made.exchange, key: 'k', body, options: { mandatory: true, headers } })
  }
  await broker.elapse(500)
  assert.deepEqual(returned, ['not delayed'])
})

test('a queue bound after the publish gets the message, one unbound before its time does not', delayed, async (t) => {
  const made = await world(t, 'direct')
  const early = await bound(made, 'k')
  await publish(made.channel, {
    exchange: made.exchange,
    key: 'k',
    body: 'm',
    options: { headers: { 'x-delay': 500 } },
  })
  await made.channel.unbindQueue(early, made.exchange, 'k')
  const late = await bound(made, 'k')
  const inbox = await Inbox.open(made.channel, late, { noAck: true })
  await broker.elapse(500)
  assert.deepEqual(await inbox.texts(1), ['m'])
  assert.deepEqual(await drain(made.channel, early), [])
})

test(
  'a delayed message that nothing is bound for when it is due goes to the alternate exchange',
  delayed,
  async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const alternate = await session.exchange(channel, 'fanout')
    const queue = await session.queue(channel)
    await channel.bindQueue(queue, alternate, '')
    const arguments_ = { 'x-delayed-type': 'direct' }
    const exchange = await session.exchange(channel, 'x-delayed-message', {
      arguments: arguments_,
      alternateExchange: alternate,
    })
    await publish(channel, { exchange, key: 'k', body: 'm', options: { headers: { 'x-delay': 500 } } })
    const inbox = await Inbox.open(channel, queue, { noAck: true })
    await broker.elapse(500)
    assert.deepEqual(await inbox.texts(1), ['m'])
  },
)

test('a message that went through one delayed exchange is not delayed by the next one', delayed, async (t) => {
  const made = await world(t, 'fanout')
  const next = await made.session.exchange(made.channel, 'x-delayed-message', {
    arguments: { 'x-delayed-type': 'fanout' },
  })
  await made.channel.bindExchange(next, made.exchange, '')
  const queue = await bound({ ...made, exchange: next }, '')
  const inbox = await Inbox.open(made.channel, queue, { noAck: true })
  await publish(made.channel, { exchange: made.exchange, key: '', body: 'm', options: { headers: { 'x-delay': 500 } } })
  await broker.elapse(500)
  assert.deepEqual(await inbox.texts(1), ['m'])
})

test('CC keys count when a delayed message is routed', delayed, async (t) => {
  const made = await world(t, 'direct')
  const one = await bound(made, 'one')
  const other = await bound(made, 'other')
  const options = { headers: { 'x-delay': 500 }, CC: 'other' }
  await publish(made.channel, { exchange: made.exchange, key: 'one', body: 'm', options })
  await broker.elapse(500)
  for (const queue of [one, other]) {
    const inbox = await Inbox.open(made.channel, queue, { noAck: true })
    assert.deepEqual(await inbox.texts(1), ['m'])
  }
})

test('deleting a delayed exchange drops what it keeps', delayed, async (t) => {
  const made = await world(t, 'fanout')
  const queue = await bound(made, '')
  await publish(made.channel, { exchange: made.exchange, key: '', options: { headers: { 'x-delay': 500 } } })
  await made.channel.deleteExchange(made.exchange)
  await broker.elapse(1000)
  assert.deepEqual(await drain(made.channel, queue), [])
})

for (const [arguments_, text] of [
  [{}, "Invalid argument, 'x-delayed-type' must be an existing exchange type"],
  [{ 'x-delayed-type': 7 }, "Invalid argument, 'x-delayed-type' must be an existing exchange type"],
  [
    { 'x-delayed-type': 'x-delayed-message' },
    "Invalid argument, 'x-delayed-message' can't be used for 'x-delayed-type'",
  ],
  [{ 'x-delayed-type': 'nonsense' }, "unknown exchange type 'nonsense'"],
] as const) {
  test(`a delayed exchange with ${JSON.stringify(arguments_)} is refused`, delayed, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const { code, text: found } = await refusal(
      session.exchange(channel, 'x-delayed-message', { arguments: arguments_ }),
    )
    assert.deepEqual([code, found], [406, `PRECONDITION_FAILED - ${text}`])
  })
}

test('a binding the inner type refuses is refused', delayed, async (t) => {
  const made = await world(t, 'x-consistent-hash')
  const queue = await made.session.queue(made.channel)
  const { code, text } = await refusal(made.channel.bindQueue(queue, made.exchange, 'x'))
  assert.deepEqual([code, text], [406, 'PRECONDITION_FAILED - The binding key must be an integer: <<"x">>'])
})
