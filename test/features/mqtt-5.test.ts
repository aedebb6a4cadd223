import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IPublishPacket } from 'mqtt'
import { withBroker, withVirtualBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { MqttWire, text } from '../support/mqtt-wire.ts'
import { only } from '../support/target.ts'
import { within } from '../support/waiting.ts'

const broker = withBroker()
const timed = withVirtualBroker()
const here = only({ lapine: 'another broker need not speak MQTT' })

describe('what MQTT 5 adds', here, () => {
  test('CONNACK tells what the server can', async (t) => {
    const { connack } = await Subscriber.open(t, mqttUrl(broker), { clientId: 'told', properties: {} })
    assert.deepEqual(
      { ...connack.properties },
      {
        maximumPacketSize: 16_777_216,
        receiveMaximum: 1024,
        topicAliasMaximum: 16,
      },
    )
  })

  test('subscription identifiers come with what the subscriptions matched', async (t) => {
    const { client } = await Subscriber.open(t, mqttUrl(broker))
    const subscriber = await Subscriber.open(t, mqttUrl(broker))
    await subscriber.client.subscribeAsync('ids/+', { qos: 1, properties: { subscriptionIdentifier: 7 } })
    await subscriber.client.subscribeAsync('ids/#', { qos: 1, properties: { subscriptionIdentifier: 300 } })
    await client.publishAsync('ids/x', 'both', { qos: 1 })
    await client.publishAsync('ids/x/y', 'one', { qos: 1 })
    const identifiers = async () => (await subscriber.next()).properties?.subscriptionIdentifier
    assert.deepEqual([await identifiers()].flat().sort(), [300, 7].sort())
    assert.deepEqual([await identifiers()].flat(), [300])
  })

  test('a client does not get what it publishes itself where it does not want to', async (t) => {
    const subscriber = await Subscriber.open(t, mqttUrl(broker))
    const other = await Subscriber.open(t, mqttUrl(broker))
    await subscriber.client.subscribeAsync('local/#', { qos: 1, nl: true })
    await subscriber.client.publishAsync('local/x', 'mine', { qos: 1 })
    await other.client.publishAsync('local/x', 'theirs', { qos: 1 })
    assert.deepEqual(await subscriber.texts(1), ['theirs'])
  })

  test('those who share a subscription get each message once', async (t) => {
    const url = mqttUrl(broker)
    const one = await Subscriber.open(t, url)
    const two = await Subscriber.open(t, url)
    const all = await Subscriber.open(t, url)
    await one.client.subscribeAsync('$share/group/work/#', { qos: 1 })
    await two.client.subscribeAsync('$share/group/work/#', { qos: 1 })
    await all.client.subscribeAsync('work/#', { qos: 1 })
    const texts = Array.from({ length: 20 }, (_, n) => `${n}`)
    for (const text of texts) await all.client.publishAsync('work/x', text, { qos: 1 })
    assert.deepEqual(await all.texts(20), texts)
    await within(
      (async () => {
        while (one.messages.length + two.messages.length < 20) await new Promise((resolve) => setImmediate(resolve))
      })(),
      'the shared messages',
    )
    const shared = [...one.messages, ...two.messages].map(({ payload }) => String(payload))
    assert.deepEqual(shared.sort(), texts.sort())
    assert.ok(one.messages.length > 0 && two.messages.length > 0)
    // The group's queue goes with the last of it.
    await one.client.unsubscribeAsync('$share/group/work/#')
    await two.leave()
    await all.client.publishAsync('work/x', 'nobody', { qos: 1 })
    const late = await Subscriber.open(t, url)
    await late.client.subscribeAsync('$share/group/work/#', { qos: 1 })
    await all.client.publishAsync('work/x', 'somebody', { qos: 1 })
    assert.deepEqual(await late.texts(1), ['somebody'])
  })

  test('topics have aliases in both directions', async (t) => {
    const url = mqttUrl(broker)
    const packets: IPublishPacket[] = []
    const subscriber = await Subscriber.open(t, url, { properties: { topicAliasMaximum: 1 } })
    subscriber.client.on('packetreceive', (packet) => packet.cmd === 'publish' && packets.push({ ...packet }))
    await subscriber.client.subscribeAsync('alias/#', { qos: 1 })
    const sender = await Subscriber.open(t, url)
    for (const topic of ['alias/a', '', '']) {
      await sender.client.publishAsync(topic, 'x', { qos: 1, properties: { topicAlias: 3 } })
    }
    await sender.client.publishAsync('alias/b', 'y', { qos: 1 })
    await subscriber.texts(4)
    assert.deepEqual(
      packets.map(({ topic, properties }) => [topic, properties?.topicAlias]),
      [
        ['alias/a', 1],
        ['', 1],
        ['', 1],
        ['alias/b', undefined],
      ],
    )
  })

  test('a client gets no packet that is larger than it takes, and no more at once than it can answer', async (t) => {
    const url = mqttUrl(broker)
    const small = await Subscriber.open(t, url, { properties: { maximumPacketSize: 100 } })
    await small.client.subscribeAsync('small/#', { qos: 1 })
    const sender = await Subscriber.open(t, url)
    await sender.client.publishAsync('small/x', Buffer.alloc(200), { qos: 1 })
    await sender.client.publishAsync('small/x', 'fits', { qos: 1 })
    assert.deepEqual(await small.texts(1), ['fits'])

    // Receive Maximum 2.
    const slow = await MqttWire.login(t, url, { properties: '210002' })
    slow.send('82', '0001', '00', text('slow/#'), '01')
    await slow.next()
    for (let n = 0; n < 5; n++) await sender.client.publishAsync('slow/x', `${n}`, { qos: 1 })
    const first = await slow.settled()
    assert.deepEqual(
      first.map(({ type, body }) => [type, body]),
      [
        ['publish', `${text('slow/x')}00010030`],
        ['publish', `${text('slow/x')}00020031`],
      ],
    )
    slow.send('40', '0002')
    assert.deepEqual((await slow.next())?.body, `${text('slow/x')}00030032`)
  })

  test('who sends more than may be unanswered is sent away', async (t) => {
    const client = await MqttWire.login(t, mqttUrl(broker))
    const identifier = (n: number) => n.toString(16).padStart(4, '0')
    for (let n = 1; n <= 1025; n++) client.send('34', text('flood'), identifier(n), '00')
    let packet = await client.next()
    while (packet?.type === 'pubrec') packet = await client.next()
    assert.deepEqual([packet?.type, packet?.body.slice(0, 2)], ['disconnect', '93'])
  })

  test('who finds no room, or whose broker stops, is told of another server', async (t) => {
    const configuration = 'lapine.mqtt_server_reference = other.example:1883\nmqtt.max_connections = 1'
    const small = await Lapine.start({ configuration })
    t.after(() => small.stop())
    const first = await MqttWire.login(t, small.mqttUrl)
    const second = await MqttWire.open(t, small.mqttUrl)
    second.send('10', text('MQTT'), '05', '02', '0000', '00', text(''))
    const reference = `1c${text('other.example:1883')}`
    const refused = await second.next()
    assert.equal(refused?.body, `009c15${reference}`)
    const stopping = small.stop()
    const told = await first.next()
    assert.deepEqual([told?.type, told?.body.slice(0, 2), told?.body.includes(reference)], ['disconnect', '9c', true])
    await stopping
  })

  test('a publish that leads nowhere is told so, and unsubscribing from nothing too', async (t) => {
    const { client } = await Subscriber.open(t, mqttUrl(broker))
    const reason = new Promise((resolve) =>
      client.on('packetreceive', (packet) => packet.cmd === 'puback' && resolve(packet.reasonCode)),
    )
    await client.publishAsync('nobody/listens', 'x', { qos: 1 })
    assert.equal(await within(reason, 'PUBACK'), 0x10)
    const codes = new Promise((resolve) =>
      client.on('packetreceive', (packet) => packet.cmd === 'unsuback' && resolve(packet.granted)),
    )
    await client.unsubscribeAsync('never/subscribed').catch(() => {})
    assert.deepEqual(await within(codes, 'UNSUBACK'), [0x11])
  })

  test('a message ends with its time, and what is left of that is told', async (t) => {
    const url = mqttUrl(timed)
    const options = { clientId: 'expiry', clean: false, keepalive: 0, properties: { sessionExpiryInterval: 1000 } }
    const first = await Subscriber.open(t, url, options)
    await first.client.subscribeAsync('short/#', { qos: 1 })
    await first.leave()
    const sender = await Subscriber.open(t, url, { keepalive: 0 })
    await sender.client.publishAsync('short/a', 'short', { qos: 1, properties: { messageExpiryInterval: 5 } })
    await sender.client.publishAsync('short/b', 'long', { qos: 1, properties: { messageExpiryInterval: 50 } })
    await timed.elapse(20_000)
    const second = await Subscriber.open(t, url, options)
    const packet = await second.next()
    assert.deepEqual([String(packet.payload), packet.properties?.messageExpiryInterval], ['long', 30])
  })

  test('request and response find each other, with all that was said', async (t) => {
    const url = mqttUrl(broker)
    const server = await Subscriber.open(t, url)
    await server.client.subscribeAsync('ask/#', { qos: 1 })
    const client = await Subscriber.open(t, url)
    await client.client.subscribeAsync('answers/me', { qos: 1 })
    const odd = Buffer.from([0xff, 0x00, 0xc3])
    const properties = {
      responseTopic: 'answers/me',
      correlationData: odd,
      payloadFormatIndicator: true,
      contentType: 'text/x',
      userProperties: { a: ['1', '2'], b: 'ü' },
    }
    await client.client.publishAsync('ask/x', '?', { qos: 2, properties })
    const request = await server.next()
    const { userProperties, ...others } = request.properties!
    assert.deepEqual(
      [{ ...others }, { ...userProperties }],
      [
        {
          responseTopic: 'answers/me',
          correlationData: odd,
          payloadFormatIndicator: true,
          contentType: 'text/x',
        },
        { a: ['1', '2'], b: 'ü' },
      ],
    )
    await server.client.publishAsync(others.responseTopic!, '!', {
      qos: 1,
      properties: { correlationData: others.correlationData! },
    })
    assert.deepEqual((await client.next()).properties?.correlationData, odd)
  })

  test('authentication by a method: PLAIN logs in, at once or when asked, and again; an unknown one is refused', async (t) => {
    const url = mqttUrl(broker)
    const plain = Buffer.from('\0guest\0guest')
    const direct = await Subscriber.open(t, url, {
      properties: { authenticationMethod: 'PLAIN', authenticationData: plain },
    })
    assert.equal(direct.connack.properties?.authenticationMethod, 'PLAIN')
    await assert.rejects(
      Subscriber.open(t, url, {
        properties: { authenticationMethod: 'PLAIN', authenticationData: Buffer.from('\0guest\0wrong') },
      }),
      /Bad User Name or Password/i,
    )
    await assert.rejects(
      Subscriber.open(t, url, { properties: { authenticationMethod: 'SCRAM', authenticationData: plain } }),
      /Bad authentication method/i,
    )
  })
})
