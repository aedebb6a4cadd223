import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { only } from '../support/target.ts'
import { eventually, within } from '../support/waiting.ts'

const broker = withBroker({ configuration: 'mqtt.disconnect_on_unauthorized = false' })
let api: HttpApi

describe('who may do what over MQTT', only({ lapine: 'another broker need not speak MQTT' }), () => {
  before(async () => {
    assert.ok(broker.running instanceof Lapine)
    api = new HttpApi(broker.running.httpUrl)
    await api.put('/vhosts/other', {})
    await api.put('/users/ann', { password: 'secret', tags: '' })
    const permissions = { configure: 'mqtt-.*', write: 'mqtt-.*|amq.topic', read: 'mqtt-.*|amq.topic' }
    await api.put('/permissions/other/ann', permissions)
    await api.put('/permissions/%2F/ann', permissions)
    await api.put('/topic-permissions/%2F/ann', {
      exchange: 'amq.topic',
      write: '^own\\.{client_id}\\..*',
      read: '^own\\.{client_id}\\..*|^all\\.#$',
    })
  })

  test('the virtual host is named before the user, by the port, or is the default', async (t) => {
    const url = mqttUrl(broker)
    const ann = await Subscriber.open(t, url, { username: 'other:ann', password: 'secret', clientId: 'placed' })
    const shown = await eventually(
      async () =>
        (await api.get('/connections')).body as {
          vhost: string
          protocol: string
          client_properties: { client_id?: string }
        }[],
      (list) => list.some(({ protocol }) => protocol === 'MQTT 5-0'),
      'the connection to be listed',
    )
    const found = shown.find(({ client_properties }) => client_properties.client_id === 'placed')
    assert.deepEqual([found?.vhost, found?.protocol], ['other', 'MQTT 5-0'])
    await ann.leave()
    await api.put('/global-parameters/mqtt_port_to_vhost_mapping', {
      value: { [new URL(url).port]: 'other' },
    })
    const mapped = await Subscriber.open(t, url, { username: 'ann', password: 'secret', protocolVersion: 4 })
    const list = (await api.get('/connections')).body as { vhost: string; protocol: string }[]
    assert.ok(list.some(({ vhost, protocol }) => vhost === 'other' && protocol === 'MQTT 3-1-1'))
    await mapped.leave()
    await api.delete('/global-parameters/mqtt_port_to_vhost_mapping')
  })

  test('a wrong password, a missing virtual host and one without permission are refused', async (t) => {
    const url = mqttUrl(broker)
    const rows: [string, string, RegExp, RegExp][] = [
      ['ann', 'wrong', /Bad User Name or Password/i, /bad user ?name or password/i],
      ['nowhere:ann', 'secret', /Bad User Name or Password/i, /bad user ?name or password/i],
      ['nobody', 'x', /Bad User Name or Password/i, /bad user ?name or password/i],
    ]
    for (const [username, password, said5, said4] of rows) {
      await assert.rejects(Subscriber.open(t, url, { username, password }), said5)
      await assert.rejects(Subscriber.open(t, url, { username, password, protocolVersion: 4 }), said4)
    }
  })

  test('topics are permitted by patterns with the client identifier, which means itself', async (t) => {
    const url = mqttUrl(broker)
    const login = { username: 'ann', password: 'secret' }
    const ann = await Subscriber.open(t, url, { ...login, clientId: 'a.b' })
    const codes = async (subscriber: Subscriber, ...topics: string[]) => {
      const granted = new Promise<unknown>((resolve) =>
        subscriber.client.on('packetreceive', (packet) => packet.cmd === 'suback' && resolve(packet.granted)),
      )
      await subscriber.client.subscribeAsync(topics, { qos: 1 }).catch(() => {})
      return await within(granted, 'SUBACK')
    }
    assert.deepEqual(await codes(ann, 'own/a/b/#', 'own/axb/#'), [1, 0x87])
    await ann.client.publishAsync('own/a/b/x', 'mine', { qos: 1 })
    assert.deepEqual(await ann.texts(1), ['mine'])
    await assert.rejects(ann.client.publishAsync('own/axb/x', 'theirs', { qos: 1 }), /Not authorized/i)
    const old = await Subscriber.open(t, url, { ...login, clientId: 'old', protocolVersion: 4 })
    assert.deepEqual(await codes(old, 'own/old/#', 'own/new/#'), [1, 0x80])
  })

  test('a policy holds for the queues of sessions, and a full one refuses', async (t) => {
    const url = mqttUrl(broker)
    await api.put('/policies/%2F/mqtt', {
      pattern: '^mqtt-subscription-full',
      'apply-to': 'queues',
      definition: { 'max-length': 1, overflow: 'reject-publish' },
    })
    const options = { clientId: 'full', clean: false, properties: { sessionExpiryInterval: 100 } }
    const first = await Subscriber.open(t, url, options)
    await first.client.subscribeAsync('full', { qos: 1 })
    await first.leave()
    const sender = await Subscriber.open(t, url)
    await sender.client.publishAsync('full', 'fits', { qos: 1 })
    await assert.rejects(sender.client.publishAsync('full', 'too many', { qos: 1 }), /Quota exceeded/i)
    await api.delete('/policies/%2F/mqtt')
  })

  test('an operator ends a connection, and its client is told', async (t) => {
    const client = await Subscriber.open(t, mqttUrl(broker), { clientId: 'ended' })
    const told = new Promise<number>((resolve) =>
      client.client.on('disconnect', ({ reasonCode }) => resolve(reasonCode ?? -1)),
    )
    const list = (await api.get('/connections')).body as { name: string; client_properties: { client_id?: string } }[]
    const { name } = list.find(({ client_properties }) => client_properties.client_id === 'ended')!
    await api.delete(`/connections/${encodeURIComponent(name)}`)
    assert.equal(await within(told, 'DISCONNECT'), 0x98)
  })
})
