import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withBroker, withVirtualBroker } from '../support/broker.ts'
import { mqttUrl, Subscriber } from '../support/mqtt-client.ts'
import { MqttWire, text } from '../support/mqtt-wire.ts'
import { only } from '../support/target.ts'

const broker = withBroker()
const timed = withVirtualBroker()
const connect5 = [text('MQTT'), '05', '02', '0000', '00', text('')]

describe('what is against the rules of MQTT', only({ lapine: 'another broker need not speak MQTT' }), () => {
  test('before the login it ends the connection; a version nobody speaks is told', async (t) => {
    const rows: [string, (client: MqttWire) => void, string | undefined][] = [
      ['HTTP', (client) => client.raw(Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex')), undefined],
      ['a packet before CONNECT', (client) => client.send('c0'), undefined],
      ['a PUBLISH before CONNECT', (client) => client.send('30', text('a'), '61'), undefined],
      ['version 6', (client) => client.send('10', text('MQTT'), '06', '02', '0000', text('')), '0001'],
      ['a large packet', (client) => client.raw('10ffffff7f'), undefined],
      ['a length without an end', (client) => client.raw('10ffffffffff'), undefined],
      ['the type 0', (client) => client.raw('0000'), undefined],
    ]
    for (const [what, act, body] of rows) {
      const client = await MqttWire.open(t, mqttUrl(broker))
      act(client)
      const last = await client.next().catch((error: Error) => assert.fail(`${what}: ${error.message}`))
      assert.equal(last?.body, body, what)
      assert.equal(await client.next(), undefined, what)
    }
  })

  test('after it MQTT 5 is told why, and nobody else notices', async (t) => {
    const url = mqttUrl(broker)
    const canary = await Subscriber.open(t, url)
    await canary.client.subscribeAsync('canary', { qos: 1 })
    const rows: [string, (client: MqttWire) => void, string][] = [
      ['CONNECT again', (client) => client.send('10', ...connect5), '82'],
      ['a topic with a wildcard', (client) => client.send('30', text('a/#'), '00', '61'), '90'],
      ['a topic with U+0000', (client) => client.send('30', text('a\0b'), '00', '61'), '81'],
      ['a topic of 256 bytes', (client) => client.send('30', text('t'.repeat(256)), '00', '61'), '90'],
      ['no topic and no alias', (client) => client.send('30', text(''), '00', '61'), '82'],
      ['an alias beyond the maximum', (client) => client.send('30', text('a'), '03230011', '61'), '94'],
      ['an alias of nothing', (client) => client.send('30', text(''), '03230001', '61'), '82'],
      ['QoS 3', (client) => client.send('36', text('a'), '0001', '00', '61'), '81'],
      ['a packet identifier 0', (client) => client.send('32', text('a'), '0000', '00', '61'), '82'],
      ['SUBSCRIBE without filters', (client) => client.send('82', '0001', '00'), '82'],
      ['a filter that is none', (client) => client.send('82', '0001', '00', text('a/#/b'), '00'), '8f'],
      ['an unknown packet', (client) => client.send('20', '0000'), '82'],
      ['a packet that is too large', (client) => client.raw('30ffffff7f'), '95'],
      ['AUTH without a method', (client) => client.send('f0', '18'), '82'],
    ]
    for (const [what, act, reason] of rows) {
      const client = await MqttWire.login(t, url)
      act(client)
      const last = await client.next().catch((error: Error) => assert.fail(`${what}: ${error.message}`))
      assert.equal(last?.type, 'disconnect', what)
      assert.equal(last.body.slice(0, 2), reason, what)
      assert.equal(await client.next(), undefined, what)
    }
    await canary.client.publishAsync('canary', 'sings', { qos: 1 })
    assert.deepEqual(await canary.texts(1), ['sings'])
  })

  test('acknowledgements of nothing do no harm', async (t) => {
    const client = await MqttWire.login(t, mqttUrl(broker))
    client.send('40', '0007')
    client.send('50', '0007')
    client.send('62', '0008')
    client.send('70', '0009')
    assert.deepEqual(
      [await client.next(), await client.next()].map((packet) => [packet?.type, packet?.body]),
      [
        ['pubrel', '00079200'],
        ['pubcomp', '00089200'],
      ],
    )
  })

  test('who does not log in in time is sent away', async (t) => {
    const client = await MqttWire.open(t, mqttUrl(timed))
    client.raw('10')
    await timed.elapse(9000)
    assert.equal(client.ended, false)
    await timed.elapse(2000)
    assert.equal(await client.next(), undefined)
  })
})
