import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connect } from 'amqplib'
import { withBroker } from '../support/broker.ts'
import { Inbox } from '../support/inbox.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import type { Session } from '../support/session.ts'
import { brokerUrl, only } from '../support/target.ts'

const broker = withBroker({ configuration: 'event_exchange.enabled = true' })
const there = await hasEventExchange()

type Headers = Readonly<Record<string, unknown>>

/** What is told under a pattern, from now on. */
class Told {
  readonly #inbox: Inbox

  private constructor(inbox: Inbox) {
    this.#inbox = inbox
  }

  static async under(session: Session, ...patterns: readonly string[]): Promise<Told> {
    const channel = await session.channel()
    const queue = await session.queue(channel)
    for (const pattern of patterns) await channel.bindQueue(queue, 'amq.rabbitmq.event', pattern)
    return new Told(await Inbox.open(channel, queue, { noAck: true }))
  }

  /** Headers of the next event of a type in which `property` has this value. */
  async next(type: string, property: string, value: unknown): Promise<Headers> {
    for (;;) {
      const { fields, properties } = await this.#inbox.next()
      const { headers = {} } = properties
      if (fields.routingKey === type && headers[property] === value) return headers
    }
  }
}

function containing(headers: Headers, expected: Headers): void {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, headers[name]])), expected)
}

async function open(t: TestContext, ...patterns: readonly string[]) {
  const session = await broker.open(t)
  const told = await Told.under(session, ...patterns)
  const other = await broker.open(t)
  return { told, other, channel: await other.channel() }
}

test('an event is a persistent message without a body, its properties are headers', there, async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  const queue = await session.queue(channel)
  await channel.bindQueue(queue, 'amq.rabbitmq.event', 'exchange.created')
  const inbox = await Inbox.open(channel, queue, { noAck: true })
  await session.exchange(await session.channel(), 'fanout')
  const { fields, properties, content } = await inbox.next()
  assert.equal(fields.exchange, 'amq.rabbitmq.event')
  assert.equal(content.length, 0)
  assert.equal(properties.deliveryMode, 2)
  assert.equal(properties.timestamp, Math.floor(properties.headers?.timestamp_in_ms / 1000))
})

test('exchanges that are made and deleted are told of', there, async (t) => {
  const { told, other, channel } = await open(t, 'exchange.*')
  const name = await other.exchange(channel, 'topic', { arguments: { 'alternate-exchange': 'amq.fanout' } })
  containing(await told.next('exchange.created', 'name', name), {
    vhost: '/',
    type: 'topic',
    durable: false,
    auto_delete: false,
    internal: false,
    arguments: ['{<<"alternate-exchange">>,longstr,<<"amq.fanout">>}'],
    policy: '',
    user_who_performed_action: 'guest',
  })
  await channel.deleteExchange(name)
  containing(await told.next('exchange.deleted', 'name', name), { vhost: '/', user_who_performed_action: 'guest' })
})

test('queues that are made and deleted are told of, by whom too', there, async (t) => {
  const { told, other, channel } = await open(t, 'queue.*')
  const name = await other.queue(channel, { durable: true, arguments: { 'x-max-length': 10 } })
  containing(await told.next('queue.created', 'name', name), {
    vhost: '/',
    durable: true,
    auto_delete: false,
    exclusive: false,
    owner_pid: '',
    arguments: ['{<<"x-max-length">>,byte,10}'],
    user_who_performed_action: 'guest',
  })
  await channel.deleteQueue(name)
  containing(await told.next('queue.deleted', 'name', name), { vhost: '/', user_who_performed_action: 'guest' })
  const own = await other.queue(channel, { exclusive: true })
  containing(await told.next('queue.created', 'name', own), { exclusive: true, durable: false })
  await other.close()
  await told.next('queue.deleted', 'name', own)
})

test('bindings that are made and deleted are told of, those that go with their exchange too', there, async (t) => {
  const { told, other, channel } = await open(t, 'binding.*')
  const source = await other.exchange(channel, 'topic')
  const destination = await other.queue(channel)
  await channel.bindQueue(destination, source, 'a.#', { k: 'v' })
  const expected = {
    source_kind: 'exchange',
    destination_name: destination,
    destination_kind: 'queue',
    routing_key: 'a.#',
    arguments: ['{<<"k">>,longstr,<<"v">>}'],
    vhost: '/',
    user_who_performed_action: 'guest',
  }
  containing(await told.next('binding.created', 'source_name', source), expected)
  await channel.deleteExchange(source)
  containing(await told.next('binding.deleted', 'source_name', source), expected)
})

