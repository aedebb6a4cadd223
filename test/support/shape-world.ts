import { type ChannelModel, connect } from 'amqplib'
import type { HttpApi } from './http-api.ts'

const vhost = '%2F'

/** What the broker held whose answers were captured, as far as it shows in them; a PUT each. */
const objects: readonly (readonly [path: string, body: unknown])[] = [
  [`/exchanges/${vhost}/orders`, { type: 'topic' }],
  [`/exchanges/${vhost}/events`, { type: 'fanout' }],
  [`/exchanges/${vhost}/audit`, { type: 'headers' }],
  [`/exchanges/${vhost}/dlx`, { type: 'fanout' }],
  [`/queues/${vhost}/dead-letters`, { arguments: { 'x-queue-type': 'classic' } }],
  [
    `/queues/${vhost}/orders.eu`,
    {
      arguments: {
        'x-queue-type': 'classic',
        'x-dead-letter-exchange': 'dlx',
        'x-max-length': 50_000,
        'x-message-ttl': 600_000,
      },
    },
  ],
  [`/queues/${vhost}/orders.all`, { arguments: { 'x-queue-type': 'classic', 'x-max-priority': 5 } }],
  [`/queues/${vhost}/mail`, { arguments: { 'x-queue-type': 'classic' } }],
  [`/queues/${vhost}/payments`, { arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 } }],
  [`/queues/${vhost}/event-log`, { arguments: { 'x-queue-type': 'stream', 'x-max-length-bytes': 20_000_000 } }],
  ['/users/nobody', { password: 'nothing', tags: 'management' }],
  [`/topic-permissions/${vhost}/guest`, { exchange: 'orders', write: '^order', read: '.*' }],
  [`/vhost-limits/${vhost}/max-connections`, { value: 1000 }],
  ['/user-limits/guest/max-channels', { value: 2000 }],
  [
    `/policies/${vhost}/p1`,
    { pattern: '^orders', definition: { 'max-length': 100_000 }, priority: 1, 'apply-to': 'queues' },
  ],
  [
    `/operator-policies/${vhost}/op1`,
    { pattern: '^tmp', definition: { expires: 60_000 }, priority: 0, 'apply-to': 'queues' },
  ],
  [
    `/parameters/federation-upstream/${vhost}/up`,
    { value: { uri: 'amqp://guest:guest@127.0.0.1:1', expires: 3_600_000 } },
  ],
  [
    `/parameters/shovel/${vhost}/s1`,
    {
      value: {
        'src-protocol': 'amqp091',
        'src-uri': 'amqp://guest:guest@127.0.0.1:1',
        'src-queue': 'mail',
        'dest-protocol': 'amqp091',
        'dest-uri': 'amqp://guest:guest@127.0.0.1:1',
        'dest-queue': 'shovelled',
      },
    },
  ],
]

const bindings: readonly (readonly [path: string, routingKey: string])[] = [
  [`/bindings/${vhost}/e/orders/q/orders.eu`, 'order.eu.*'],
  [`/bindings/${vhost}/e/orders/e/events`, 'order.#'],
]

/** Messages in queues, a connection that consumes and publishes, and everything else the captures show. */
export interface ShapeWorld {
  /** As the HTTP API names it. */
  readonly connection: string
  /** Requests that made it and were refused. */
  readonly refused: readonly string[]
  close(): Promise<void>
}

/** Makes it on the broker at both addresses. */
export async function makeShapeWorld(api: HttpApi, url: string): Promise<ShapeWorld> {
  const refused: string[] = []
  for (const [path, body] of objects) {
    const { status, body: answer } = await api.put(path, body)
    if (status >= 400) refused.push(`${path}: ${JSON.stringify(answer)}`)
  }
  for (const [path, key] of bindings) await api.post(path, { routing_key: key, arguments: {} })
  const client = await connect(url, { clientProperties: { connection_name: 'shop' } })
  const hasQuorum = (await api.get(`/queues/${vhost}/payments`)).status === 200
  await exercise(client, hasQuorum ? ['mail', 'payments'] : ['mail'])
  const [shown] = (await api.get('/connections')).body
  return { connection: shown.name, refused, close: () => client.close() }
}

async function exercise(client: ChannelModel, consumed: readonly string[]): Promise<void> {
  const publisher = await client.createConfirmChannel()
  for (let n = 0; n < 3; n++) {
    publisher.publish('orders', 'order.eu.shipped', Buffer.from('{"id":1}'), {
      persistent: true,
      contentType: 'application/json',
      messageId: `${n}`,
      correlationId: `c${n}`,
      priority: 4,
      headers: { tenant: 'acme', try: 0 },
    })
    publisher.sendToQueue('mail', Buffer.from('letter'))
    publisher.sendToQueue('event-log', Buffer.from('happened'), { persistent: true })
  }
  await publisher.waitForConfirms()
  const consumer = await client.createChannel()
  await consumer.prefetch(2)
  for (const queue of consumed) await consumer.consume(queue, (message) => message !== null && consumer.ack(message))
  await consumer.get('orders.eu', { noAck: true })
}
