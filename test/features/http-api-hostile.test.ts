import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { before, describe, type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { withBroker, withVirtualBroker } from '../support/broker.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'

const broker = withBroker({ configuration: 'management.http.max_body_size = 100000' })
const patient = withVirtualBroker()
const ours = only({ lapine: 'where another broker serves the HTTP API is not known' })
const guest = `Basic ${Buffer.from('guest:guest').toString('base64')}`
let api: HttpApi
let url: string

/** Writes bytes to the port of the HTTP API; answers the socket, which ends with the test. */
async function say(t: TestContext, address: string, text: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(address).port) })
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

async function firstLine(socket: Socket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return bytes.toString('latin1').split('\r\n')[0]!
}

describe('the HTTP API and hostile clients', ours, () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    url = broker.running.httpUrl
    api = new HttpApi(url)
  })

  test('a body above the limit is refused, announced or not', async () => {
    const large = JSON.stringify({ arguments: { x: 'x'.repeat(100_000) } })
    assert.equal((await api.put('/queues/%2F/http.large', large)).status, 413)
    const pieces = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 10_000) controller.enqueue(Buffer.from(large.slice(at, at + 10_000)))
        controller.close()
      },
    })
    const options = { method: 'PUT', headers: { authorization: guest }, body: pieces, duplex: 'half' } as RequestInit
    const unannounced = await fetch(`${url}/queues/%2F/http.large`, options).catch((error: unknown) => error)
    if (unannounced instanceof Response) assert.equal(unannounced.status, 413)
    assert.equal((await api.get('/queues/%2F/http.large')).status, 404)
  })

  test('whoever has not logged in is refused ahead of the body', async (t) => {
    const head = 'PUT /api/queues/%2F/http.early HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n{'
    assert.match(await firstLine(await say(t, url, head)), / 401 /)
  })

  test('a body that is compressed is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
    const headers = { authorization: guest, 'content-encoding': 'gzip', 'content-type': 'application/json' }
    const answer = await fetch(`${url}/queues/%2F/http.bomb`, { method: 'PUT', headers, body: bomb })
    assert.ok([400, 413, 415].includes(answer.status), String(answer.status))
  })

  test('JSON nested tens of thousands deep is refused, and the next request is served', async () => {
    const deep = `{"arguments":{"x-deep":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`
    assert.equal((await api.put('/queues/%2F/http.deep', deep)).status, 400)
    assert.equal((await api.get('/overview')).status, 200)
  })

  test('prototype words are names like any other, and change no prototype', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      assert.equal((await api.put(`/queues/%2F/${name}`, {})).status, 201)
      assert.equal((await api.get(`/queues/%2F/${name}`)).body.name, name)
      assert.equal((await api.put(`/exchanges/%2F/${name}`, { type: 'topic' })).status, 201)
      assert.equal((await api.put(`/users/${name}`, { password: 'p', tags: name })).status, 201)
      assert.deepEqual((await api.get(`/users/${name}`)).body.tags, [name])
      assert.equal((await api.put(`/vhosts/${name}`, {})).status, 201)
      assert.equal((await api.get(`/vhosts/${name}`)).body.name, name)
      for (const path of [`/queues/%2F/${name}`, `/exchanges/%2F/${name}`, `/users/${name}`, `/vhosts/${name}`]) {
        assert.equal((await api.delete(path)).status, 204, path)
      }
    }
    const poison =
      '{"durable":true,"arguments":{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}}'
    await api.put('/queues/%2F/http.poison', poison)
    await api.delete('/queues/%2F/http.poison')
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })

  test('names that look like paths stay names', async () => {
    for (const name of ['../../x', '/etc/passwd', 'a\0b', '\\\\host\\share']) {
      const path = `/queues/%2F/${encodeURIComponent(name)}`
      assert.equal((await api.put(path, { durable: true })).status, 201, name)
      assert.equal((await api.get(path)).body.name, name)
      assert.equal((await api.delete(path)).status, 204, name)
    }
  })

  test('queues are deleted, purged and read only by who may', async () => {
    await api.put('/queues/%2F/http.guarded', {})
    await api.put('/users/http.reader', { password: 'p', tags: 'management' })
    await api.put('/permissions/%2F/http.reader', { configure: '^$', write: '^$', read: '.*' })
    const reader = new HttpApi(url, 'http.reader', 'p')
    assert.equal((await reader.delete('/queues/%2F/http.guarded')).status, 401)
    assert.equal((await reader.put('/queues/%2F/http.other', {})).status, 401)
    assert.equal((await reader.post('/bindings/%2F/e/amq.topic/q/http.guarded', { routing_key: '#' })).status, 401)
    await api.put('/permissions/%2F/http.reader', { configure: '^$', write: '.*', read: '^$' })
    assert.equal((await reader.delete('/queues/%2F/http.guarded/contents')).status, 401)
    const get = { count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' }
    assert.equal((await reader.post('/queues/%2F/http.guarded/get', get)).status, 401)
    assert.equal((await api.get('/queues/%2F/http.guarded')).status, 200)
    await api.delete('/users/http.reader')
    await api.delete('/queues/%2F/http.guarded')
  })

  test('monitoring looks and changes nothing', async (t) => {
    const client = await broker.wireChannel(t)
    await api.put('/users/http.monitor', { password: 'p', tags: 'monitoring' })
    const monitor = new HttpApi(url, 'http.monitor', 'p')
    const [connection] = (await monitor.get('/connections')).body
    assert.equal((await monitor.delete(`/connections/${encodeURIComponent(connection.name)}`)).status, 401)
    for (const path of ['/users/guest', '/vhosts/%2F', '/policies/%2F/x', '/parameters/shovel/%2F/x']) {
      assert.ok([401, 404].includes((await monitor.delete(path)).status), path)
    }
    assert.equal((await monitor.post('/users/bulk-delete', { users: ['guest'] })).status, 401)
    assert.equal((await monitor.put('/users/http.monitor', { password: 'p', tags: 'administrator' })).status, 401)
    assert.equal((await monitor.post('/definitions', {})).status, 401)
    assert.equal((await api.get('/users/guest')).status, 200)
    await client.call(1, 'basic.qos')
    await api.delete('/users/http.monitor')
  })

  test('pages of another origin are allowed nothing', async () => {
    const headers = { authorization: guest, origin: 'https://evil.example' }
    const answer = await fetch(`${url}/overview`, { headers })
    assert.equal(answer.headers.get('access-control-allow-origin'), null)
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
    const asked = { ...headers, 'access-control-request-method': 'PUT' }
    const preflight = await fetch(`${url}/overview`, { method: 'OPTIONS', headers: asked })
    assert.equal(preflight.headers.get('access-control-allow-origin'), null)
    assert.equal(answer.headers.get('set-cookie'), null)
  })

  test('requests that are none end their connection, and only it', async (t) => {
    for (const text of ['\0\x01\x02\x03', 'GET / HTTP/9.9\r\n\r\n', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`]) {
      const socket = await say(t, url, text)
      socket.resume()
      await new Promise((resolve) => socket.once('close', resolve))
    }
    assert.equal((await api.get('/overview')).status, 200)
  })

  test('credentials of requests are not in the log', async () => {
    await new HttpApi(url, 'guest', 'canary-of-http').get('/overview')
    await api.put('/users/http.secret', { password: 'canary-of-http', tags: '' })
    await api.put('/queues/%2F/http.secret', '{"canary-of-http"')
    await api.delete('/users/http.secret')
    const log = broker.running.log?.lines.join('\n') ?? ''
    assert.doesNotMatch(log, /canary-of-http/)
    assert.ok(!log.includes(Buffer.from('guest:canary-of-http').toString('base64')))
  })
})

test('a request that comes a byte at a time is not waited for without end', ours, async (t) => {
  assert.ok(patient.running instanceof Lapine)
  const address = patient.running.httpUrl
  assert.equal((await new HttpApi(address).get('/overview')).status, 200)
  const slow = await say(t, address, 'GET /api/overview HTTP/1.1\r\nx: ')
  const unsent = await say(t, address, '')
  const ends = [once(slow, 'close'), once(unsent, 'close')]
  for (let second = 0; second < 100; second += 10) {
    slow.write('x')
    await patient.elapse(10_000)
  }
  slow.resume()
  await Promise.all(ends)
})
