import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { MqttWire, text } from '../support/mqtt-wire.ts'
import { only } from '../support/target.ts'

const broker = withBroker()

describe('MQTT publishes and subscriptions', only({ lapine: 'another broker need not speak MQTT' }), () => {
  for (const [name, version] of [
    ['3.1.1', 4],
    ['5.0', 5],
  ] as const) {
    test(`MQTT ${name}: what one client publishes, those get whose filters match`, async (t) => {
      const url = mqttUrl(broker)
      const one = await Subscriber.open(t, url, { protocolVersion: version })
      const all = await Subscriber.open(t, url, { protocolVersion: version })
      await one.client.subscribeAsync(`pub/${version}/+/end`, { qos: 1 })
      await all.client.subscribeAsync(`pub/${version}/#`, { qos: 1 })
      const sender = await Subscriber.open(t, url, { protocolVersion: version })
      await sender.client.publishAsync(`pub/${version}/a/end`, 'first', { qos: 1 })
      await sender.client.publishAsync(`pub/${version}/a/b/end`, 'second', { qos: 1 })
      await sender.client.publishAsync(`pub/${version}`, 'third', { qos: 1 })
      await sender.client.publishAsync(`pub/${version}/z/end`, 'fourth', { qos: 0 })
      assert.deepEqual(await one.texts(2), ['first', 'fourth'])
      assert.deepEqual(await all.texts(4), ['first', 'second', 'third', 'fourth'])
    })

    test(`MQTT ${name}: a message comes with the lower of both qualities of service`, async (t) => {
      const url = mqttUrl(broker)
      const got: Record<number, number[]> = {}
      for (const qos of [0, 1, 2] as const) {
        const subscriber = await Subscriber.open(t, url, { protocolVersion: version })
        const granted = await subscriber.client.subscribeAsync(`qos/${version}/${qos}`, { qos })
        assert.deepEqual(
          granted.map((grant) => grant.qos),
          [qos],
        )
        for (const sent of [0, 1, 2] as const) {
          await subscriber.client.publishAsync(`qos/${version}/${qos}`, `${sent}`, { qos: sent })
        }
        got[qos] = []
        for (let count = 0; count < 3; count++) {
          const { qos: received, payload } = await subscriber.next()
          got[qos]![Number(payload)] = received
        }
      }
      assert.deepEqual(got, { 0: [0, 0, 0], 1: [0, 1, 1], 2: [0, 1, 2] })
    })
  }

  test('who publishes and says goodbye in one breath is heard to the end, whatever has to be opened first', async (t) => {
    const url = mqttUrl(broker)
    const subscriber = await Subscriber.open(t, url)
    await subscriber.client.subscribeAsync('breath/#')
    const client = await MqttWire.login(t, url)
    // A retained message opens the store of its virtual host.
    client.raw(`310c${text('breath/1')}0061`.concat(`300c${text('breath/2')}0062`, 'e000'))
    assert.deepEqual(await subscriber.texts(2), ['a', 'b'])
  })

  test('what MQTT publishes, AMQP consumes from amq.topic, and the other way round', async (t) => {
    const channel = await (await broker.open(t)).channel()
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, 'amq.topic', 'cross.*')
    const { client, next } = await mixed(t)
    await client.subscribeAsync('from/amqp/#', { qos: 1 })
    await client.publishAsync('cross/mqtt', 'hello', {
      qos: 1,
      properties: {
        contentType: 'text/plain',
        correlationData: Buffer.from('c1'),
        responseTopic: 'answers/here',
        messageExpiryInterval: 60,
        userProperties: { one: '1', two: ['2', '3'] },
      },
    })
    const message = await within(channel, queue)
    assert.equal(message.content.toString(), 'hello')
    assert.equal(message.fields.routingKey, 'cross.mqtt')
    const { contentType, correlationId, replyTo, deliveryMode, expiration, headers } = message.properties
    assert.deepEqual(
      { contentType, correlationId, replyTo, deliveryMode, expiration, headers },
      {
        contentType: 'text/plain',
        correlationId: 'c1',
        replyTo: 'answers.here',
        deliveryMode: 2,
        expiration: '60000',
        headers: { 'x-reply-to-topic': 'answers.here', one: '1', two: '3' },
      },
    )
    channel.publish('amq.topic', 'from.amqp.x', Buffer.from('back'), {
      persistent: true,
      contentType: 'text/html',
      correlationId: 'c2',
      headers: { number: 7, flag: true, text: 'x', 'x-reply-to-topic': 'to.me' },
    })
    const packet = await next()
    assert.deepEqual([packet.topic, String(packet.payload), packet.qos], ['from/amqp/x', 'back', 1])
    assert.deepEqual(
      { ...packet.properties, userProperties: { ...packet.properties?.userProperties } },
      {
        contentType: 'text/html',
        correlationData: Buffer.from('c2'),
        responseTopic: 'to/me',
        userProperties: { number: '7', flag: 'true', text: 'x' },
      },
    )
  })

  async function mixed(t: import('node:test').TestContext) {
    const subscriber = await Subscriber.open(t, mqttUrl(broker))
    return { client: subscriber.client, next: () => subscriber.next() }
  }
})

async function within(channel: import('amqplib').Channel, queue: string): Promise<import('amqplib').ConsumeMessage> {
  return new Promise((resolve, reject) => {
    channel.consume(queue, (message) => message !== null && resolve(message), { noAck: true }).catch(reject)
  })
}
