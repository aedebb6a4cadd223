import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { badRequest } from './http-error.ts'
import { readCredentials } from './request-credentials.ts'
import { makeWebApplication } from './web-application.ts'

function application(pathPrefix = '') {
  const errors: string[] = []
  const app = makeWebApplication({
    pathPrefix,
    security: { origins: [], preflightSeconds: 0, headers: {}, oauth: {} },
    bodyBytesMax: 1000,
    onError: (error, request) => errors.push(`${request}: ${error.message}`),
  })
  app.get('/api/queues/:vhost/:name', async (request) => request.params)
  app.put('/api/echo', async (request) => ({ body: request.body ?? 'none' }))
  app.get('/api/long', async () => ({ text: 'x'.repeat(5000) }))
  app.get('/api/whoami', async (request) => readCredentials(request.headers.authorization))
  app.get('/api/refuses', async () => {
    throw badRequest('tags_not_present')
  })
  app.get('/api/breaks', async () => {
    throw new Error('secret detail')
  })
  return { app, errors }
}

test('paths are decoded as every client writes them', async () => {
  const { app } = application()
  const ask = async (url: string) => (await app.inject(url)).json()
  assert.deepEqual(await ask('/api/queues/%2F/a%20b'), { vhost: '/', name: 'a b' })
  assert.deepEqual(await ask('/api/queues/%2f/a+b/'), { vhost: '/', name: 'a b' })
  assert.deepEqual(await ask('/api/queues/%2F/a%2Bb?x=1'), { vhost: '/', name: 'a+b' })
  const long = 'ü'.repeat(127)
  assert.deepEqual(await ask(`/api/queues/%2F/${encodeURIComponent(encodeURIComponent(long))}`), {
    vhost: '/',
    name: encodeURIComponent(long),
  })
})

test('errors have the form of RabbitMQ, and tell nothing of the inside', async () => {
  const { app, errors } = application()
  const missing = await app.inject('/api/nope')
  assert.equal(missing.statusCode, 404)
  assert.deepEqual(missing.json(), { error: 'Object Not Found', reason: 'Not Found' })
  const refused = await app.inject('/api/refuses')
  assert.equal(refused.statusCode, 400)
  assert.deepEqual(refused.json(), { error: 'bad_request', reason: 'tags_not_present' })
  const broken = await app.inject('/api/breaks')
  assert.equal(broken.statusCode, 500)
  assert.ok(!broken.body.includes('secret'))
  assert.deepEqual(errors, ['GET /api/breaks: secret detail'])
  const undecodable = await app.inject('/api/queues/%E0%A4%A/x')
  assert.equal(undecodable.statusCode, 400)
  assert.equal(undecodable.json().error, 'bad_request')
})

test('bodies are JSON whatever they call themselves', async () => {
  const { app } = application()
  const put = (payload: string, type?: string) =>
    app.inject({
      method: 'PUT',
      url: '/api/echo',
      payload,
      headers: type === undefined ? {} : { 'content-type': type },
    })
  assert.deepEqual((await put('{"a":1}', 'application/x-www-form-urlencoded')).json(), { body: { a: 1 } })
  assert.deepEqual((await put('[2]')).json(), { body: [2] })
  assert.deepEqual((await put('')).json(), { body: 'none' })
  const bad = await put('{')
  assert.equal(bad.statusCode, 400)
  assert.deepEqual(bad.json(), { error: 'bad_request', reason: 'not_json' })
  const large = await put(JSON.stringify('x'.repeat(2000)))
  assert.equal(large.statusCode, 413)
})

test('whoever says nothing is asked who it is; nonsense is refused', async () => {
  const { app } = application()
  const ask = (authorization?: string) =>
    app.inject({ url: '/api/whoami', headers: authorization === undefined ? {} : { authorization } })
  const nobody = await ask()
  assert.equal(nobody.statusCode, 401)
  assert.equal(nobody.headers['www-authenticate'], 'Basic realm="RabbitMQ Management"')
  assert.equal(nobody.body, '')
  assert.deepEqual((await ask(`Basic ${btoa('guest:a:b')}`)).json(), { user: 'guest', password: 'a:b' })
  assert.deepEqual((await ask('bearer abc')).json(), { user: '', password: 'abc' })
  for (const header of ['Basic', 'Basic !!', `Basic ${btoa('guest')}`, 'Digest x']) {
    assert.equal((await ask(header)).statusCode, 400, header)
  }
})

test('long answers are compressed, and unchanged ones are not sent again', async () => {
  const { app } = application()
  const plain = await app.inject('/api/long')
  const zipped = await app.inject({ url: '/api/long', headers: { 'accept-encoding': 'gzip, deflate' } })
  assert.equal(zipped.headers['content-encoding'], 'gzip')
  assert.deepEqual(JSON.parse(gunzipSync(zipped.rawPayload).toString()), plain.json())
  assert.ok(zipped.rawPayload.length < 200)
  const again = await app.inject({ url: '/api/long', headers: { 'if-none-match': String(plain.headers.etag) } })
  assert.equal(again.statusCode, 304)
  assert.equal(again.body, '')
})

test('all of it can lie under a prefix', async () => {
  const { app } = application('/rabbit')
  assert.deepEqual((await app.inject('/rabbit/api/queues/%2F/q')).json(), { vhost: '/', name: 'q' })
  assert.equal((await app.inject('/api/queues/%2F/q')).statusCode, 404)
  assert.equal((await app.inject('/rabbits/api/queues/%2F/q')).statusCode, 404)
})
