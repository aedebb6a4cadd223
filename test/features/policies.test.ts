import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ConfirmChannel } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { type Operator, operatorOf, ownVhost, type PolicyContent } from '../support/operator.ts'
import type { Session } from '../support/session.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

interface Scene {
  readonly operator: Operator
  readonly vhost: string
  readonly session: Session
  readonly channel: ConfirmChannel
}

/** A virtual host of its own, entered. */
async function scene(t: TestContext): Promise<Scene> {
  const operator = operatorOf(broker.running)
  const vhost = await ownVhost(t, operator)
  const session = await broker.open(t, { vhost })
  return { operator, vhost, session, channel: await session.confirmChannel() }
}

async function publish(channel: ConfirmChannel, exchange: string, key: string, count = 1): Promise<void> {
  for (let number = 0; number < count; number++) channel.publish(exchange, key, Buffer.from(String(number)))
  await channel.waitForConfirms()
}

/** Waits until the queue has that many ready messages. */
async function holds(channel: ConfirmChannel, queue: string, count: number): Promise<void> {
  const depth = async () => (await channel.checkQueue(queue)).messageCount
  await eventually(depth, (found) => found === count, `${count} messages in ${queue}`)
}

test('a policy reaches queues that are there, and those that come', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await channel.assertQueue('limited-old', { durable: true })
  await publish(channel, '', 'limited-old', 5)
  await operator.setPolicy('policies', vhost, 'limit', { pattern: '^limited', definition: { 'max-length': 2 } })
  await holds(channel, 'limited-old', 2)
  await channel.assertQueue('limited-new', { durable: true })
  await channel.assertQueue('other', { durable: true })
  await publish(channel, '', 'limited-new', 5)
  await publish(channel, '', 'other', 5)
  await holds(channel, 'limited-new', 2)
  await holds(channel, 'other', 5)
})

test('a policy that is cleared has no effect any more', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await operator.setPolicy('policies', vhost, 'limit', { pattern: '.*', definition: { 'max-length': 1 } })
  await channel.assertQueue('q', { durable: true })
  await publish(channel, '', 'q', 3)
  await holds(channel, 'q', 1)
  await operator.clearPolicy('policies', vhost, 'limit')
  await publish(channel, '', 'q', 3)
  await holds(channel, 'q', 4)
})

test('of policies that match the one of highest priority counts, alone', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await operator.setPolicy('policies', vhost, 'low', {
    pattern: '.*',
    definition: { 'max-length': 1, overflow: 'reject-publish' },
    priority: 1,
  })
  await operator.setPolicy('policies', vhost, 'high', { pattern: '^q$', definition: { 'max-length': 3 }, priority: 5 })
  await channel.assertQueue('q', { durable: true })
  await publish(channel, '', 'q', 5)
  await holds(channel, 'q', 3)
  await operator.clearPolicy('policies', vhost, 'high')
  await channel.purgeQueue('q')
  channel.publish('', 'q', Buffer.from('kept'))
  await channel.waitForConfirms()
  channel.publish('', 'q', Buffer.from('rejected'))
  await assert.rejects(channel.waitForConfirms())
})

test('of an argument and a policy the lower number counts', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await operator.setPolicy('policies', vhost, 'limit', { pattern: '.*', definition: { 'max-length': 3 } })
  await channel.assertQueue('less', { durable: true, arguments: { 'x-max-length': 2 } })
  await channel.assertQueue('more', { durable: true, arguments: { 'x-max-length': 4 } })
  for (const queue of ['less', 'more']) await publish(channel, '', queue, 6)
  await holds(channel, 'less', 2)
  await holds(channel, 'more', 3)
})

test('of a policy and an operator policy the lower number counts', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await operator.setPolicy('policies', vhost, 'user', { pattern: '.*', definition: { 'max-length': 5 } })
  await operator.setPolicy('operator-policies', vhost, 'operator', { pattern: '.*', definition: { 'max-length': 2 } })
  await channel.assertQueue('q', { durable: true })
  await publish(channel, '', 'q', 6)
  await holds(channel, 'q', 2)
  await operator.setPolicy('operator-policies', vhost, 'operator', { pattern: '.*', definition: { 'max-length': 9 } })
  await publish(channel, '', 'q', 6)
  await holds(channel, 'q', 5)
})

test('apply-to tells queues from exchanges', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await operator.setPolicy('policies', vhost, 'x', {
    pattern: '.*',
    definition: { 'max-length': 1 },
    applyTo: 'exchanges',
  })
  await channel.assertQueue('q', { durable: true })
  await publish(channel, '', 'q', 3)
  await holds(channel, 'q', 3)
  await operator.setPolicy('policies', vhost, 'q', {
    pattern: '.*',
    definition: { 'max-length': 1 },
    applyTo: 'queues',
    priority: 1,
  })
  await holds(channel, 'q', 1)
})

test('an alternate exchange comes and goes with a policy', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await channel.assertExchange('source', 'direct', { durable: true })
  await channel.assertExchange('strays', 'fanout', { durable: true })
  await channel.assertQueue('collected', { durable: true })
  await channel.bindQueue('collected', 'strays', '')
  await publish(channel, 'source', 'nowhere')
  await operator.setPolicy('policies', vhost, 'ae', {
    pattern: '^source$',
    definition: { 'alternate-exchange': 'strays' },
    applyTo: 'exchanges',
  })
  await publish(channel, 'source', 'nowhere')
  await holds(channel, 'collected', 1)
  await operator.clearPolicy('policies', vhost, 'ae')
  await publish(channel, 'source', 'nowhere')
  await holds(channel, 'collected', 1)
})

