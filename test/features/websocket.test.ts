import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { AMQPWebSocketClient } from '@cloudamqp/amqp-client/amqp-websocket-client'
import { Client, type IMessage } from '@stomp/stompjs'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { withBroker } from '../support/broker.ts'
import { TestAuthority, TestFolder } from '../support/certificates.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { Subscriber } from '../support/mqtt-client.ts'
import { only } from '../support/target.ts'
import { eventually, within } from '../support/waiting.ts'
import { upgradeHeaders, WebSocketWire } from '../support/web-socket-wire.ts'

const broker = withBroker({
  configuration: [
    'lapine.web_amqp.tcp.port = 0',
    'web_stomp.use_http_auth = true',
    'web_stomp.allow_origins.1 = https://shop.example',
    'web_stomp.max_connections = 5',
    'web_stomp.ws_opts.max_frame_size = 100000',
  ].join('\n'),
})

function running(): Lapine {
  assert.ok(broker.running instanceof Lapine)
  return broker.running
}

const mqttAt = (port: number, scheme = 'ws') => `${scheme}://guest:guest@127.0.0.1:${port}/ws`

/** A client of STOMP, connected; ends with the test. */
async function stompClient(t: TestContext, port: number, versions: string[] = ['1.2']): Promise<Client> {
  const client = new Client({
    webSocketFactory: () =>
      new WebSocket(
        `ws://127.0.0.1:${port}/ws`,
        versions.map((one) => `v${one.replace('.', '')}.stomp`),
      ),
    connectHeaders: { login: 'guest', passcode: 'guest', host: '/' },
    reconnectDelay: 0,
    heartbeatIncoming: 0,
    heartbeatOutgoing: 0,
  })
  client.stompVersions = { versions, protocolVersions: () => [], supportedVersions: () => versions.join(',') } as never
  const connected = new Promise<void>((resolve, reject) => {
    client.onConnect = () => resolve()
    client.onStompError = (frame) => reject(new Error(frame.headers.message))
  })
  client.activate()
  t.after(() => client.deactivate())
  await within(connected, 'CONNECTED')
  return client
}

/** What CONNECT and SUBSCRIBE come to over MQTT, as bytes. */
const connect311 = Buffer.from('101000044d5154540402003c000472617731', 'hex')

