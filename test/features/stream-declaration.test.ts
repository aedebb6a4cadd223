import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Options } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { fill, Inbox } from '../support/inbox.ts'
import { refusal } from '../support/session.ts'
import { differs, only, since4 } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

function stream(arguments_: Record<string, unknown> = {}): Options.AssertQueue {
  return { durable: true, arguments: { 'x-queue-type': 'stream', ...arguments_ } }
}

test('a stream is durable, shared and stays: everything else is refused by name', async (t) => {
  const session = await broker.open(t)
  const cases: [Options.AssertQueue, string][] = [
    [{ durable: false }, 'non-durable'],
    [{ durable: true, exclusive: true }, 'exclusive-owner'],
    [{ durable: true, autoDelete: true }, 'auto-delete'],
    [{ durable: false, exclusive: true, autoDelete: true }, 'auto-delete'],
  ]
  for (const [options, property] of cases) {
    const name = session.name('stream')
    const channel = await session.channel()
    const closure = await refusal(channel.assertQueue(name, { ...stream(), ...options }))
    assert.equal(closure.code, 406)
    assert.equal(closure.text, `PRECONDITION_FAILED - invalid property '${property}' for queue '${name}' in vhost '/'`)
  }
})

test('a stream has a name of its own', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const { code, text } = await refusal(channel.assertQueue('', stream()))
  assert.equal(code, 406)
  assert.equal(text, 'PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_stream_queue')
})

test('what only other queue types know is refused', async (t) => {
  const session = await broker.open(t)
  const arguments_ = {
    'x-expires': 1000,
    'x-message-ttl': 1000,
    'x-max-length': 5,
    'x-max-priority': 5,
    'x-overflow': 'drop-head',
    'x-dead-letter-exchange': 'x',
    'x-single-active-consumer': true,
    'x-delivery-limit': 5,
    'x-queue-mode': 'lazy',
  }
  for (const [argument, value] of Object.entries(arguments_)) {
    const name = session.name('stream')
    const channel = await session.channel()
    const { code, text } = await refusal(channel.assertQueue(name, stream({ [argument]: value })))
    assert.equal(code, 406)
    assert.equal(
      text,
      `PRECONDITION_FAILED - invalid arg '${argument}' for queue '${name}' in vhost '/' of queue type rabbit_stream_queue`,
    )
  }
})

test('the arguments of streams are checked', async (t) => {
  const session = await broker.open(t)
  const cases: [string, unknown, (name: string) => string][] = [
    ['x-max-age', '1x', invalid('x-max-age', 'invalid_max_age')],
    ['x-max-age', '0h', invalid('x-max-age', 'invalid_max_age')],
    ['x-max-age', 5, invalid('x-max-age', '{unacceptable_type,byte}')],
    ['x-max-length-bytes', -2, invalid('x-max-length-bytes', '{value_negative,-2}')],
    ['x-stream-max-segment-size-bytes', -1, invalid('x-stream-max-segment-size-bytes', '{value_negative,-1}')],
    ['x-stream-max-segment-size-bytes', 3_000_000_001, () => 'Exceeded max value for x-stream-max-segment-size-bytes'],
    ['x-initial-cluster-size', 0, invalid('x-initial-cluster-size', '{value_zero,0}')],
    ['x-queue-leader-locator', 'foo', invalid('x-queue-leader-locator', 'invalid_queue_locator_arg')],
  ]
  for (const [argument, value, text] of cases) {
    const name = session.name('stream')
    const channel = await session.channel()
    const closure = await refusal(channel.assertQueue(name, stream({ [argument]: value })))
    assert.equal(closure.code, 406)
    assert.equal(closure.text, `PRECONDITION_FAILED - ${text(name)}`)
  }
})

function invalid(argument: string, reason: string): (name: string) => string {
  return (name) => `invalid arg '${argument}' for queue '${name}' in vhost '/': ${reason}`
}

test('a filter takes 16 to 255 bytes', since4('filters of streams'), async (t) => {
  const session = await broker.open(t)
  for (const size of [15, 256]) {
    const channel = await session.channel()
    const asked = channel.assertQueue(session.name('stream'), stream({ 'x-stream-filter-size-bytes': size }))
    const { code, text } = await refusal(asked)
    assert.equal(code, 406)
    assert.equal(text, 'PRECONDITION_FAILED - Invalid value for  x-stream-filter-size-bytes')
  }
})

test('all arguments of streams are accepted, and compared when the stream is declared again', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const options = stream({
    'x-max-length-bytes': 1_000_000,
    'x-max-age': '7D',
    'x-stream-max-segment-size-bytes': 100_000,
    'x-initial-cluster-size': 1,
    'x-queue-leader-locator': 'client-local',
  })
  const name = await session.queue(channel, options, 'stream')
  await channel.assertQueue(name, options)
  const { code, text } = await refusal(channel.assertQueue(name, stream()))
  assert.equal(code, 406)
  assert.match(text, /^PRECONDITION_FAILED - inequivalent arg 'x-max-length-bytes' for queue '.*': received none but /)
})

