import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker, withVirtualBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker({ configuration: 'mqtt.retained_message_store.max_messages = 8' })
const timed = withVirtualBroker()
const here = only({ lapine: 'another broker need not speak MQTT' })

describe('MQTT retained messages', here, () => {
  test('whoever subscribes gets the last one of each topic, by wildcards too', async (t) => {
    const url = mqttUrl(broker)
    const sender = await Subscriber.open(t, url)
    await sender.client.publishAsync('last/a', 'old', { qos: 1, retain: true })
    await sender.client.publishAsync('last/a', 'new', { qos: 1, retain: true })
    await sender.client.publishAsync('last/b/c', 'deep', { qos: 0, retain: true })
    await sender.client.publishAsync('last/d', 'gone', { qos: 1, retain: true })
    await sender.client.publishAsync('last/d', '', { qos: 1, retain: true })
    const subscriber = await Subscriber.open(t, url)
    await subscriber.client.subscribeAsync('last/#', { qos: 1 })
    const got = [await subscriber.next(), await subscriber.next()]
    assert.deepEqual(
      got.map(({ topic, payload, qos, retain }) => [topic, String(payload), qos, retain]),
      [
        ['last/a', 'new', 1, true],
        ['last/b/c', 'deep', 0, true],
      ],
    )
    await sender.client.publishAsync('last/a', 'live', { qos: 1, retain: true })
    const live = await subscriber.next()
    assert.deepEqual([String(live.payload), live.retain], ['live', false])
  })

  test('retain handling and retain as published are the subscriber’s to choose', async (t) => {
    const url = mqttUrl(broker)
    const sender = await Subscriber.open(t, url)
    await sender.client.publishAsync('choose/x', 'kept', { qos: 1, retain: true })
    const subscriber = await Subscriber.open(t, url)
    await subscriber.client.subscribeAsync('choose/+', { qos: 1, rh: 2, rap: true })
    await sender.client.publishAsync('choose/x', 'flagged', { qos: 1, retain: true })
    await sender.client.publishAsync('choose/x', 'plain', { qos: 1 })
    const flagged = await subscriber.next()
    const plain = await subscriber.next()
    assert.deepEqual([String(flagged.payload), flagged.retain], ['flagged', true])
    assert.deepEqual([String(plain.payload), plain.retain], ['plain', false])
    await subscriber.client.subscribeAsync('choose/+', { qos: 1, rh: 1 })
    await subscriber.client.subscribeAsync('choose/+', { qos: 1, rh: 0 })
    const told = await subscriber.next()
    assert.deepEqual([String(told.payload), told.retain], ['flagged', true])
  })

  test('there are no more of them than there may be', async (t) => {
    const url = mqttUrl(broker)
    const sender = await Subscriber.open(t, url)
    for (let n = 0; n < 12; n++) await sender.client.publishAsync(`many/${n}`, `${n}`, { qos: 1, retain: true })
    const subscriber = await Subscriber.open(t, url)
    await subscriber.client.subscribeAsync('#', { qos: 1 })
    await sender.client.publishAsync('many/end', 'end', { qos: 1 })
    const texts: string[] = []
    for (let text = ''; text !== 'end'; texts.push(text)) text = (await subscriber.texts(1))[0]!
    assert.equal(texts.length, 9)
  })
})

describe('MQTT wills', here, () => {
  test('a will is published when its client goes without a word, and only then', async (t) => {
    const url = mqttUrl(broker)
    const watcher = await Subscriber.open(t, url)
    await watcher.client.subscribeAsync('will/#', { qos: 1 })
    const will = (name: string) => ({
      topic: `will/${name}`,
      payload: Buffer.from(`gone ${name}`),
      qos: 1 as const,
      retain: false,
    })
    const polite = await Subscriber.open(t, url, { will: will('polite') })
    await polite.leave()
    const rude = await Subscriber.open(t, url, { protocolVersion: 4, will: will('rude') })
    await rude.vanish()
    assert.deepEqual(await watcher.texts(1), ['gone rude'])
    const wanted = await Subscriber.open(t, url, { will: will('wanted') })
    await wanted.client.endAsync(false, { reasonCode: 4 })
    assert.deepEqual(await watcher.texts(1), ['gone wanted'])
  })

  test('a will waits for its delay, and is not published when its session goes on', async (t) => {
    const url = mqttUrl(timed)
    const watcher = await Subscriber.open(t, url, { keepalive: 0 })
    await watcher.client.subscribeAsync('later/#', { qos: 1 })
    const options = {
      clientId: 'delayed',
      clean: false,
      keepalive: 0,
      properties: { sessionExpiryInterval: 100 },
      will: {
        topic: 'later/x',
        payload: Buffer.from('late'),
        qos: 1 as const,
        retain: false,
        properties: { willDelayInterval: 30 },
      },
    }
    await (await Subscriber.open(t, url, options)).vanish()
    await timed.elapse(29_000)
    const back = await Subscriber.open(t, url, options)
    await timed.elapse(60_000)
    await back.vanish()
    await timed.elapse(29_000)
    await watcher.client.publishAsync('later/y', 'not yet', { qos: 1 })
    await timed.elapse(2000)
    assert.deepEqual(await watcher.texts(2), ['not yet', 'late'])
  })

  test('a will that waits is in a queue of its own, and comes at once when its session is begun anew', async (t) => {
    const url = mqttUrl(timed)
    const watcher = await Subscriber.open(t, url, { keepalive: 0 })
    await watcher.client.subscribeAsync('parked/#', { qos: 1 })
    const options = {
      clientId: 'parked',
      clean: false,
      keepalive: 0,
      properties: { sessionExpiryInterval: 100 },
      will: {
        topic: 'parked/x',
        payload: Buffer.from('anew'),
        qos: 1 as const,
        retain: false,
        properties: { willDelayInterval: 30 },
      },
    }
    await (await Subscriber.open(t, url, options)).vanish()
    assert.ok(timed.running instanceof Lapine)
    const api = new HttpApi(timed.running.httpUrl)
    const found = await eventually(
      async () => (await api.get('/queues/%2F/mqtt-will-parked')).body as { durable?: boolean; arguments?: object },
      ({ durable }) => durable === true,
      'the queue of the will',
    )
    assert.deepEqual(found.arguments, {
      'x-dead-letter-exchange': 'amq.topic',
      'x-expires': 90_000,
      'x-queue-type': 'classic',
    })
    await Subscriber.open(t, url, { clientId: 'parked', clean: true, keepalive: 0 })
    const { payload, properties } = await watcher.next()
    assert.deepEqual([String(payload), properties?.userProperties], ['anew', undefined])
  })

  test('who says nothing for one and a half times its keep-alive is sent away, and its will published', async (t) => {
    const url = mqttUrl(timed)
    const watcher = await Subscriber.open(t, url, { keepalive: 0 })
    await watcher.client.subscribeAsync('silent/#', { qos: 1 })
    const silent = await Subscriber.open(t, url, {
      keepalive: 1000,
      will: { topic: 'silent/x', payload: Buffer.from('dead'), qos: 1, retain: false },
    })
    const told = new Promise<number>((resolve) =>
      silent.client.on('disconnect', ({ reasonCode }) => resolve(reasonCode ?? -1)),
    )
    await timed.elapse(1_499_000)
    await timed.elapse(4000)
    assert.equal(await told, 0x8d)
    assert.deepEqual(await watcher.texts(1), ['dead'])
  })
})
