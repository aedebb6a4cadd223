import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { type Matrix, pageOf } from '../matrix/page.ts'
import { type Seen, seenByAmqp, seenByMqtt, seenByStomp } from '../matrix/seen.ts'
import { amqpProperties, mqttProperties, stompHeaders, type Way, ways } from '../matrix/sent.ts'
import { withBroker } from '../support/broker.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { StompClient, stompPort } from '../support/stomp-client.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()
const page = new URL('../../docs/protocols-matrix.md', import.meta.url)

/** How the key of a sender's message says who sent it. */
const names: Readonly<Record<Way, string>> = {
  'AMQP 0-9-1': 'k-amqp',
  'MQTT 3.1.1': 'k-mqtt3',
  'MQTT 5.0': 'k-mqtt5',
  'STOMP 1.2': 'k-stomp',
}

/** Sends by each, one after the other: messages come in that order to every receiver. */
async function sendAll(t: TestContext): Promise<void> {
  const channel = await (await broker.open(t)).channel()
  channel.publish('amq.topic', 'm.k-amqp.kitchen', Buffer.from('m-body'), amqpProperties)
  await channel.checkExchange('amq.topic')
  for (const protocolVersion of [4, 5] as const) {
    const { client } = await Subscriber.open(t, mqttUrl(broker), { protocolVersion })
    const properties = protocolVersion === 5 ? { properties: mqttProperties } : {}
    await client.publishAsync(`m/k-mqtt${protocolVersion === 5 ? 5 : 3}/kitchen`, 'm-body', { qos: 1, ...properties })
  }
  const stomp = await StompClient.login(t, stompPort(broker))
  await stomp.done('SEND', { destination: '/topic/m.k-stomp.kitchen', ...stompHeaders }, 'm-body')
}

/** What every receiver sees, in the order of `ways`. */
async function receiveAll(t: TestContext): Promise<() => Promise<ReadonlyMap<Way, readonly Seen[]>>> {
  const channel = await (await broker.open(t)).channel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, 'amq.topic', 'm.#')
  const byAmqp: Seen[] = []
  await channel.consume(queue, (message) => byAmqp.push(seenByAmqp(message!)), { noAck: true })
  const mqtt: Subscriber[] = []
  for (const protocolVersion of [4, 5] as const) {
    const subscriber = await Subscriber.open(t, mqttUrl(broker), { protocolVersion })
    await subscriber.client.subscribeAsync('m/#', { qos: 1 })
    mqtt.push(subscriber)
  }
  const stomp = await StompClient.login(t, stompPort(broker))
  await stomp.done('SUBSCRIBE', { id: '1', destination: '/topic/m.#' })
  return async () => {
    const [byMqtt3, byMqtt5, byStomp]: [Seen[], Seen[], Seen[]] = [[], [], []]
    for (const _ of ways) {
      byMqtt3.push(seenByMqtt(await mqtt[0]!.next()))
      byMqtt5.push(seenByMqtt(await mqtt[1]!.next()))
      byStomp.push(seenByStomp(await stomp.message()))
    }
    await eventually(
      async () => byAmqp.length,
      (count) => count === ways.length,
      'all messages over AMQP',
    )
    const [amqp, mqtt3, mqtt5, stomp12] = ways
    return new Map<Way, readonly Seen[]>([
      [amqp, byAmqp],
      [mqtt3, byMqtt3],
      [mqtt5, byMqtt5],
      [stomp12, byStomp],
    ])
  }
}

describe('between protocols', only({ lapine: 'another broker need not speak all of them' }), () => {
  test('a message that says all it can comes out as docs/protocols-matrix.md tells', async (t) => {
    const received = await receiveAll(t)
    await sendAll(t)
    const byReceiver = await received()
    const matrix: Matrix = new Map(
      ways.map((sender, index) => [
        sender,
        new Map(
          ways.map((receiver) => {
            const seen = byReceiver.get(receiver)![index]!
            return [receiver, seen.map((entry) => entry.replaceAll(names[sender], 'X'))]
          }),
        ),
      ]),
    )
    const fresh = pageOf(matrix)
    if (process.env.WRITE_MATRIX !== undefined) writeFileSync(page, fresh)
    assert.equal(readFileSync(page, 'utf8'), fresh)
  })
})
