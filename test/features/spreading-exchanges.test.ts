import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ConfirmChannel, Options } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { knowing } from '../support/exchange-type.ts'
import { refusal, type Session } from '../support/session.ts'
import { since4 } from '../support/target.ts'

const broker = withBroker()
const [hash, random, modulus, local] = await Promise.all(
  ['x-consistent-hash', 'x-random', 'x-modulus-hash', 'x-local-random'].map((type) => knowing(type)),
)

interface World {
  readonly session: Session
  readonly channel: ConfirmChannel
  readonly exchange: string
}

async function world(t: TestContext, type: string, options: Options.AssertExchange = {}): Promise<World> {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  return { session, channel, exchange: await session.exchange(channel, type, options) }
}

/** One queue bound with each key. */
async function bind({ session, channel, exchange }: World, keys: readonly string[]): Promise<string[]> {
  const queues: string[] = []
  for (const key of keys) {
    const queue = await session.queue(channel)
    await channel.bindQueue(queue, exchange, key)
    queues.push(queue)
  }
  return queues
}

async function publishMany(
  { channel, exchange }: World,
  count: number,
  each: (index: number) => { key?: string; options?: Options.Publish } = (index) => ({ key: `key-${index}` }),
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { key = '', options = {} } = each(index)
    channel.publish(exchange, key, Buffer.from(String(index)), options)
  }
  await channel.waitForConfirms()
}

async function depths({ channel }: World, queues: readonly string[]): Promise<number[]> {
  const found: number[] = []
  for (const queue of queues) found.push((await channel.checkQueue(queue)).messageCount)
  return found
}

/** Which messages lie in a queue, by their bodies. */
async function bodies({ channel }: World, queue: string): Promise<Set<string>> {
  const found = new Set<string>()
  for (;;) {
    const message = await channel.get(queue, { noAck: true })
    if (message === false) return found
    found.add(message.content.toString())
  }
}

test('a consistent-hash exchange sends each key to one queue, in proportion to the weights', hash!, async (t) => {
  const made = await world(t, 'x-consistent-hash')
  const queues = await bind(made, ['1', '2', '3'])
  await publishMany(made, 6000)
  const [one, two, three] = await depths(made, queues)
  assert.equal(one! + two! + three!, 6000)
  for (const [found, expected] of [
    [one!, 1000],
    [two!, 2000],
    [three!, 3000],
  ] as const) {
    assert.ok(Math.abs(found - expected) < 250, `${found} instead of about ${expected}`)
  }
  await publishMany(made, 200, () => ({ key: 'the same' }))
  const rest = await depths(made, queues)
  assert.deepEqual(rest.map((depth, index) => depth - [one!, two!, three!][index]!).sort(), [0, 0, 200])
})

test(
  'a queue that joins a consistent-hash exchange takes its share, and the rest stays where it was',
  hash!,
  async (t) => {
    const made = await world(t, 'x-consistent-hash')
    const queues = await bind(made, ['1', '1', '1'])
    await publishMany(made, 600)
    const before = await Promise.all(queues.map((queue) => bodies(made, queue)))
    await bind(made, ['1'])
    await publishMany(made, 600)
    const after = await Promise.all(queues.map((queue) => bodies(made, queue)))
    for (const [index, stayed] of after.entries()) {
      for (const body of stayed) assert.ok(before[index]!.has(body))
      assert.ok(stayed.size > 100, String(stayed.size))
    }
  },
)

for (const [what, options, publish] of [
  [
    'a header',
    { arguments: { 'hash-header': 'customer' } },
    (index: number) => ({ key: `key-${index}`, options: { headers: { customer: 'c1' } } }),
  ],
  [
    'the correlation id',
    { arguments: { 'hash-property': 'correlation_id' } },
    (index: number) => ({ key: `key-${index}`, options: { correlationId: 'c1' } }),
  ],
  [
    'the message id',
    { arguments: { 'hash-property': 'message_id' } },
    (index: number) => ({ key: `key-${index}`, options: { messageId: 'm1' } }),
  ],
  [
    'the timestamp',
    { arguments: { 'hash-property': 'timestamp' } },
    (index: number) => ({ key: `key-${index}`, options: { timestamp: 1_700_000_000 } }),
  ],
  [
    'a header that is not there',
    { arguments: { 'hash-header': 'customer' } },
    (index: number) => ({ key: `key-${index}` }),
  ],
] as const) {
  test(`a consistent-hash exchange hashes ${what} instead of the routing key`, hash!, async (t) => {
    const made = await world(t, 'x-consistent-hash', options)
    const queues = await bind(made, ['1', '1', '1', '1'])
    await publishMany(made, 40, publish)
    assert.deepEqual((await depths(made, queues)).sort(), [0, 0, 0, 40])
  })
}

test('a consistent-hash exchange spreads what differs in the header it hashes', hash!, async (t) => {
  const made = await world(t, 'x-consistent-hash', { arguments: { 'hash-header': 'customer' } })
  const queues = await bind(made, ['1', '1'])
  await publishMany(made, 400, (index) => ({ options: { headers: { customer: index } } }))
  for (const depth of await depths(made, queues)) assert.ok(depth > 130, String(depth))
})

