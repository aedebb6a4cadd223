import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { only } from '../support/target.ts'
import { greet, logIn } from '../support/wire-login.ts'

const configured = only({ lapine: 'it needs a configuration of its own' })

const broker = withVirtualBroker({
  configuration: [
    'auth_mechanisms.1 = PLAIN',
    'auth_mechanisms.2 = ANONYMOUS',
    'consumer_timeout = 120000',
    'max_message_size = 1000',
  ].join('\n'),
})

test('only the mechanisms configured are offered, and ANONYMOUS logs in as guest', configured, async (t) => {
  const { client, start } = await greet(broker.login)
  t.after(() => client.destroy())
  assert.equal(start.fields.mechanisms, 'PLAIN ANONYMOUS')
  const anonymous = await logIn(broker.login, { mechanism: 'ANONYMOUS', response: 'whoever' })
  t.after(() => anonymous.destroy())
  await anonymous.call(1, 'channel.open')
  await anonymous.call(1, 'queue.declare', { exclusive: true })
})

test('the acknowledgement timeout can be set for all queues', configured, async (t) => {
  const client = await broker.wireChannel(t, { tune: { heartbeat: 0 } })
  await client.call(2, 'channel.open')
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  const queue = declared.fields.queue as string
  await client.call(2, 'basic.consume', { queue, noAck: false })
  client.publish(1, { routingKey: queue })
  await client.expect('basic.deliver')
  await client.next()
  await broker.elapse(4 * 60_000)
  const close = await client.expect('channel.close')
  assert.equal(close.channel, 2)
  assert.match(String(close.fields.text), /timed out\. Timeout value used: 120000 ms\./)
})

test('messages above the size configured close their channel', configured, async (t) => {
  const client = await broker.wireChannel(t)
  client.publish(1, { routingKey: 'anywhere' }, 'x'.repeat(1001))
  const close = await client.expect('channel.close')
  const text = 'PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000'
  assert.deepEqual(close.fields, { code: 406, text, classId: 60, methodId: 40 })
})
