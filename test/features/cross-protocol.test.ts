import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { StompClient, stompPort } from '../support/stomp-client.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()

/** What a subscriber sees of a message, whatever its protocol. */
interface Seen {
  readonly body: string
  readonly contentType: string | undefined
  readonly correlation: string | undefined
  readonly persistent: boolean
  readonly mine: string | undefined
}

const sent = (body: string): Seen => ({
  body,
  contentType: 'text/plain',
  correlation: 'c1',
  persistent: true,
  mine: 'a:b',
})

describe('between protocols', only({ lapine: 'another broker need not speak all of them' }), () => {
  test('a message comes with body, properties and headers, by whichever of AMQP, MQTT and STOMP it was sent', async (t) => {
    const topic = 'cross/rooms/kitchen'
    const key = 'cross.rooms.kitchen'
    const session = await broker.open(t)
    const channel = await session.channel()
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, 'amq.topic', 'cross.#')
    const seen: Record<'amqp' | 'mqtt' | 'stomp', Seen[]> = { amqp: [], mqtt: [], stomp: [] }
    await channel.consume(
      queue,
      (message) => {
        const { contentType, correlationId, deliveryMode, headers } = message!.properties
        const mine: unknown = headers?.mine
        const persistent = deliveryMode === 2
        const body = message!.content.toString()
        seen.amqp.push({ body, contentType, correlation: correlationId, persistent, mine: mine as string | undefined })
      },
      { noAck: true },
    )
    const mqtt = await Subscriber.open(t, mqttUrl(broker))
    await mqtt.client.subscribeAsync('cross/#', { qos: 1 })
    const stomp = await StompClient.login(t, stompPort(broker))
    await stomp.done('SUBSCRIBE', { id: '1', destination: '/topic/cross.#' })

    channel.publish('amq.topic', key, Buffer.from('by AMQP'), {
      contentType: 'text/plain',
      correlationId: 'c1',
      persistent: true,
      headers: { mine: 'a:b' },
    })
    await mqtt.client.publishAsync(topic, 'by MQTT', {
      qos: 1,
      properties: { contentType: 'text/plain', correlationData: Buffer.from('c1'), userProperties: { mine: 'a:b' } },
    })
    const headers = { 'content-type': 'text/plain', 'correlation-id': 'c1', persistent: 'true', mine: 'a\\cb' }
    stomp.send('SEND', { destination: `/topic/${key}`, ...headers }, 'by STOMP')

    for (let count = 0; count < 3; count++) {
      const { payload, qos, properties, topic: name } = await mqtt.next()
      assert.equal(name, topic)
      const mine = properties?.userProperties?.mine
      seen.mqtt.push({
        body: String(payload),
        contentType: properties?.contentType,
        correlation: properties?.correlationData?.toString(),
        persistent: qos === 1,
        mine: typeof mine === 'string' ? mine : undefined,
      })
      const message = await stomp.message()
      assert.equal(message.headers.destination, `/topic/${key}`)
      seen.stomp.push({
        body: message.body,
        contentType: message.headers['content-type'],
        correlation: message.headers['correlation-id'],
        persistent: message.headers.persistent === 'true',
        mine: message.headers.mine?.replaceAll('\\c', ':'),
      })
    }
    await eventually(
      async () => seen.amqp.length,
      (count) => count === 3,
      'three messages over AMQP',
    )
    const expected = [sent('by AMQP'), sent('by MQTT'), sent('by STOMP')]
    for (const found of Object.values(seen)) {
      assert.deepEqual(
        found.sort((one, other) => (one.body < other.body ? -1 : 1)),
        expected,
      )
    }
  })

  test('a queue is the same for AMQP and STOMP, and a dead letter tells its way', async (t) => {
    const session = await broker.open(t)
    const channel = await session.channel()
    const dead = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(dead.queue, 'amq.fanout', '')
    const stomp = await StompClient.login(t, stompPort(broker))
    await stomp.done('SUBSCRIBE', {
      id: '1',
      destination: '/queue/cross-queue',
      ack: 'client-individual',
      'x-dead-letter-exchange': 'amq.fanout',
    })
    channel.sendToQueue('cross-queue', Buffer.from('x'), { headers: { count: 3, yes: true } })
    const { headers } = await stomp.message()
    assert.deepEqual([headers.destination, headers.count, headers.yes], ['/queue/cross-queue', '3', 'true'])
    await stomp.done('NACK', { id: headers.ack!, requeue: 'false' })
    const letter = await eventually(
      () => channel.get(dead.queue, { noAck: true }),
      (message) => message !== false,
      'a dead letter',
    )
    assert.ok(letter)
    assert.equal(letter.properties.headers?.['x-first-death-queue'], 'cross-queue')
  })
})