test('a second binding of a queue to a consistent-hash exchange gives it no more', hash!, async (t) => {
  const made = await world(t, 'x-consistent-hash')
  const [one, two] = await bind(made, ['1', '1'])
  await made.channel.bindQueue(one!, made.exchange, '9')
  await publishMany(made, 1000)
  for (const depth of await depths(made, [one!, two!])) assert.ok(depth > 380, String(depth))
})

test('a consistent-hash exchange chooses once for a message, whatever CC adds', hash!, async (t) => {
  const made = await world(t, 'x-consistent-hash')
  const queues = await bind(made, ['1', '1', '1', '1', '1', '1'])
  await publishMany(made, 1, () => ({ key: 'a', options: { CC: ['b', 'c', 'd', 'e', 'f', 'g'] } }))
  assert.deepEqual((await depths(made, queues)).sort(), [0, 0, 0, 0, 0, 1])
})

for (const [key, text] of [
  ['abc', 'The binding key must be an integer: <<"abc">>'],
  ['', 'The binding key must be an integer: <<>>'],
  ['0', 'The binding key must be greater than 0'],
  ['-1', 'The binding key must be greater than 0'],
] as const) {
  test(`a consistent-hash binding with the key '${key}' is refused`, hash!, async (t) => {
    const { session, channel, exchange } = await world(t, 'x-consistent-hash')
    const queue = await session.queue(channel)
    const { code, text: found } = await refusal(channel.bindQueue(queue, exchange, key))
    assert.deepEqual([code, found], [406, `PRECONDITION_FAILED - ${text}`])
  })
}

test('a weight of more than 10,000 is refused', since4('weights of a consistent-hash exchange'), async (t) => {
  const { session, channel, exchange } = await world(t, 'x-consistent-hash')
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, exchange, '10000')
  const { code, text } = await refusal(channel.bindQueue(queue, exchange, '10001'))
  assert.deepEqual([code, text], [406, 'PRECONDITION_FAILED - The binding key must not exceed 10000'])
})

for (const [arguments_, text] of [
  [{ 'hash-header': 'a', 'hash-property': 'message_id' }, 'hash-header and hash-property are mutually exclusive'],
  [{ 'hash-property': 'app_id' }, 'Unsupported property: app_id'],
] as const) {
  test(`a consistent-hash exchange with ${JSON.stringify(arguments_)} is refused`, hash!, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const declaring = session.exchange(channel, 'x-consistent-hash', { arguments: arguments_ })
    const { code, text: found } = await refusal(declaring)
    assert.deepEqual([code, found], [406, `PRECONDITION_FAILED - ${text}`])
  })
}

test('a random exchange sends each message to one queue, to one bound more often more often', random!, async (t) => {
  const made = await world(t, 'x-random')
  const [often, seldom] = await bind(made, ['a', 'a'])
  for (const key of ['b', 'c', 'd']) await made.channel.bindQueue(often!, made.exchange, key)
  await publishMany(made, 2000, () => ({ key: 'nothing', options: { CC: ['x', 'y'] } }))
  const [most, rest] = await depths(made, [often!, seldom!])
  assert.equal(most! + rest!, 2000)
  assert.ok(Math.abs(most! - 1600) < 120, `${most} of 2000`)
  await made.channel.unbindQueue(often!, made.exchange, 'a')
  await made.channel.unbindQueue(seldom!, made.exchange, 'a')
  await publishMany(made, 100)
  assert.deepEqual(await depths(made, [often!, seldom!]), [most! + 100, rest!])
})

test('a local-random exchange sends each message to one of its queues', local!, async (t) => {
  const made = await world(t, 'x-local-random')
  const queues = await bind(made, ['', ''])
  await publishMany(made, 400)
  const found = await depths(made, queues)
  assert.equal(found[0]! + found[1]!, 400)
  for (const depth of found) assert.ok(depth > 130, String(depth))
})

test('a local-random exchange takes no binding key', local!, async (t) => {
  const { session, channel, exchange } = await world(t, 'x-local-random')
  const queue = await session.queue(channel)
  const { code, text } = await refusal(channel.bindQueue(queue, exchange, 'k'))
  assert.deepEqual([code, text], [406, "PRECONDITION_FAILED - Non empty binding 'k' key not permitted"])
})

test('a local-random exchange is bound to queues only', local!, async (t) => {
  const { session, channel, exchange } = await world(t, 'x-local-random')
  const other = await session.exchange(channel, 'fanout')
  const { code, text } = await refusal(channel.bindExchange(other, exchange, ''))
  assert.deepEqual([code, text], [406, 'PRECONDITION_FAILED - Destination not found'])
})

test('a modulus-hash exchange sends each key to one binding', modulus!, async (t) => {
  const made = await world(t, 'x-modulus-hash')
  const queues = await bind(made, ['a', 'b', 'c'])
  await publishMany(made, 900)
  const first = await depths(made, queues)
  for (const depth of first) assert.ok(Math.abs(depth - 300) < 75, String(first))
  await publishMany(made, 900)
  assert.deepEqual(
    await depths(made, queues),
    first.map((depth) => 2 * depth),
  )
})

test('spreading exchanges without bindings route nowhere', { ...hash, ...random, ...modulus }, async (t) => {
  for (const type of ['x-consistent-hash', 'x-random', 'x-modulus-hash']) {
    const { channel, exchange } = await world(t, type)
    const returned = new Promise((resolve) => channel.once('return', resolve))
    channel.publish(exchange, 'k', Buffer.from(''), { mandatory: true })
    await returned
    await channel.waitForConfirms()
  }
})