describe('protocols over WebSocket', only({ lapine: 'another broker need not speak them' }), () => {
  for (const protocolVersion of [4, 5] as const) {
    test(`MQTT.js, version ${protocolVersion}: small and large messages of every quality`, async (t) => {
      const client = await Subscriber.open(t, mqttAt(running().portOf('http/web-mqtt')), { protocolVersion })
      await client.client.subscribeAsync(`ws/${protocolVersion}/#`, { qos: 2 })
      const sizes = [0, 1, 125, 126, 65_535, 65_536, 300_000]
      for (const [index, size] of sizes.entries()) {
        const qos = (index % 3) as 0 | 1 | 2
        await client.client.publishAsync(`ws/${protocolVersion}/x`, Buffer.alloc(size, index), { qos })
      }
      for (const [index, size] of sizes.entries()) {
        assert.deepEqual((await client.next()).payload, Buffer.alloc(size, index))
      }
      const api = new HttpApi(running().httpUrl)
      const list = await eventually(
        async () => (await api.get('/connections')).body as { protocol: string }[],
        (found) =>
          found.some(({ protocol }) => protocol === (protocolVersion === 5 ? 'Web MQTT 5-0' : 'Web MQTT 3-1-1')),
        'the connection in the list',
      )
      assert.ok(list.length > 0)
    })
  }

  for (const version of ['1.0', '1.1', '1.2']) {
    test(`@stomp/stompjs, STOMP ${version}: text goes as text, bytes as bytes`, async (t) => {
      const client = await stompClient(t, running().portOf('http/web-stomp'), [version])
      assert.equal(client.connectedVersion, version)
      const got: IMessage[] = []
      const three = new Promise<void>((resolve) => {
        client.subscribe('/topic/web.stomp', (message) => {
          got.push(message)
          if (got.length === 3) resolve()
        })
      })
      client.publish({ destination: '/topic/web.stomp', body: 'grüße', headers: { mine: 'a' } })
      client.publish({ destination: '/topic/web.stomp', binaryBody: new Uint8Array([0xff, 0, 0xfe]) })
      client.publish({ destination: '/topic/web.stomp', body: 'x'.repeat(90_000) })
      await within(three, 'three messages')
      assert.deepEqual([got[0]!.body, got[0]!.headers.mine], ['grüße', 'a'])
      assert.deepEqual([...got[1]!.binaryBody], [0xff, 0, 0xfe])
      assert.equal(got[2]!.body.length, 90_000)
    })
  }

  test('@cloudamqp/amqp-client, on a port of its own and on that of the HTTP API', async (t) => {
    for (const url of [
      `ws://127.0.0.1:${running().portOf('http/web-amqp')}/`,
      `ws://127.0.0.1:${running().portOf('http')}/ws`,
    ]) {
      const client = new AMQPWebSocketClient(url, '/', 'guest', 'guest')
      await client.connect()
      t.after(() => client.close().catch(() => {}))
      const channel = await client.channel()
      const { name } = await channel.queueDeclare('', { exclusive: true })
      await channel.confirmSelect()
      await channel.basicPublish('', name, 'over a web', { correlationId: 'c' })
      const message = await channel.basicGet(name, { noAck: true })
      assert.deepEqual([message?.bodyString(), message?.properties.correlationId], ['over a web', 'c'])
      await client.close()
    }
    // A client of HTTP that would rather speak HTTP/2 is answered as before.
    const wire = await WebSocketWire.open(t, running().portOf('http'))
    wire.request('/api/whoami', { Host: 'x', Connection: 'Upgrade', Upgrade: 'h2c' })
    assert.match(await wire.answer(), /^HTTP\/1.1 401 /)
  })

  test('over TLS, and behind a proxy that says whom it serves', async (t) => {
    const folder = new TestFolder()
    t.after(() => folder.remove())
    const identity = new TestAuthority().issue({ subject: 'localhost', names: [['dns', 'localhost']], usage: 'server' })
    folder.write('cert.pem', identity.cert)
    folder.write('key.pem', identity.key)
    const secure = await Lapine.start({
      configuration: [
        'web_mqtt.ssl.listener = 127.0.0.1:0',
        'web_stomp.proxy_protocol = true',
        `ssl_options.certfile = ${folder.path}/cert.pem`,
        `ssl_options.keyfile = ${folder.path}/key.pem`,
      ].join('\n'),
    })
    t.after(() => secure.stop())
    const url = mqttAt(secure.portOf('http/web-mqtt', { tls: true }), 'wss')
    const client = await Subscriber.open(t, url, { rejectUnauthorized: false })
    const api = new HttpApi(secure.httpUrl)
    const [shown] = await eventually(
      async () => (await api.get('/connections')).body as { ssl: boolean; protocol: string }[],
      (list) => list.length === 1,
      'the connection in the list',
    )
    assert.deepEqual([shown!.ssl, shown!.protocol], [true, 'Web MQTT 5-0'])
    const { listeners } = (await api.get('/overview')).body as { listeners: { protocol: string }[] }
    assert.ok(listeners.some(({ protocol }) => protocol === 'https/web-mqtt'))
    await client.leave()
    const wire = await WebSocketWire.open(t, secure.portOf('http/web-stomp'))
    wire.raw('PROXY TCP4 8.8.8.8 10.0.0.1 1234 15674\r\n')
    wire.request('/ws', upgradeHeaders())
    assert.match(await wire.answer(), /^HTTP\/1.1 101 /)
    wire.frame(0x81, Buffer.from('CONNECT\nlogin:guest\npasscode:guest\n\n\0'))
    assert.match(String((await wire.next())?.payload), /^ERROR\nmessage:Bad CONNECT[\s\S]*non-loopback access denied/)
  })
})

