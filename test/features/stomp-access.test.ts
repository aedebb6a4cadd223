import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { withBroker, withVirtualBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { StompClient, stompPort } from '../support/stomp-client.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker({ configuration: 'stomp.implicit_connect = true\nstomp.hide_server_info = true' })
const timed = withVirtualBroker()
const proxied = withBroker({ configuration: 'stomp.proxy_protocol = true' })
let api: HttpApi

describe('who may do what over STOMP', only({ lapine: 'another broker need not speak STOMP' }), () => {
  before(async () => {
    assert.ok(broker.running instanceof Lapine)
    api = new HttpApi(broker.running.httpUrl)
    await api.put('/vhosts/other', {})
    await api.put('/users/ann', { password: 'se:cret', tags: '' })
    const permissions = { configure: '^stomp-.*', write: '^stomp-.*|amq.topic', read: '^stomp-.*|amq.topic' }
    for (const vhost of ['%2F', 'other']) await api.put(`/permissions/${vhost}/ann`, permissions)
    const topics = { exchange: 'amq.topic', write: '^own\\.', read: '^own\\.' }
    await api.put('/topic-permissions/%2F/ann', topics)
  })

  const ann = { login: 'ann', passcode: 'se:cret' }

  test('a connection, its channel and its consumers are shown, in the virtual host of the host header', async (t) => {
    const client = await StompClient.login(t, stompPort(broker), { ...ann, host: 'other', 'accept-version': '1.1' })
    await client.done('SUBSCRIBE', { id: 'x', destination: '/queue/stomp-shown', ack: 'client', 'prefetch-count': '7' })
    const shown = await eventually(
      async () => (await api.get('/connections')).body as Record<string, unknown>[],
      (list) => list.some(({ user }) => user === 'ann'),
      'the connection to be listed',
    )
    const found = shown.find(({ user }) => user === 'ann')!
    assert.deepEqual(
      [found.protocol, found.vhost, found.channels, found.client_properties],
      ['STOMP 1.1', 'other', 1, { product: 'STOMP client' }],
    )
    const consumers = (await api.get('/consumers/other')).body as Record<string, unknown>[]
    assert.deepEqual(
      consumers.map(({ consumer_tag, prefetch_count, ack_required }) => [consumer_tag, prefetch_count, ack_required]),
      [['T_x', 7, true]],
    )
    await api.delete(`/connections/${encodeURIComponent(String(found.name))}`)
    assert.match(await client.refusal(), /^connection_forced: CONNECTION_FORCED - /)
  })

  test('permissions, and those of topics, are asked', async (t) => {
    const rows: [string, string, RegExp][] = [
      [
        'SEND',
        '/queue/other',
        /^access_refused: ACCESS_REFUSED - (configure )?access to queue 'other' in vhost '\/' refused/,
      ],
      ['SEND', '/exchange/amq.direct/k', /^access_refused: .*exchange 'amq.direct'/],
      ['SEND', '/topic/theirs.a', /^access_refused: .*topic 'theirs.a'/],
      ['SUBSCRIBE', '/topic/theirs.a', /^access_refused: .*topic 'theirs.a'/],
      ['SUBSCRIBE', '/amq/queue/other', /^access_refused: /],
    ]
    const session = await broker.open(t)
    await (await session.channel()).assertQueue('other', { exclusive: false })
    for (const [command, destination, reason] of rows) {
      const client = await StompClient.login(t, stompPort(broker), ann)
      client.send(command, { destination, id: '1' })
      assert.match(await client.refusal(), reason)
    }
    const client = await StompClient.login(t, stompPort(broker), ann)
    await client.done('SUBSCRIBE', { id: '1', destination: '/topic/own.a' })
    client.send('SEND', { destination: '/topic/own.a' }, 'mine')
    assert.equal((await client.message()).body, 'mine')
  })

  test('who may not read any more is told so, and keeps the connection', async (t) => {
    await api.put('/users/eve', { password: 'x', tags: '' })
    await api.put('/permissions/%2F/eve', { configure: '.*', write: '.*', read: '.*' })
    const client = await StompClient.login(t, stompPort(broker), { login: 'eve', passcode: 'x' })
    await client.done('SUBSCRIBE', { id: '1', destination: '/queue/stomp-eve', ack: 'client' })
    await client.done('SEND', { destination: '/queue/stomp-eve' }, 'x')
    await api.put('/permissions/%2F/eve', { configure: '.*', write: '.*', read: '^$' })
    const frames = [await client.next()]
    if (frames[0]?.command === 'MESSAGE') frames.push(await client.next())
    assert.equal(frames.at(-1)?.headers.message, 'Server cancelled subscription')
    await client.done('SEND', { destination: '/queue/stomp-eve' }, 'y')
    const owner = await StompClient.login(t, stompPort(broker))
    owner.send('SUBSCRIBE', { id: '1', destination: '/queue/stomp-eve' })
    assert.deepEqual([(await owner.message()).body, (await owner.message()).body], ['x', 'y'])
  })

  test('a message that its queue refuses is told of', async (t) => {
    const client = await StompClient.login(t, stompPort(broker))
    const headers = { destination: '/queue/stomp-full', 'x-max-length': '1', 'x-overflow': 'reject-publish' }
    await client.done('SEND', headers, 'fits')
    client.send('SEND', headers, 'too many')
    assert.equal(await client.refusal(), 'Message refused: A queue has refused the message.\n')
  })

  test('where the settings say so, a client may go without CONNECT, and is not told of the server', async (t) => {
    const client = await StompClient.open(t, stompPort(broker))
    await client.done('SUBSCRIBE', { id: '1', destination: '/queue/stomp-implicit' })
    client.send('SEND', { destination: '/queue/stomp-implicit' }, 'x')
    assert.equal((await client.message()).headers.ack, undefined)
    const other = await StompClient.open(t, stompPort(broker))
    other.send('CONNECT')
    const connected = await other.next()
    assert.deepEqual(Object.keys(connected?.headers ?? {}), ['session', 'heart-beat', 'version'])
  })

  test('guest, who is also whoever does not say, is only let in on the machine itself', async (t) => {
    for (const headers of ['login:guest\npasscode:guest\n', '']) {
      const client = await StompClient.open(t, stompPort(proxied))
      client.raw(`PROXY TCP4 8.8.8.8 10.0.0.1 1234 61613\r\nCONNECT\n${headers}\n\0`)
      assert.equal(await client.refusal(), 'Bad CONNECT: non-loopback access denied\n')
    }
  })

  test('both sides beat as agreed, and who is silent for twice its time is gone', async (t) => {
    const client = await StompClient.login(t, stompPort(timed), { 'heart-beat': '2000,4000' })
    const idle = await StompClient.login(t, stompPort(timed), { 'heart-beat': '0,0' })
    await timed.elapse(2500)
    await eventually(
      async () => client.heartBeats,
      (count) => count > 0,
      'a heart-beat',
    )
    client.raw('\n')
    await client.done('BEGIN', { transaction: 'heard' })
    await timed.elapse(3500)
    assert.equal(client.ended, false)
    await timed.elapse(1500)
    assert.equal(await client.next(), undefined)
    await idle.done('BEGIN', { transaction: 't' })
    assert.equal(idle.heartBeats, 0)
  })

  test('who does not log in in time is gone', async (t) => {
    const client = await StompClient.open(t, stompPort(timed))
    client.raw('CONNECT\n')
    await timed.elapse(9000)
    assert.equal(client.ended, false)
    await timed.elapse(1500)
    assert.equal(await client.next(), undefined)
  })
})
