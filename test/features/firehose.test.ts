import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { Inbox, publish, textOf } from '../support/inbox.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { type Operator, operatorOf, ownVhost } from '../support/operator.ts'
import type { Session } from '../support/session.ts'
import { only } from '../support/target.ts'

const broker = withBroker()

interface Scene {
  readonly operator: Operator
  readonly vhost: string
  readonly session: Session
  /** Channel 1. */
  readonly channel: ConfirmChannel
  /** What came to the trace exchange. */
  readonly trace: Inbox
}

/** A virtual host that is traced, with somebody who listens to everything. */
async function traced(t: TestContext): Promise<Scene> {
  const operator = operatorOf(broker.running)
  const vhost = await ownVhost(t, operator)
  const session = await broker.open(t, { vhost })
  const channel = await session.confirmChannel()
  const trace = await listen(session)
  await operator.putVhost(vhost, { tracing: true })
  return { operator, vhost, session, channel, trace }
}

async function listen(session: Session): Promise<Inbox> {
  const channel = await session.channel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, 'amq.rabbitmq.trace', '#')
  return Inbox.open(channel, queue, { noAck: true })
}

function headersOf({ properties }: ConsumeMessage): Record<string, unknown> {
  const { node, connection, ...headers } = properties.headers ?? {}
  assert.match(String(node), /^[^@]+@[^@]+$/)
  assert.match(String(connection), /^[\d.:a-f]+:\d+ -> [\d.:a-f]+:\d+$/)
  return headers
}

const keysOf = (messages: readonly ConsumeMessage[]) => messages.map(({ fields }) => fields.routingKey)

test('a publish is copied with its exchange, keys, properties, and the queues it went to', async (t) => {
  const { vhost, channel, trace } = await traced(t)
  for (const queue of ['a', 'b', 'c']) await channel.assertQueue(queue)
  await channel.bindQueue('a', 'amq.direct', 'k')
  await channel.bindQueue('b', 'amq.direct', 'copied')
  await channel.bindQueue('c', 'amq.direct', 'hidden')
  const options = {
    ...{ contentType: 'text/plain', priority: 4, timestamp: 1234, messageId: 'm', expiration: '600000' },
    ...{ persistent: true, headers: { n: 1, t: { x: 'y' } }, CC: ['copied'], BCC: ['hidden'] },
  }
  await publish(channel, { exchange: 'amq.direct', key: 'k', body: 'one', options })
  const copy = await trace.next()
  assert.deepEqual(
    [copy.fields.exchange, copy.fields.routingKey, copy.properties.deliveryMode, textOf(copy)],
    ['amq.rabbitmq.trace', 'publish.amq.direct', undefined, 'one'],
  )
  const headers = headersOf(copy)
  assert.deepEqual((headers.routed_queues as string[]).toSorted(), ['a', 'b', 'c'])
  assert.deepEqual(
    { ...headers, routed_queues: undefined },
    {
      exchange_name: 'amq.direct',
      routing_keys: ['k', 'copied', 'hidden'],
      properties: {
        ...{ content_type: 'text/plain', priority: 4, timestamp: 1234, message_id: 'm', expiration: '600000' },
        ...{ delivery_mode: 2, headers: { n: 1, t: { x: 'y' }, CC: ['copied'] } },
      },
      vhost,
      channel: 1,
      user: 'guest',
      routed_queues: undefined,
    },
  )
})

test('what goes nowhere is copied too', async (t) => {
  const { channel, trace } = await traced(t)
  await publish(channel, { exchange: 'amq.fanout', key: 'k', body: 'lost' })
  const copy = await trace.next()
  assert.equal(copy.fields.routingKey, 'publish.amq.fanout')
  assert.deepEqual(copy.properties.headers?.routed_queues, [])
})

test('a delivery to a poll is copied with its queue and whether it came before', async (t) => {
  const { vhost, session, channel, trace } = await traced(t)
  await channel.assertQueue('q')
  await publish(channel, { key: 'q', body: 'one' })
  const polling = await session.channel()
  const first = await polling.get('q')
  assert.ok(first !== false)
  polling.nack(first)
  await polling.get('q', { noAck: true })
  const [published, once, again] = await trace.take(3)
  assert.equal(published!.fields.routingKey, 'publish.')
  const expected = {
    ...{ exchange_name: '', routing_keys: ['q'], properties: { headers: {} } },
    ...{ vhost, channel: 3, user: 'guest', redelivered: 0 },
  }
  assert.equal(once!.fields.routingKey, 'deliver.q')
  assert.deepEqual(headersOf(once!), expected)
  assert.deepEqual(headersOf(again!), { ...expected, redelivered: 1 })
  assert.equal(textOf(again!), 'one')
})