describe('the request for a WebSocket', only({ lapine: 'another broker need not speak them' }), () => {
  const rows: [string, string, Record<string, string | undefined>, RegExp][] = [
    ['http/web-mqtt', 'another path', { path: '/other' }, /^HTTP\/1.1 404 /],
    ['http/web-mqtt', 'a query', { path: '/ws?x=1', 'Sec-WebSocket-Protocol': 'mqtt' }, /^HTTP\/1.1 101 /],
    ['http/web-mqtt', 'no upgrade', { Upgrade: undefined }, /^HTTP\/1.1 426 [\s\S]*Sec-WebSocket-Version: 13/],
    ['http/web-mqtt', 'another method', { method: 'POST', 'Content-Length': '0' }, /^HTTP\/1.1 426 /],
    ['http/web-mqtt', 'another version', { 'Sec-WebSocket-Version': '8' }, /^HTTP\/1.1 426 /],
    ['http/web-mqtt', 'no key', { 'Sec-WebSocket-Key': 'x' }, /^HTTP\/1.1 400 /],
    ['http/web-mqtt', 'no subprotocol', {}, /^HTTP\/1.1 400 /],
    ['http/web-mqtt', 'one of another', { 'Sec-WebSocket-Protocol': 'v12.stomp' }, /^HTTP\/1.1 400 /],
    [
      'http/web-mqtt',
      'one of many',
      { 'Sec-WebSocket-Protocol': 'x, mqtt' },
      /^HTTP\/1.1 101 [\s\S]*Protocol: mqtt\r\n/,
    ],
    [
      'http/web-mqtt',
      'a page of this host',
      { 'Sec-WebSocket-Protocol': 'mqtt', Origin: 'http://127.0.0.1:3000' },
      /^HTTP\/1.1 101 /,
    ],
    [
      'http/web-mqtt',
      'a page of another',
      { 'Sec-WebSocket-Protocol': 'mqtt', Origin: 'http://evil.example' },
      /^HTTP\/1.1 403 /,
    ],
    ['http/web-mqtt', 'a page of nowhere', { 'Sec-WebSocket-Protocol': 'mqtt', Origin: 'null' }, /^HTTP\/1.1 403 /],
    ['http/web-stomp', 'no subprotocol', {}, /^HTTP\/1.1 101 (?![\s\S]*Sec-WebSocket-Protocol)/],
    [
      'http/web-stomp',
      'the best of many',
      { 'Sec-WebSocket-Protocol': 'v10.stomp, v12.stomp,v11.stomp' },
      /Protocol: v12.stomp\r\n/,
    ],
    ['http/web-stomp', 'a page that is named', { Origin: 'https://shop.example' }, /^HTTP\/1.1 101 /],
    [
      'http/web-stomp',
      'a page of this host, where others are named',
      { Origin: 'http://127.0.0.1' },
      /^HTTP\/1.1 403 /,
    ],
    [
      'http/web-stomp',
      'compression',
      { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
      /^HTTP\/1.1 101 (?![\s\S]*Extensions)/,
    ],
    ['http/web-stomp', 'a head without end', { Cookie: 'x'.repeat(20_000) }, /^HTTP\/1.1 400 /],
  ]
  for (const [listener, name, { path = '/ws', method = 'GET', ...more }, expected] of rows) {
    test(`${listener}: ${name}`, async (t) => {
      const wire = await WebSocketWire.open(t, running().portOf(listener))
      const headers = Object.entries({ ...upgradeHeaders(), ...more }).filter(
        (one): one is [string, string] => one[1] !== undefined,
      )
      wire.request(path, Object.fromEntries(headers), method)
      assert.match(await wire.answer(), expected)
    })
  }

  test('its answer proves that it was read', async (t) => {
    const wire = await WebSocketWire.open(t, running().portOf('http/web-stomp'))
    wire.request('/ws', upgradeHeaders())
    // RFC 6455, section 1.3.
    assert.match(await wire.answer(), /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/)
  })

  test('it has to come in time', async (t) => {
    const clock = new VirtualClock(0)
    const timed = await Lapine.start({ clock })
    t.after(() => timed.stop())
    const wire = await WebSocketWire.open(t, timed.portOf('http/web-stomp'))
    wire.raw('GET /ws HTTP/1.1\r\nHost:')
    await eventually(
      async () => {
        await timed.elapse(11_000)
        return timed.log.lines.filter((line) => line.includes('Web STOMP: no request in time')).length
      },
      (count) => count > 0,
      'the end of patience',
    )
    assert.equal(await wire.next(), undefined)
  })

  test('it may say who connects, and then that counts', async (t) => {
    const api = new HttpApi(running().httpUrl)
    await api.put('/users/web', { password: 'p:w', tags: '' })
    await api.put('/permissions/%2F/web', { configure: '', write: '', read: '' })
    const login = async (credentials: string) => {
      const wire = await WebSocketWire.open(t, running().portOf('http/web-stomp'))
      const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
      wire.request('/ws', upgradeHeaders({ Authorization: authorization }))
      await wire.answer()
      wire.frame(0x81, Buffer.from('CONNECT\nlogin:guest\npasscode:guest\n\n\0'))
      return String((await wire.next())?.payload)
    }
    assert.match(await login('web:p:w'), /^CONNECTED/)
    assert.match(await login('web:no'), /Access refused for user 'web'/)
  })
})

describe('frames of WebSockets', only({ lapine: 'another broker need not speak them' }), () => {
  /** A WebSocket that has been granted. */
  async function open(t: TestContext, listener: string): Promise<WebSocketWire> {
    const wire = await WebSocketWire.open(t, running().portOf(listener))
    wire.request('/ws', upgradeHeaders({ 'Sec-WebSocket-Protocol': 'mqtt, v12.stomp' }))
    assert.match(await wire.answer(), /^HTTP\/1.1 101 /)
    return wire
  }

  test('a packet may come in many frames, with pings between, and many packets in one', async (t) => {
    const wire = await open(t, 'http/web-mqtt')
    wire.frame(0x02, connect311.subarray(0, 1))
    wire.frame(0x89, Buffer.from('still there?'))
    for (const byte of connect311.subarray(1, -1)) wire.frame(0x00, Buffer.from([byte]))
    assert.deepEqual(await wire.next(), { opcode: 10, payload: Buffer.from('still there?') })
    wire.frame(0x80, connect311.subarray(-1))
    assert.deepEqual(await wire.next(), { opcode: 2, payload: Buffer.from('20020000', 'hex') })
    const pingreq = Buffer.from('c000', 'hex')
    wire.frame(0x82, Buffer.concat([pingreq, pingreq, pingreq]))
    assert.deepEqual(await wire.next(), { opcode: 2, payload: Buffer.from('d000d000d000', 'hex') })
    wire.frame(0x82, Buffer.from('e000', 'hex'))
    assert.equal(await wire.closeCode(), 1000)
  })

  test('a client that says goodbye is told goodbye', async (t) => {
    const wire = await open(t, 'http/web-stomp')
    wire.frame(0x88, Buffer.from([0x0f, 0xa0]))
    assert.equal(await wire.closeCode(), 4000)
  })

  test('what is against the rules of WebSocket is closed by its code', async (t) => {
    const rows: [string, number, Buffer, number][] = [
      ['http/web-mqtt', 0x81, Buffer.from('text'), 1003],
      ['http/web-mqtt', 0x83, Buffer.from('x'), 1002],
      ['http/web-mqtt', 0xc2, Buffer.from('compressed'), 1002],
      ['http/web-stomp', 0x81, Buffer.from([0xff]), 1007],
    ]
    for (const [listener, first, payload, code] of rows) {
      const wire = await open(t, listener)
      wire.frame(first, payload)
      assert.equal(await wire.closeCode(), code)
    }
    const long = await open(t, 'http/web-stomp')
    long.raw(Buffer.from('82ff00000000000186a100000000', 'hex'))
    assert.equal(await long.closeCode(), 1009)
  })

  test('before the login the limits are those of the protocol, however the bytes are framed', async (t) => {
    const mqtt = await open(t, 'http/web-mqtt')
    // A CONNECT of 70,000 bytes, by its own length, in a message of an exabyte.
    mqtt.raw(Buffer.from('82ff000fffffffffffff00000000', 'hex'))
    mqtt.raw(Buffer.concat([Buffer.from([0x10, 0xf0, 0xa2, 0x04]), Buffer.alloc(60_000)]))
    const ended = await mqtt.next()
    assert.ok(ended === undefined || ended.opcode === 8)
    const stomp = await open(t, 'http/web-stomp')
    for (let part = 0; part < 3; part++) stomp.frame(part === 0 ? 0x01 : 0x00, Buffer.alloc(30_000, 'x'))
    assert.match(String((await stomp.next())?.payload), /^ERROR\n/)
  })

  test('there may be only so many, and those that are idle go', async (t) => {
    const clock = new VirtualClock(0)
    const configuration =
      'web_stomp.max_connections = 1\nweb_stomp.ws_opts.idle_timeout = 30000\nstomp.login_timeout = 99999999'
    const small = await Lapine.start({ clock, configuration })
    t.after(() => small.stop())
    const ask = async () => {
      const wire = await WebSocketWire.open(t, small.portOf('http/web-stomp'))
      wire.request('/ws', upgradeHeaders())
      return { wire, answer: await wire.answer() }
    }
    const first = await ask()
    assert.match(first.answer, /^HTTP\/1.1 101 /)
    assert.equal((await ask()).answer, '')
    await small.elapse(1000)
    await small.elapse(29_000)
    first.wire.frame(0x89, Buffer.from('here'))
    assert.equal((await first.wire.next())?.opcode, 10)
    await small.elapse(29_000)
    first.wire.frame(0x89, Buffer.from('here'))
    assert.equal((await first.wire.next())?.opcode, 10)
    await small.elapse(1000)
    await small.elapse(30_000)
    assert.equal(await first.wire.closeCode(), 1000)
    assert.match((await ask()).answer, /^HTTP\/1.1 101 /)
  })
})