test('consumers that come and go are told of', there, async (t) => {
  const { told, other, channel } = await open(t, 'consumer.*')
  const queue = await other.queue(channel)
  await channel.prefetch(7)
  const options = { exclusive: true, arguments: { 'x-priority': 3 } }
  const { consumerTag } = await channel.consume(queue, () => {}, options)
  const created = await told.next('consumer.created', 'queue', queue)
  containing(created, {
    consumer_tag: consumerTag,
    vhost: '/',
    exclusive: true,
    ack_required: true,
    prefetch_count: 7,
    arguments: ['{<<"x-priority">>,byte,3}'],
    user_who_performed_action: 'guest',
  })
  await channel.cancel(consumerTag)
  containing(await told.next('consumer.deleted', 'queue', queue), {
    consumer_tag: consumerTag,
    channel: created.channel,
    vhost: '/',
  })
})

test('connections and channels that come and go are told of, one leading to the other', there, async (t) => {
  const session = await broker.open(t)
  const told = await Told.under(session, 'connection.*', 'channel.*')
  const name = session.name('client')
  const other = await connect(broker.url, { clientProperties: { connection_name: name } })
  const created = await told.next('connection.created', 'user_provided_name', name)
  const { host, port } = broker.login
  containing(created, {
    user: 'guest',
    vhost: '/',
    type: 'network',
    protocol: '{0,9,1}',
    auth_mechanism: 'PLAIN',
    ssl: false,
    port,
    channel_max: 2047,
    user_who_performed_action: 'guest',
  })
  assert.match(String(created.name), new RegExp(`^${host}:\\d+ -> ${host}:${port}$`))
  assert.ok((created.client_properties as string[]).includes(`{<<"connection_name">>,longstr,<<"${name}">>}`))
  const channel = await other.createChannel()
  const opened = await told.next('channel.created', 'connection', created.pid)
  containing(opened, { name: `${created.name} (1)`, number: 1, user: 'guest', vhost: '/' })
  await channel.close()
  await told.next('channel.closed', 'pid', opened.pid)
  await other.close()
  containing(await told.next('connection.closed', 'pid', created.pid), { name: created.name })
})

test('logins are told of, also those that are refused', there, async (t) => {
  const session = await broker.open(t)
  const told = await Told.under(session, 'user.authentication.*')
  await broker.open(t)
  const { host } = broker.login
  const success = await told.next('user.authentication.success', 'name', 'guest')
  containing(success, {
    ...{ connection_type: 'network', protocol: '{0,9,1}', auth_mechanism: 'PLAIN', ssl: false },
    ...{ host, peer_host: host, ssl_protocol: undefined },
  })
  assert.equal(success.connection_name, `${host}:${success.peer_port} -> ${host}:${broker.login.port}`)
  const name = session.name('nobody')
  await assert.rejects(broker.open(t, { username: name }))
  const failure = await told.next('user.authentication.failure', 'name', name)
  assert.equal(typeof failure.peer_port, 'number')
})

test(
  'MQTT connections and their consumers are told of',
  only({ lapine: 'another broker need not speak MQTT' }),
  async (t) => {
    const session = await broker.open(t)
    const told = await Told.under(session, 'connection.*', 'consumer.*', 'user.authentication.*')
    const clientId = session.name('mqtt')
    const { client } = await Subscriber.open(t, mqttUrl(broker), { clientId })
    const protocol = "{'MQTT',{5,0}}"
    const login = await told.next('user.authentication.success', 'protocol', protocol)
    const created = await told.next('connection.created', 'user_provided_name', clientId)
    containing(created, {
      user: 'guest',
      vhost: '/',
      type: 'network',
      protocol,
      auth_mechanism: 'ANONYMOUS',
      ssl: false,
    })
    assert.equal(login.connection_name, created.name)
    await client.subscribeAsync('a/b', { qos: 1 })
    const consumer = await told.next('consumer.created', 'channel', created.pid)
    containing(consumer, { vhost: '/', ack_required: true, exclusive: false, user_who_performed_action: 'guest' })
    await client.endAsync()
    containing(await told.next('consumer.deleted', 'channel', created.pid), { consumer_tag: consumer.consumer_tag })
    containing(await told.next('connection.closed', 'pid', created.pid), { name: created.name })
  },
)

test('the exchange is a durable topic exchange that clients cannot publish to', there, async (t) => {
  const session = await broker.open(t)
  const channel = await session.channel()
  channel.publish('amq.rabbitmq.event', 'made.up', Buffer.from(''))
  const { code, text } = await session.closureOf(channel)
  assert.equal(code, 403)
  assert.match(text, /cannot publish to internal exchange 'amq.rabbitmq.event' in vhost '\/'/)
})

/** Where the suite talks to RabbitMQ, its plug-in has to be enabled. */
async function hasEventExchange(): Promise<{ skip?: string }> {
  if (brokerUrl === undefined) return {}
  const connection = await connect(brokerUrl)
  connection.on('error', () => {})
  const channel = await connection.createChannel()
  channel.on('error', () => {})
  try {
    await channel.checkExchange('amq.rabbitmq.event')
    return {}
  } catch {
    return { skip: 'rabbitmq_event_exchange is not enabled' }
  } finally {
    await connection.close().catch(() => {})
  }
}