test('a queue of another type is not a stream', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const name = await session.queue(channel, stream(), 'stream')
  const { code, text } = await refusal(channel.assertQueue(name, { durable: true }))
  assert.equal(code, 406)
  assert.match(
    text,
    /inequivalent arg 'x-queue-type' .*: received none but current is the value 'stream' of type 'longs/,
  )
})

test('a stream cannot be polled: the connection ends', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const name = await session.queue(channel, stream(), 'stream')
  channel.get(name).catch(() => {})
  const { code, text } = await session.closed
  assert.equal(code, 540)
  assert.equal(text, `NOT_IMPLEMENTED - basic.get not supported by stream queues queue '${name}' in vhost '/'`)
})

test('a stream cannot be purged: the connection ends', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const name = await session.queue(channel, stream(), 'stream')
  channel.purgeQueue(name).catch(() => {})
  const { code, text } = await session.closed
  assert.equal(code, 540)
  assert.equal(text, `NOT_IMPLEMENTED - queue.purge not supported by stream queues queue '${name}' in vhost '/'`)
})

test('declaring a stream again says how many messages it holds', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const name = await session.queue(channel, stream(), 'stream')
  await fill(channel, name, ['a', 'b', 'c'])
  // RabbitMQ counts them now and then.
  const { messageCount } = await eventually(
    () => channel.checkQueue(name),
    (answer) => answer.messageCount > 0,
    'the messages to be counted',
  )
  assert.equal(messageCount, 3)
})

test('deleting a stream cancels its consumers and says 0 messages', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const name = await session.queue(channel, stream(), 'stream')
  await fill(channel, name, ['a', 'b', 'c'])
  await channel.prefetch(10)
  const inbox = await Inbox.open(channel, name)
  assert.deepEqual(await channel.deleteQueue(name), { messageCount: 0 })
  await inbox.cancelled()
  const again = await session.channel()
  assert.equal((await refusal(again.checkQueue(name))).code, 404)
})

test('a stream of the same name begins anew', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const name = await session.queue(channel, stream(), 'stream')
  await fill(channel, name, ['old 1', 'old 2'])
  await channel.deleteQueue(name)
  await channel.assertQueue(name, stream())
  await fill(channel, name, ['new'])
  await channel.prefetch(10)
  const inbox = await Inbox.open(channel, name, { arguments: { 'x-stream-offset': 'first' } })
  const message = await inbox.next()
  assert.equal(message.content.toString(), 'new')
  assert.equal(message.properties.headers?.['x-stream-offset'], 0)
})

test(
  'a stream in use, or with messages, is kept when that is asked for',
  only({ lapine: 'RabbitMQ deletes' }),
  async (t) => {
    const session = await broker.open(t)
    const channel = await session.confirmChannel()
    const name = await session.queue(channel, stream(), 'stream')
    await fill(channel, name, ['a'])
    const empty = await session.channel()
    assert.match((await refusal(empty.deleteQueue(name, { ifEmpty: true }))).text, /not empty$/)
    await channel.prefetch(10)
    await Inbox.open(channel, name)
    const unused = await session.channel()
    assert.match((await refusal(unused.deleteQueue(name, { ifUnused: true }))).text, /in use$/)
  },
)

test('a consumer of a stream says how many messages it takes at a time', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const name = await session.queue(channel, stream(), 'stream')
  const { code, text } = await refusal(channel.consume(name, () => {}))
  assert.equal(code, 406)
  const subject = differs('texts of streams', {
    lapine: `stream queue '${name}' in vhost '/'`,
    rabbitmq3: `'queue '${name}' in vhost '/''`,
  })
  assert.equal(text, `PRECONDITION_FAILED - consumer prefetch count is not set for ${subject}`)
})

test('a consumer of a stream acknowledges', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const name = await session.queue(channel, stream(), 'stream')
  await channel.prefetch(5)
  channel.consume(name, () => {}, { noAck: true }).catch(() => {})
  const { code, text } = await session.closed
  assert.equal(code, 540)
  const subject = differs('texts of streams', { lapine: 'stream', rabbitmq3: 'stream queues' })
  assert.equal(
    text,
    `NOT_IMPLEMENTED - automatic acknowledgement not supported by ${subject} queue '${name}' in vhost '/'`,
  )
})

test('a consumer of a stream has a limit of its own, not one it shares', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const name = await session.queue(channel, stream(), 'stream')
  await channel.prefetch(5)
  await channel.prefetch(50, true)
  channel.consume(name, () => {}).catch(() => {})
  const { code, text } = await session.closed
  assert.equal(code, 540)
  assert.equal(text, `NOT_IMPLEMENTED - queue '${name}' in vhost '/' does not support global qos`)
})

test('consumers of streams have no priorities', async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const name = await session.queue(channel, stream(), 'stream')
  await channel.prefetch(5)
  const { code, text } = await refusal(channel.consume(name, () => {}, { priority: 3 }))
  assert.equal(code, 406)
  assert.equal(
    text,
    `PRECONDITION_FAILED - invalid arg 'x-priority' for queue '${name}' in vhost '/' of queue type rabbit_stream_queue`,
  )
})