for (const type of ['classic', 'quorum', 'stream']) {
  test(`a delivery to a consumer of a ${type} queue is copied`, async (t) => {
    const { session, channel, trace } = await traced(t)
    await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': type } })
    const consuming = await session.channel()
    await consuming.prefetch(10)
    const inbox = await Inbox.open(consuming, 'q')
    await publish(channel, { key: 'q', body: 'one' })
    consuming.ack(await inbox.next())
    const [published, delivered] = await trace.take(2)
    assert.deepEqual(keysOf([published!, delivered!]), ['publish.', 'deliver.q'])
    const { channel: number, user, redelivered, routing_keys } = headersOf(delivered!)
    assert.deepEqual([number, user, redelivered, routing_keys], [3, 'guest', 0, ['q']])
    assert.equal(textOf(delivered!), 'one')
  })
}

test('each of a few consumers and publishes of one moment is copied, in order', async (t) => {
  const { session, channel, trace } = await traced(t)
  for (const queue of ['a', 'b']) {
    await channel.assertQueue(queue)
    await channel.bindQueue(queue, 'amq.fanout', '')
    await Inbox.open(await session.channel(), queue, { noAck: true })
  }
  const bodies = ['1', '2', '3', '4']
  await Promise.all(bodies.map((body) => publish(channel, { exchange: 'amq.fanout', key: '', body })))
  const copies = await trace.take(12)
  for (const key of ['publish.amq.fanout', 'deliver.a', 'deliver.b']) {
    assert.deepEqual(copies.filter(({ fields }) => fields.routingKey === key).map(textOf), bodies)
  }
})

test('it is switched on and off while clients are connected', async (t) => {
  const { operator, vhost, channel, trace } = await traced(t)
  await channel.assertQueue('q')
  await publish(channel, { key: 'q', body: 'on' })
  await operator.putVhost(vhost, { tracing: false })
  await publish(channel, { key: 'q', body: 'off' })
  await operator.putVhost(vhost, { tracing: true })
  await publish(channel, { key: 'q', body: 'on again' })
  assert.deepEqual(await trace.texts(2), ['on', 'on again'])
})

test('copies are not copied, and other virtual hosts see none', async (t) => {
  const { session, channel, trace } = await traced(t)
  const other = await traced(t)
  const second = await listen(session)
  await channel.assertQueue('q')
  await publish(channel, { key: 'q', body: 'one' })
  await publish(other.channel, { key: 'nowhere', body: 'elsewhere' })
  await publish(channel, { key: 'q', body: 'two' })
  for (const inbox of [trace, second]) assert.deepEqual(await inbox.texts(2), ['one', 'two'])
  assert.deepEqual(await other.trace.texts(1), ['elsewhere'])
})

test(
  'what MQTT clients publish and get is copied',
  only({ lapine: 'another broker need not speak MQTT' }),
  async (t) => {
    const operator = operatorOf(broker.running)
    const trace = await listen(await broker.open(t))
    await operator.putVhost('/', { tracing: true })
    t.after(() => operator.putVhost('/', { tracing: false }))
    const subscriber = await Subscriber.open(t, mqttUrl(broker))
    await subscriber.client.subscribeAsync('fire/#', { qos: 1 })
    await subscriber.client.publishAsync('fire/hose', 'wet', { qos: 1 })
    const [published, delivered] = await trace.take(2)
    assert.equal(published!.fields.routingKey, 'publish.amq.topic')
    assert.match(delivered!.fields.routingKey, /^deliver\.mqtt-subscription-/)
    for (const copy of [published!, delivered!]) {
      const { channel, user, routing_keys } = headersOf(copy)
      assert.deepEqual([channel, user, routing_keys, textOf(copy)], [0, 'guest', ['fire.hose'], 'wet'])
    }
  },
)