test('dead letters go where a policy says', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await channel.assertQueue('letters', { durable: true })
  await channel.assertQueue('work', { durable: true })
  const definition = { 'dead-letter-exchange': '', 'dead-letter-routing-key': 'letters' }
  await operator.setPolicy('policies', vhost, 'dlx', { pattern: '^work$', definition, applyTo: 'queues' })
  await publish(channel, '', 'work')
  const message = await eventually(
    async () => channel.get('work'),
    (found) => found !== false,
    'the message',
  )
  assert.ok(message)
  channel.nack(message, false, false)
  await holds(channel, 'letters', 1)
})

test('messages that come after a policy expire by it', async (t) => {
  const { operator, vhost, channel } = await scene(t)
  await channel.assertQueue('q', { durable: true })
  const definition = { 'message-ttl': 1 }
  await operator.setPolicy('policies', vhost, 'ttl', { pattern: '.*', definition, applyTo: 'queues' })
  await publish(channel, '', 'q', 3)
  await holds(channel, 'q', 0)
})

const refused: readonly (readonly [what: string, policy: PolicyContent, reason: string])[] = [
  ['an unknown key', { pattern: '.*', definition: { nope: 1 } }, '[{<<"nope">>,1}] are not recognised policy settings'],
  ['no settings', { pattern: '.*', definition: {} }, 'no policy provided'],
  ['a negative time to live', { pattern: '.*', definition: { 'message-ttl': -1 } }, '-1 is not a valid message TTL'],
  [
    'a time to live in words',
    { pattern: '.*', definition: { 'message-ttl': 'x' } },
    '<<"x">> is not a valid message TTL',
  ],
  ['no time at all', { pattern: '.*', definition: { expires: 0 } }, '0 is not a valid queue expiry'],
  ['a bad overflow', { pattern: '.*', definition: { overflow: 'drop' } }, '<<"drop">> is not a valid overflow value'],
  ['an object', { pattern: '.*', definition: { overflow: { a: 1 } } }, '#{<<"a">> => 1} is not a valid overflow value'],
  [
    'a list',
    { pattern: '.*', definition: { 'max-length': [1, 'a', null, true] } },
    '[1,<<"a">>,null,true] is not a valid maximum length',
  ],
  [
    'an exchange that is a number',
    { pattern: '.*', definition: { 'dead-letter-exchange': 3 } },
    '3 is not a valid dead letter exchange name',
  ],
  [
    'a key that is a number',
    { pattern: '.*', definition: { 'dead-letter-routing-key': 3 } },
    '3 is not a valid dead letter routing key',
  ],
  [
    'an alternate that is null',
    { pattern: '.*', definition: { 'alternate-exchange': null } },
    'null is not a valid alternate exchange name',
  ],
  [
    'bytes below zero',
    { pattern: '.*', definition: { 'max-length-bytes': -5 } },
    '-5 is not a valid maximum length in bytes',
  ],
  [
    'a bad strategy',
    { pattern: '.*', definition: { 'dead-letter-strategy': 1 } },
    '1 is not a valid dead letter strategy',
  ],
  [
    'a bad locator',
    { pattern: '.*', definition: { 'queue-leader-locator': 'x' } },
    '<<"x">> is not a valid queue leader locator value',
  ],
  [
    'a bad segment size',
    { pattern: '.*', definition: { 'stream-max-segment-size-bytes': 'x' } },
    '<<"x">> is not a valid segment size',
  ],
  ['a pattern that is a number', { pattern: 5, definition: { expires: 1 } }, 'pattern should be a binary but was 5'],
  [
    'a priority in words',
    { pattern: '.*', definition: { expires: 1 }, priority: 'x' },
    'priority should be a number, actually was <<"x">>',
  ],
]

for (const [what, policy, reason] of refused) {
  test(`a policy with ${what} is refused: ${reason}`, async (t) => {
    const { operator, vhost } = await scene(t)
    await assert.rejects(operator.setPolicy('policies', vhost, 'bad', policy), {
      message: `Validation failed\n\n${reason}\n`,
    })
  })
}

test('an operator policy may have fewer keys than a policy', async (t) => {
  const { operator, vhost } = await scene(t)
  const policy = { pattern: '.*', definition: { 'dead-letter-exchange': 'x' } }
  await operator.setPolicy('policies', vhost, 'p', policy)
  await assert.rejects(operator.setPolicy('operator-policies', vhost, 'p', policy), {
    message: 'Validation failed\n\n[{<<"dead-letter-exchange">>,<<"x">>}] are not recognised policy settings\n',
  })
})

test('everything that is wrong with a policy is said at once', async (t) => {
  const { operator, vhost } = await scene(t)
  const refusal = operator.setPolicy('policies', vhost, 'p', {
    pattern: 5,
    definition: { expires: 'x' },
    priority: 'x',
  })
  await assert.rejects(refusal, {
    message:
      'Validation failed\n\n<<"x">> is not a valid queue expiry\npattern should be a binary but was 5\n' +
      'priority should be a number, actually was <<"x">>\n',
  })
})
