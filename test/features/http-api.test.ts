import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()
let api: HttpApi
let url: string

describe('the HTTP API', only({ lapine: 'where another broker serves it is not known' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    url = broker.running.httpUrl
    api = new HttpApi(url)
  })

  test('makes, shows and deletes queues with the codes tools wait for', async () => {
    const queue = '/queues/%2F/http%20q%2F1'
    assert.equal((await api.put(queue, { durable: true, arguments: { 'x-max-length': 5 } })).status, 201)
    assert.equal((await api.put(queue, { durable: true, arguments: { 'x-max-length': 5 } })).status, 204)
    const unequal = await api.put(queue, { durable: true, arguments: {} })
    assert.equal(unequal.status, 400)
    assert.deepEqual(unequal.body, {
      error: 'bad_request',
      reason:
        "inequivalent arg 'x-max-length' for queue 'http q/1' in vhost '/': " +
        "received none but current is the value '5' of type 'long'",
    })
    const shown = (await api.get('/queues/%2F/http+q%2F1/')).body
    assert.deepEqual(
      [shown.name, shown.vhost, shown.type, shown.durable, shown.arguments, shown.messages],
      ['http q/1', '/', 'classic', true, { 'x-max-length': 5 }, 0],
    )
    assert.equal((await api.delete(`${queue}?if-empty=true`)).status, 204)
    assert.equal((await api.get(queue)).status, 404)
    assert.equal((await api.delete(queue)).status, 404)
  })

  test('shows which node a quorum queue is on, and how often a delivery may fail', async () => {
    const show = async (name: string, arguments_: object) => {
      const queue = `/queues/%2F/${name}`
      const body = { durable: true, arguments: { 'x-queue-type': 'quorum', ...arguments_ } }
      assert.equal((await api.put(queue, body)).status, 201)
      const { type, node, leader, members, online, delivery_limit } = (await api.get(queue)).body
      assert.equal((await api.delete(queue)).status, 204)
      return { type, placed: [leader, ...members, ...online].every((one) => one === node), delivery_limit }
    }
    assert.deepEqual(await show('http.quorum', {}), { type: 'quorum', placed: true, delivery_limit: 20 })
    assert.equal((await show('http.limited', { 'x-delivery-limit': 3 })).delivery_limit, 3)
    assert.equal((await show('http.unlimited', { 'x-delivery-limit': -1 })).delivery_limit, 'unlimited')
    const misfit = await api.put('/queues/%2F/http.misfit', { durable: false, arguments: { 'x-queue-type': 'quorum' } })
    assert.deepEqual(
      [misfit.status, misfit.body.reason],
      [400, "invalid property 'non-durable' for queue 'http.misfit' in vhost '/'"],
    )
  })

  test('publishes and gets messages, which go back to their places', async () => {
    await api.put('/queues/%2F/http.messages', {})
    const publish = (payload: string, more: object = {}) =>
      api.post('/exchanges/%2F/amq.default/publish', {
        routing_key: 'http.messages',
        payload,
        payload_encoding: 'string',
        properties: {},
        ...more,
      })
    const properties = { delivery_mode: 2, message_id: 'm1', headers: { n: 7, deep: { list: [1, 'a'] } } }
    assert.deepEqual((await publish('one', { properties })).body, { routed: true })
    await publish(Buffer.from([0xff, 0xfe]).toString('base64'), { payload_encoding: 'base64' })
    assert.deepEqual((await publish('lost', { routing_key: 'http.nowhere' })).body, { routed: false })
    const get = (count: number, ackmode: string) =>
      api.post('/queues/%2F/http.messages/get', { count, ackmode, encoding: 'auto', truncate: 1000 })
    const looked = (await get(5, 'ack_requeue_true')).body
    assert.deepEqual(looked[0], {
      payload_bytes: 3,
      redelivered: false,
      exchange: '',
      routing_key: 'http.messages',
      message_count: 1,
      properties,
      payload: 'one',
      payload_encoding: 'string',
    })
    assert.deepEqual([looked[1].payload, looked[1].payload_encoding], ['//4=', 'base64'])
    const taken = (await get(5, 'ack_requeue_false')).body
    assert.deepEqual(
      taken.map((message: { payload: string; redelivered: boolean }) => [message.payload, message.redelivered]),
      [
        ['one', true],
        ['//4=', true],
      ],
    )
    assert.deepEqual((await get(1, 'ack_requeue_false')).body, [])
    for (const body of [{ count: 'x' }, { count: 1, ackmode: 'nope', encoding: 'auto' }, { count: 1 }, '{']) {
      assert.equal((await api.post('/queues/%2F/http.messages/get', body)).status, 400)
    }
    await api.delete('/queues/%2F/http.messages')
  })

  test('binds, tells where the binding is, and takes it back', async () => {
    await api.put('/queues/%2F/http.bound', {})
    assert.equal((await api.put('/exchanges/%2F/http.x', { type: 'topic' })).status, 201)
    const path = '/bindings/%2F/e/http.x/q/http.bound'
    const bound = await api.post(path, { routing_key: 'a/b c', arguments: {} })
    assert.equal(bound.status, 201)
    assert.equal(bound.headers.get('location'), 'http.bound/a%252Fb%2Bc')
    const withArguments = await api.post(path, { routing_key: '', arguments: { k: 'v' } })
    const key = decodeURIComponent(String(withArguments.headers.get('location')).split('/')[1]!)
    assert.match(key, /^~.+/)
    assert.deepEqual((await api.get(`${path}/${encodeURIComponent(key)}`)).body.arguments, { k: 'v' })
    assert.equal((await api.get(path)).body.length, 2)
    assert.equal((await api.delete(`${path}/a%252Fb%2Bc`)).status, 204)
    assert.equal((await api.delete(`${path}/a%252Fb%2Bc`)).status, 404)
    assert.equal((await api.get('/queues/%2F/http.bound/bindings')).body.length, 2)
    assert.equal((await api.delete('/exchanges/%2F/amq.direct')).status, 401)
    await api.delete('/exchanges/%2F/http.x')
    await api.delete('/queues/%2F/http.bound')
  })

  test('lists connections and channels, and closes a connection with a reason', async (t) => {
    const client = await broker.wireChannel(t)
    const connections = await eventually(
      async () => (await api.get('/connections?columns=name,user,vhost,protocol,state,channels')).body,
      (found) => found.length === 1,
      'the connection',
    )
    const { name, ...rest } = connections[0]
    assert.deepEqual(rest, { user: 'guest', vhost: '/', protocol: 'AMQP 0-9-1', state: 'running', channels: 1 })
    const channels = (await api.get(`/connections/${encodeURIComponent(name)}/channels`)).body
    assert.deepEqual([channels[0].name, channels[0].prefetch_count], [`${name} (1)`, 0])
    assert.equal((await api.delete(`/connections/${encodeURIComponent(name)}`)).status, 204)
    const { fields } = await client.expect('connection.close')
    assert.deepEqual([fields.code, fields.text], [320, 'CONNECTION_FORCED - Closed via management plugin'])
  })

  test('lets nobody in without a password, and lets nobody do more than their tags allow', async () => {
    const nobody = await fetch(`${url}/whoami`)
    assert.equal(nobody.status, 401)
    assert.equal(nobody.headers.get('www-authenticate'), 'Basic realm="RabbitMQ Management"')
    const wrong = await new HttpApi(url, 'guest', 'wrong').get('/whoami')
    assert.deepEqual([wrong.status, wrong.body], [401, { error: 'not_authorized', reason: 'Not_Authorized' }])
    assert.deepEqual((await api.put('/users/http.u', { password: 'p' })).body, {
      error: 'bad_request',
      reason: 'tags_not_present',
    })
    assert.equal((await api.put('/users/http.u', { password: 'p', tags: '' })).status, 201)
    const user = new HttpApi(url, 'http.u', 'p')
    assert.equal((await user.get('/whoami')).body.reason, 'Not management user')
    assert.equal((await api.put('/users/http.u', { password: 'p', tags: 'management' })).status, 204)
    assert.deepEqual((await user.get('/whoami')).body, { name: 'http.u', tags: ['management'], is_internal_user: true })
    assert.deepEqual((await user.get('/queues')).body, [])
    for (const path of ['/users', '/nodes', '/definitions', '/permissions', '/queues/%2F']) {
      assert.equal((await user.get(path)).status, 401, path)
    }
    assert.equal((await user.put('/queues/%2F/http.none', {})).status, 401)
    assert.equal((await api.delete('/users/http.u')).status, 204)
  })

  test('says how it is to monitors', async () => {
    assert.deepEqual((await api.get('/health/checks/alarms')).body, { status: 'ok' })
    assert.deepEqual((await api.get('/aliveness-test/%2F')).body, { status: 'ok' })
    assert.equal((await api.get('/health/checks/port-listener/1')).status, 503)
    assert.equal((await api.get('/health/checks/protocol-listener/amqp091')).body.status, 'ok')
    const overview = (await api.get('/overview')).body
    assert.equal(typeof overview.object_totals.queues, 'number')
    assert.match(overview.rabbitmq_version, /^\d+\.\d+\.\d+$/)
    const [node] = (await api.get('/nodes')).body
    assert.deepEqual([typeof node.os_pid, node.running, node.mem_alarm], ['string', true, false])
  })

  test('gives definitions, and takes them', async () => {
    await api.put('/queues/%2F/http.defined', { arguments: { 'x-message-ttl': 1000 } })
    const definitions = (await api.get('/definitions')).body
    assert.ok(definitions.queues.some(({ name }: { name: string }) => name === 'http.defined'))
    await api.delete('/queues/%2F/http.defined')
    assert.equal((await api.post('/definitions', definitions)).status, 204)
    assert.equal((await api.get('/queues/%2F/http.defined')).body.arguments['x-message-ttl'], 1000)
    assert.equal((await api.post('/definitions', { queues: [{ name: 'http.bad', vhost: 'nope' }] })).status, 400)
    await api.delete('/queues/%2F/http.defined')
  })
})
