import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { createBroker, type EmbeddedBroker } from '../../src/lapine.ts'
import { attributeOf, SpanCollector } from '../support/span-collector.ts'
import { only } from '../support/target.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'
const recorded = { headers: { traceparent: `00-${traceId}-${parentId}-01`, tracestate: 'vendor=1' } }

describe('traces of messages', only({ lapine: 'it is a plug-in' }), () => {
  let collector: SpanCollector
  let broker: EmbeddedBroker

  before(async () => {
    collector = await SpanCollector.start()
    broker = await createBroker({
      clock: 'virtual',
      config: {
        'lapine.opentelemetry.endpoint': `${collector.url}/`,
        'lapine.opentelemetry.headers.authorization': 'Bearer abc',
        'lapine.opentelemetry.service_name': 'orders-broker',
      },
    })
  })
  after(async () => {
    await broker.stop()
    await collector.stop()
  })

  test('go from publish to settlement, under the span of whoever sent the message', async () => {
    const connection = await connect(broker.amqpUrl)
    const channel = await connection.createChannel()
    await channel.assertExchange('orders', 'fanout')
    await channel.assertQueue('paid', { durable: true })
    await channel.bindQueue('paid', 'orders', '')
    channel.publish('orders', 'key', Buffer.from('12345'), { ...recorded, messageId: 'm1' })
    channel.publish('orders', 'key', Buffer.from('not recorded'), {
      headers: { traceparent: `00-${traceId}-${parentId}-00` },
    })
    channel.publish('orders', 'key', Buffer.from('no trace'))
    await broker.settled()
    await broker.clock.advance('1500ms')
    const got = await channel.get('paid')
    assert.ok(got)
    assert.equal(got.properties.headers?.traceparent, recorded.headers.traceparent, 'the message is as it was sent')
    channel.nack(got, false, false)
    await broker.settled()
    await broker.clock.advance('3s')
    await collector.until(() => collector.spans.length >= 3)
    assert.deepEqual(
      collector.spans.map(({ name }) => name),
      ['publish orders', 'wait paid', 'deliver paid'],
    )
    const [publish, wait, deliver] = collector.spans
    assert.ok(publish && wait && deliver)
    for (const span of collector.spans) assert.equal(span.traceId, traceId)
    assert.equal(publish.parentSpanId, parentId)
    assert.equal(wait.parentSpanId, publish.spanId)
    assert.equal(deliver.parentSpanId, publish.spanId)
    assert.deepEqual(
      publish.events.map(({ name }) => name),
      ['route', 'enqueue'],
    )
    assert.equal(attributeOf(publish, 'messaging.rabbitmq.destination.routing_key'), 'key')
    assert.equal(attributeOf(publish, 'messaging.message.id'), 'm1')
    assert.equal(attributeOf(publish, 'messaging.message.body.size'), 5)
    assert.equal(BigInt(wait.endTimeUnixNano) - BigInt(wait.startTimeUnixNano), 1_500_000_000n)
    assert.equal(attributeOf(deliver, 'lapine.outcome'), 'discarded')
    assert.deepEqual(deliver.status, { code: 2, message: 'discarded' })
    assert.deepEqual(collector.resources[0]?.find(({ key }) => key === 'service.name')?.value, {
      stringValue: 'orders-broker',
    })
    assert.equal(collector.headers[0]?.authorization, 'Bearer abc')
    await connection.close()
  })

  test('wait for a collector that is away, and go on when it is back', async () => {
    const connection = await connect(broker.amqpUrl)
    const channel = await connection.createChannel()
    const seen = collector.spans.length
    const asked = collector.headers.length
    collector.statuses.push(503)
    channel.publish('', 'nowhere', Buffer.from(''), recorded)
    await broker.settled()
    await broker.clock.advance('3s')
    await collector.until(() => collector.headers.length > asked)
    assert.equal(collector.spans.length, seen)
    for (let second = 0; second < 10 && collector.spans.length === seen; second++) {
      await broker.clock.advance('2s')
      await broker.settled()
    }
    await collector.until(() => collector.spans.length > seen)
    assert.equal(collector.spans.at(-1)?.status.message, 'it is routed to no queue')
    await connection.close()
  })
})
