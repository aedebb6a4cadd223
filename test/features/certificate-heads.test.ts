import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { TestAuthority, TestFolder } from '../support/certificates.ts'
import { HttpApi } from '../support/http-api.ts'
import { Lapine } from '../support/lapine.ts'
import { Subscriber } from '../support/mqtt-client.ts'
import { only } from '../support/target.ts'
import { eventually, within } from '../support/waiting.ts'

const authority = new TestAuthority()
const server = authority.issue({ names: [['dns', 'localhost']], usage: 'server' })
const ann = authority.issue({ subject: 'ann', usage: 'client' })

/** A broker whose clients of MQTT and STOMP log in by their certificates. */
async function start(t: TestContext): Promise<{ broker: Lapine; api: HttpApi }> {
  const folder = new TestFolder()
  const configuration = [
    'mqtt.listeners.ssl.default = 127.0.0.1:0',
    'stomp.listeners.ssl.default = 127.0.0.1:0',
    'web_mqtt.ssl.listener = 127.0.0.1:0',
    `ssl_options.cacertfile = ${folder.write('ca.pem', authority.cert)}`,
    `ssl_options.certfile = ${folder.write('server.pem', server.cert)}`,
    `ssl_options.keyfile = ${folder.write('server-key.pem', server.key)}`,
    'ssl_options.verify = verify_peer',
    'ssl_cert_login_from = common_name',
    'mqtt.ssl_cert_login = true',
    'mqtt.ssl_cert_client_id_from = common_name',
    'mqtt.allow_anonymous = false',
    'stomp.ssl_cert_login = true',
  ].join('\n')
  const broker = await Lapine.start({ configuration })
  t.after(async () => {
    await broker.stop()
    folder.remove()
  })
  const api = new HttpApi(broker.httpUrl)
  await api.put('/users/ann', { password_hash: '', tags: '' })
  for (const vhost of ['%2F', 'factory']) {
    await api.put(`/vhosts/${vhost}`, {})
    await api.put(`/permissions/${vhost}/ann`, { configure: '.*', write: '.*', read: '.*' })
  }
  await api.put('/global-parameters/mqtt_default_vhosts', { value: { 'CN=ann': 'factory' } })
  return { broker, api }
}

async function shown(api: HttpApi, protocol: RegExp): Promise<readonly unknown[]> {
  const list = await eventually(
    async () => (await api.get('/connections')).body as Record<string, unknown>[],
    (found) => found.some((one) => protocol.test(String(one.protocol))),
    'the connection in the list',
  )
  const found = list.find((one) => protocol.test(String(one.protocol)))!
  return [found.user, found.vhost, found.auth_mechanism, found.peer_cert_subject]
}

describe('certificates as logins', only({ lapine: 'it sets up listeners of its own' }), () => {
  test('of MQTT, also in a WebSocket: the user, the virtual host, and the identifier it may have', async (t) => {
    const { broker, api } = await start(t)
    const tls = { cert: ann.cert, key: ann.key, ca: [authority.cert], servername: 'localhost' }
    const rows = [
      [`mqtts://127.0.0.1:${broker.portOf('mqtt', { tls: true })}`, /^MQTT 5-0/],
      [`wss://127.0.0.1:${broker.portOf('http/web-mqtt', { tls: true })}/ws`, /^Web MQTT 5-0/],
    ] as const
    for (const [url, protocol] of rows) {
      const client = await Subscriber.open(t, url, { ...tls, clientId: 'ann', rejectUnauthorized: false })
      assert.deepEqual(await shown(api, protocol), ['ann', 'factory', 'EXTERNAL', 'CN=ann'])
      await client.leave()
      const bad = { rejectUnauthorized: false, ca: [authority.cert] }
      await assert.rejects(Subscriber.open(t, url, { ...tls, ...bad, clientId: 'bob' }), /Client identifier not valid/i)
      await assert.rejects(Subscriber.open(t, url, { ...bad, clientId: 'ann' }), /Bad User Name or Password/i)
    }
  })

  test('of STOMP, for a client that names no other login', async (t) => {
    const { broker, api } = await start(t)
    const port = broker.portOf('stomp', { tls: true })
    const socket = connect({ port, cert: ann.cert, key: ann.key, rejectUnauthorized: false })
    t.after(() => socket.destroy())
    await once(socket, 'secureConnect')
    socket.write('CONNECT\naccept-version:1.2\nhost:factory\n\n\0')
    const [answer] = (await within(once(socket, 'data'), 'CONNECTED')) as [Buffer]
    assert.match(answer.toString(), /^CONNECTED\n/)
    assert.deepEqual(await shown(api, /^STOMP 1.2/), ['ann', 'factory', 'EXTERNAL', 'CN=ann'])
  })
})
