import assert from 'node:assert/strict'
import { request } from 'node:http'
import { before, describe, test } from 'node:test'
import { withBroker } from '../support/broker.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'

const configuration = `
management.cors.allow_origins.1 = https://friend.example
management.cors.max_age = 60
management.csp.policy = default-src 'self'
management.hsts.policy = max-age=31536000
management.headers.frame_options = SAMEORIGIN
management.oauth_enabled = true
management.oauth_client_id = lapine-page
management.oauth_provider_url = https://id.example
`
const broker = withBroker({ configuration })
let url: URL

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** As a browser would say it, which `fetch` does not let us. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const login = { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` }
    const asking = request(new URL(`/api${path}`, url), { method, headers: { ...login, ...headers } }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

/** Something that is whatever is asked of it, so that the routes can be listed without a broker. */
const anything: unknown = new Proxy(() => undefined, { get: () => anything, apply: () => anything })

describe('the HTTP API and browsers', only({ lapine: 'its settings are ours to make' }), () => {
  before(() => {
    assert.ok(broker.running instanceof Lapine)
    url = new URL(broker.running.httpUrl)
  })

  test('no route that changes anything takes a request from a page of another origin', async () => {
    const { allRoutes } = await import('../../src/plugins/management/routes/all.ts')
    const changing = allRoutes(anything as never).filter(({ method }) => method !== 'GET')
    assert.ok(changing.length > 60)
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: `http://${url.hostname}:1` },
    ]
    for (const { method, path } of changing) {
      for (const headers of foreign) {
        const { status, body } = await ask(method, path.replace(/:\w+/g, 'x'), headers)
        assert.equal(status, 403, `${method} ${path} ${JSON.stringify(headers)}`)
        assert.match(body, /"error":"forbidden"/)
      }
    }
  })

  test('pages of its own, of named origins, and what is no browser may change things', async () => {
    const own: Record<string, string>[] = [
      {},
      { origin: url.origin },
      { origin: url.origin, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://friend.example', 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of own) {
      const { status } = await ask('PUT', '/queues/%2F/browsers', headers, '{}')
      assert.ok(status === 201 || status === 204, JSON.stringify(headers))
    }
    await ask('DELETE', '/queues/%2F/browsers')
  })

  test('named origins are told so, others are not', async () => {
    const friend = await ask('GET', '/overview', { origin: 'https://friend.example' })
    assert.equal(friend.headers['access-control-allow-origin'], 'https://friend.example')
    const stranger = await ask('GET', '/overview', { origin: 'https://evil.example' })
    assert.equal(stranger.status, 200)
    assert.equal(stranger.headers['access-control-allow-origin'], undefined)
    const preflight = await ask('OPTIONS', '/queues/%2F/q', {
      origin: 'https://friend.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization',
    })
    assert.equal(preflight.status, 200)
    assert.equal(preflight.headers['access-control-max-age'], '60')
    assert.equal(preflight.headers['access-control-allow-headers'], 'authorization')
    assert.match(String(preflight.headers['access-control-allow-methods']), /DELETE/)
    assert.match(String(preflight.headers.allow), /HEAD, GET, PUT, DELETE, OPTIONS/)
  })

  test('every answer has the headers that are set, errors too', async () => {
    for (const path of ['/overview', '/nowhere', '/../']) {
      const { headers } = await ask('GET', path)
      assert.equal(headers['content-security-policy'], "default-src 'self'", path)
      assert.equal(headers['strict-transport-security'], 'max-age=31536000')
      assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
      assert.equal(headers['x-content-type-options'], 'nosniff')
    }
  })

  test('who logs in gets neither session nor cookie', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: '' }
    const good = await ask('POST', '/login', form, 'username=guest&password=guest')
    assert.equal(good.status, 200)
    assert.deepEqual(JSON.parse(good.body), { name: 'guest', tags: ['administrator'] })
    assert.equal(good.headers['set-cookie'], undefined)
    const json = await ask('POST', '/login', { authorization: '' }, '{"username":"guest","password":"guest"}')
    assert.equal(json.status, 200)
    for (const wrong of ['username=guest&password=wrong', 'username=&password=', 'x=y']) {
      assert.equal((await ask('POST', '/login', form, wrong)).status, 401, wrong)
    }
    const auth = await ask('GET', '/auth', { authorization: '' })
    const { oauth_enabled: enabled, oauth_client_id: client, oauth_provider_url: provider } = JSON.parse(auth.body)
    assert.deepEqual([enabled, client, provider], [true, 'lapine-page', 'https://id.example'])
  })
})
