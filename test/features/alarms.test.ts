import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { only } from '../support/target.ts'

const configured = only({ lapine: 'it needs a configuration of its own' })
const broker = withBroker({ configuration: 'disk_free_limit.absolute = 1000000GB' })

test('with too little disk free a publisher is told and not read from, others are served', configured, async (t) => {
  const publisher = await broker.wireChannel(t)
  const consumer = await broker.wireChannel(t)
  const declared = await consumer.call(1, 'queue.declare', { exclusive: true })
  publisher.publish(1, { routingKey: 'anywhere' }, 'x')
  const blocked = await publisher.expect('connection.blocked')
  assert.equal(blocked.fields.reason, 'low on disk')
  await consumer.call(1, 'basic.consume', { queue: declared.fields.queue as string })
  await consumer.call(1, 'basic.qos')
})

test('a publisher that does not know connection.blocked is not told', configured, async (t) => {
  const publisher = await broker.wireChannel(t, { capabilities: {} })
  publisher.publish(1, { routingKey: 'anywhere' }, 'x')
  const other = await broker.wireChannel(t)
  await other.call(1, 'basic.qos')
  assert.equal(publisher.pendingBytes, 0)
})
