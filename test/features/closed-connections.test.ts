import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { connect as connectMqtt } from 'mqtt'
import { withVirtualBroker } from '../support/broker.ts'
import { EventReader } from '../support/event-reader.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { operatorOf } from '../support/operator.ts'
import { StompClient } from '../support/stomp-client.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'
import { greet, startOk } from '../support/wire-login.ts'

const broker = withVirtualBroker()
let lapine: Lapine
let api: HttpApi

interface Closed {
  readonly name: string
  readonly reason: string
  readonly [key: string]: unknown
}

/** What is told of the last connection from that port. */
async function closedFrom(port: number, who = api): Promise<Closed> {
  const found = await eventually(
    async () => (await who.get('/x/connections/closed')).body as Closed[],
    (all) => all.some(({ peer_port: of }) => of === port),
    `the connection from port ${port} to be closed`,
  )
  return found.find(({ peer_port: of }) => of === port)!
}

describe('closed connections', only({ lapine: 'RabbitMQ has nothing like it' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    lapine = broker.running
    api = new HttpApi(lapine.httpUrl)
  })

  test('are told with what the client said when it went', async (t) => {
    const client = await broker.wireChannel(t)
    await client.call(0, 'connection.close', { code: 200, text: 'Goodbye' })
    const closed = await closedFrom(client.localPort)
    assert.deepEqual([closed.ended_by, closed.reason], ['client', '200 Goodbye'])
    assert.deepEqual([closed.user, closed.vhost, closed.protocol], ['guest', '/', 'AMQP 0-9-1'])
    assert.ok(Number(closed.recv_oct) > 0 && Number(closed.closed_at) >= Number(closed.connected_at))
  })

  test('are told with the error the broker closed them for, and those of their channels', async (t) => {
    const client = await broker.wireChannel(t)
    client.send(1, 'queue.declare', { queue: 'nowhere', passive: true })
    await client.expect('channel.close')
    client.send(0, 'channel.open', {})
    await client.expect('connection.close')
    client.destroy()
    const closed = await closedFrom(client.localPort)
    assert.equal(closed.ended_by, 'broker')
    assert.match(closed.reason, /^[A-Z_]+ - /)
    assert.deepEqual(closed.channel_errors, ["channel 1: NOT_FOUND - no queue 'nowhere' in vhost '/'"])
  })

  test('are told with the reason an operator gave', async (t) => {
    await broker.open(t)
    const name = await eventually(
      async () => (await api.get('/connections')).body[0]?.name as string | undefined,
      (found) => found !== undefined,
      'the connection',
    )
    const events = await EventReader.open(`${lapine.httpUrl}/x/events?topics=connections`)
    t.after(() => events.close())
    await events.next('hello')
    await fetch(`${lapine.httpUrl}/connections/${encodeURIComponent(name!)}`, {
      method: 'DELETE',
      headers: { authorization: `Basic ${btoa('guest:guest')}`, 'x-reason': 'spring cleaning' },
    })
    const { data } = await events.next('connections', ({ event }) => event === 'connection.closed')
    assert.deepEqual([data.name, data.reason], [name, 'CONNECTION_FORCED - spring cleaning'])
  })

  test('are told when the network took them, or nothing was heard', async (t) => {
    const lost = await broker.wireChannel(t)
    lost.destroy()
    const { ended_by: by, reason } = await closedFrom(lost.localPort)
    assert.deepEqual([by, reason], ['network', 'client unexpectedly closed TCP connection'])
    const mute = await broker.wireChannel(t, { tune: { heartbeat: 10 } })
    await broker.ends(mute)
    assert.equal((await closedFrom(mute.localPort)).reason, 'missed heartbeats from client, timeout: 10s')
  })

  test('are told of those that were refused, to who watches over the broker', async (t) => {
    const { client } = await greet(broker.login)
    t.after(() => client.destroy())
    startOk(client, { ...broker.login, user: 'mallory' })
    await client.expect('connection.close')
    client.destroy()
    const closed = await closedFrom(client.localPort)
    assert.match(closed.reason, /user 'mallory' - invalid credentials/)
    assert.equal(closed.user, null)
    const operator = operatorOf(lapine)
    await operator.putUser('manager', 'manager', ['management'])
    await operator.setPermissions('manager', '/', { configure: '.*', write: '.*', read: '.*' })
    const manager = new HttpApi(lapine.httpUrl, 'manager', 'manager')
    assert.deepEqual((await manager.get('/x/connections/closed')).body, [])
    const own = await broker.wireChannel(t, { response: '\0manager\0manager' })
    await own.call(0, 'connection.close', { code: 200, text: 'x' })
    assert.equal((await closedFrom(own.localPort, manager)).user, 'manager')
  })

  test('are told of MQTT and STOMP too', async (t) => {
    const client = connectMqtt(lapine.mqttUrl, { username: 'guest', password: 'guest', reconnectPeriod: 0 })
    await new Promise((resolve) => client.once('connect', resolve))
    const { localPort } = client.stream as unknown as { localPort: number }
    await client.endAsync()
    const closed = await closedFrom(localPort)
    assert.deepEqual([closed.ended_by, closed.reason, closed.user], ['client', 'DISCONNECT', 'guest'])
    assert.match(String(closed.protocol), /^MQTT/)
    const stomp = await StompClient.login(t, lapine.stompPort)
    stomp.send('NONSENSE')
    const refused = await eventually(
      async () => (await api.get('/x/connections/closed')).body as Closed[],
      ([last]) => String(last?.protocol).startsWith('STOMP'),
      'the STOMP connection to be closed',
    )
    assert.equal(refused[0]!.ended_by, 'broker')
    assert.match(refused[0]!.reason, /NONSENSE|command/i)
  })

  test('come in pages, sorted and filtered as any list', async () => {
    const page = (await api.get('/x/connections/closed?page=1&page_size=2&sort=reason&user=guest')).body
    assert.equal(page.items.length, 2)
    assert.ok(page.items[0].reason <= page.items[1].reason)
    assert.deepEqual((await api.get('/x/connections/closed?vhost=nowhere')).body, [])
  })
})
