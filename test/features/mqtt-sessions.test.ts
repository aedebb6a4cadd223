import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { only } from '../support/target.ts'
import { eventually, within } from '../support/waiting.ts'

const broker = withBroker({ configuration: 'mqtt.max_session_expiry_interval_seconds = 7200' })

/** Options of a client whose session lasts. */
function lasting(clientId: string, seconds = 3600) {
  return { clientId, clean: false, properties: { sessionExpiryInterval: seconds } }
}

describe('MQTT sessions', only({ lapine: 'another broker need not speak MQTT' }), () => {
  for (const [name, protocolVersion] of [
    ['3.1.1', 4],
    ['5.0', 5],
  ] as const) {
    test(`MQTT ${name}: a session that lasts keeps its subscriptions and what came meanwhile`, async (t) => {
      const url = mqttUrl(broker)
      const options = { ...lasting(`lasting-${protocolVersion}`), protocolVersion }
      const first = await Subscriber.open(t, url, options)
      assert.equal(first.connack.sessionPresent, false)
      await first.client.subscribeAsync(`kept/${protocolVersion}/+`, { qos: 1 })
      await first.leave()
      const sender = await Subscriber.open(t, url)
      for (const text of ['one', 'two']) {
        await sender.client.publishAsync(`kept/${protocolVersion}/x`, text, { qos: 1 })
      }
      const second = await Subscriber.open(t, url, options)
      assert.equal(second.connack.sessionPresent, true)
      assert.deepEqual(await second.texts(2), ['one', 'two'])
      await sender.client.publishAsync(`kept/${protocolVersion}/y`, 'three', { qos: 1 })
      assert.deepEqual(await second.texts(1), ['three'])
      await second.leave()
      const clean = await Subscriber.open(t, url, { ...options, clean: true })
      assert.equal(clean.connack.sessionPresent, false)
      await sender.client.publishAsync(`kept/${protocolVersion}/z`, 'nobody', { qos: 1 })
      await clean.leave()
    })
  }

  test('its queues have the names, the durability and the time to live of RabbitMQ', async (t) => {
    const url = mqttUrl(broker)
    const durable = await Subscriber.open(t, url, lasting('named', 60))
    await durable.client.subscribeAsync({ 'names/0': { qos: 0 }, 'names/1': { qos: 1 } })
    const clean = await Subscriber.open(t, url, { clientId: 'passing', protocolVersion: 4 })
    await clean.client.subscribeAsync('names/2', { qos: 0 })
    const channel = await (await broker.open(t)).channel()
    const expires = { 'x-expires': 60_000, 'x-queue-type': 'classic' }
    for (const queue of ['mqtt-subscription-namedqos0', 'mqtt-subscription-namedqos1']) {
      await channel.assertQueue(queue, { durable: true, arguments: expires })
    }
    channel.on('error', () => {})
    await assert.rejects(channel.checkQueue('mqtt-subscription-passingqos0'), /RESOURCE_LOCKED/)
    await durable.leave()
    const again = await Subscriber.open(t, url, lasting('named', 120))
    const other = await (await broker.open(t)).channel()
    await other.assertQueue('mqtt-subscription-namedqos1', {
      durable: true,
      arguments: { ...expires, 'x-expires': 120_000 },
    })
    await again.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
    const gone = async (): Promise<string> => {
      const probe = await (await broker.open(t)).channel()
      probe.on('error', () => {})
      return await probe.checkQueue('mqtt-subscription-namedqos1').then(
        () => 'there',
        (error: Error) => error.message,
      )
    }
    await eventually(gone, (said) => said.includes('NOT_FOUND'), 'the queue to go')
  })

  test('a session is cut to the longest time the broker allows, and says so', async (t) => {
    const client = await Subscriber.open(t, mqttUrl(broker), lasting('long', 1_000_000))
    assert.equal(client.connack.properties?.sessionExpiryInterval, 7200)
    await client.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
  })

  test('who connects with the identifier of another takes its session over', async (t) => {
    const url = mqttUrl(broker)
    const first = await Subscriber.open(t, url, lasting('taken'))
    await first.client.subscribeAsync('taken/#', { qos: 1 })
    const told = new Promise<number>((resolve) =>
      first.client.on('disconnect', ({ reasonCode }) => resolve(reasonCode ?? -1)),
    )
    const second = await Subscriber.open(t, url, lasting('taken'))
    assert.equal(await within(told, 'DISCONNECT'), 0x8e)
    assert.equal(second.connack.sessionPresent, true)
    await second.client.publishAsync('taken/x', 'mine', { qos: 1 })
    assert.deepEqual(await second.texts(1), ['mine'])
    await second.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
  })

  test('what was not acknowledged comes again, under its packet identifier and marked', async (t) => {
    const url = mqttUrl(broker)
    const options = { ...lasting('again'), customHandleAcks: () => {} }
    const first = await Subscriber.open(t, url, options)
    await first.client.subscribeAsync('again', { qos: 1 })
    const seen = new Promise<number | undefined>((resolve) =>
      first.client.on('packetreceive', (packet) => packet.cmd === 'publish' && resolve(packet.messageId)),
    )
    const sender = await Subscriber.open(t, url)
    await sender.client.publishAsync('again', 'x', { qos: 1 })
    const packetIdentifier = await within(seen, 'a publish')
    await first.vanish()
    const second = await Subscriber.open(t, url, lasting('again'))
    const packet = await second.next()
    assert.deepEqual([packet.dup, packet.messageId], [true, packetIdentifier])
    await second.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } })
  })

  test('a client without an identifier is given one, but before MQTT 5 only for a clean session', async (t) => {
    const url = mqttUrl(broker)
    const assigned = await Subscriber.open(t, url, { clientId: '' })
    assert.match(assigned.connack.properties?.assignedClientIdentifier ?? '', /^auto-/)
    await Subscriber.open(t, url, { clientId: '', protocolVersion: 4, clean: true })
    await assert.rejects(Subscriber.open(t, url, { clientId: '', protocolVersion: 4, clean: false }))
    await assert.rejects(
      Subscriber.open(t, url, { clientId: 'x'.repeat(300), protocolVersion: 4 }),
      /Identifier rejected/,
    )
  })
})
