import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { only } from '../support/target.ts'
import { within } from '../support/waiting.ts'

const broker = withVirtualBroker()

describe('topics of the broker itself', only({ lapine: 'RabbitMQ has none' }), () => {
  test('who subscribes to $SYS is told what there is, and every ten seconds what changes', async (t) => {
    const channel = await (await broker.open(t)).channel()
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, 'amq.topic', '#')
    const watcher = await Subscriber.open(t, mqttUrl(broker), { keepalive: 0 })
    await watcher.client.subscribeAsync(['$SYS/broker/clients/connected', '$SYS/broker/uptime', '#'], { qos: 1 })
    const first = [await watcher.next(), await watcher.next()]
    assert.deepEqual(
      first.map(({ topic, retain, payload }) => [topic, retain, String(payload).replace(/\d+ s/, 'N s')]),
      [
        ['$SYS/broker/clients/connected', true, '1'],
        ['$SYS/broker/uptime', true, 'N seconds'],
      ],
    )
    const other = await Subscriber.open(t, mqttUrl(broker), { keepalive: 0 })
    await broker.elapse(1000)
    await broker.elapse(11_000)
    const told = new Map<string, string>()
    while (told.get('$SYS/broker/clients/connected') !== '2') {
      const { topic, payload, retain } = await watcher.next()
      assert.equal(retain, false)
      told.set(topic, String(payload))
    }
    assert.ok(told.has('$SYS/broker/uptime'))
    await other.leave()
    // Nothing of it was published.
    assert.equal((await channel.checkQueue(queue)).messageCount, 0)
  })

  test('they are for those who may watch the broker, and nobody publishes there', async (t) => {
    assert.ok(broker.running instanceof Lapine)
    const api = new HttpApi(broker.running.httpUrl)
    await api.put('/users/plain', { password: 'plain', tags: '' })
    await api.put('/permissions/%2F/plain', { configure: '.*', write: '.*', read: '.*' })
    const plain = await Subscriber.open(t, mqttUrl(broker), { username: 'plain', password: 'plain', keepalive: 0 })
    const [granted] = await plain.client.subscribeAsync('$SYS/#', { qos: 0 }).catch(() => [{ qos: 0x87 }])
    assert.equal(granted?.qos, 0x87)
    const sender = await Subscriber.open(t, mqttUrl(broker), { keepalive: 0 })
    const told = new Promise<number | undefined>((resolve) =>
      sender.client.on('disconnect', ({ reasonCode }) => resolve(reasonCode)),
    )
    sender.client.publish('$SYS/broker/uptime', 'for ever', { qos: 0 })
    assert.equal(await within(told, 'a DISCONNECT'), 0x87)
  })
})
