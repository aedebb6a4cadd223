import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { drain, publish } from '../support/inbox.ts'

const broker = withBroker()

test('CC and BCC route to further keys; consumers see CC but not BCC', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const [to, cc, bcc] = [await session.queue(channel), await session.queue(channel), await session.queue(channel)]
  await publish(channel, { key: to, body: 'letter', options: { CC: [cc], BCC: [bcc], headers: { kept: 'yes' } } })
  for (const queue of [to, cc, bcc]) {
    const message = await channel.get(queue, { noAck: true })
    assert.ok(message, queue)
    assert.equal(message.fields.routingKey, to)
    assert.deepEqual({ ...message.properties.headers }, { kept: 'yes', CC: [cc] })
  }
})

test('a queue named several times gets one copy', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  await publish(channel, { key: queue, body: 'once', options: { CC: [queue, queue], BCC: [queue] } })
  assert.deepEqual(await drain(channel, queue), ['once'])
})

test('CC works through exchanges too', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const exchange = await session.exchange(channel, 'topic')
  const errors = await session.queue(channel)
  const audit = await session.queue(channel)
  await channel.bindQueue(errors, exchange, '*.error')
  await channel.bindQueue(audit, exchange, 'audit.#')
  await publish(channel, { exchange, key: 'disk.error', body: 'both', options: { CC: ['audit.disk'] } })
  assert.deepEqual(await drain(channel, errors), ['both'])
  assert.deepEqual(await drain(channel, audit), ['both'])
})

test('a mandatory message is returned only when neither key nor CC nor BCC lead anywhere', async (t) => {
  const session = await broker.open(t)
  const channel = await session.confirmChannel()
  const queue = await session.queue(channel)
  const returned: string[] = []
  channel.on('return', (message) => returned.push(message.content.toString()))
  const nowhere = session.name('nowhere')
  await publish(channel, { key: nowhere, body: 'found', options: { mandatory: true, BCC: [queue] } })
  await publish(channel, { key: nowhere, body: 'lost', options: { mandatory: true, CC: [nowhere] } })
  assert.deepEqual(returned, ['lost'])
  assert.deepEqual(await drain(channel, queue), ['found'])
})

for (const name of ['CC', 'BCC'] as const) {
  test(`a ${name} that is no array of texts closes the channel`, async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    channel.publish('', 'anywhere', Buffer.from('x'), { headers: { [name]: 'just a text' } })
    const closure = await session.closureOf(channel)
    assert.equal(closure.code, 406)
    assert.equal(closure.text, `PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"${name}",longstr}`)
  })
}
