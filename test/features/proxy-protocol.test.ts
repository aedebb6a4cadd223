import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { TestAuthority, TestFolder } from '../support/certificates.ts'
import { Lapine } from '../support/lapine.ts'
import { loginOf, only } from '../support/target.ts'
import { within } from '../support/waiting.ts'
import { protocolHeader, WireClient } from '../support/wire-client.ts'
import { startOk, tuneOkAndOpen } from '../support/wire-login.ts'

const proxied = only({ lapine: 'it needs a configuration of its own' })

/** Clients that are gone before their broker stops, which would wait for them. */
const clients: { destroy(): void }[] = []

async function start(t: TestContext, lines: readonly string[] = [], clock?: VirtualClock): Promise<Lapine> {
  const configuration = ['proxy_protocol = true', ...lines].join('\n')
  const broker = await Lapine.start({ configuration, ...(clock === undefined ? {} : { clock }) })
  t.after(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await broker.stop()
  })
  return broker
}

/** A connection that has sent `first`, and nothing else. */
async function arrive(broker: Lapine, first: Buffer | string): Promise<WireClient> {
  const client = await WireClient.connect(loginOf(broker.url))
  clients.push(client)
  client.write(typeof first === 'string' ? Buffer.from(first, 'latin1') : first)
  return client
}

const v1 = (source: string) => `PROXY TCP4 ${source} 198.51.100.1 4711 5672\r\n`
const v1Mapped = (source: string) => `PROXY TCP6 ::ffff:${source} ::ffff:198.51.100.1 4711 5672\r\n`

/** Version 2 with IPv4 addresses, and something of the proxy's own behind them. */
function v2(source: string, command = 1): Buffer {
  const head = Buffer.from('0d0a0d0a000d0a515549540a20110013', 'hex')
  head[12] = 0x20 | command
  const ends = [...source.split('.'), 198, 51, 100, 1, 0x12, 0x67, 0x16, 0x28].map(Number)
  return Buffer.concat([head, Buffer.from(ends), Buffer.from('EE00047e7e7e7e', 'hex')])
}

/** Logs in; answers the text of a refusal, undefined when let in. */
async function logIn(client: WireClient, broker: Lapine): Promise<string | undefined> {
  const login = loginOf(broker.url)
  client.write(protocolHeader)
  await client.expect('connection.start')
  startOk(client, login)
  const answer = await client.next()
  if (answer.name === 'connection.close') return String(answer.fields.text)
  tuneOkAndOpen(client, login)
  await client.expect('connection.open-ok')
  return undefined
}

function nameOf(broker: Lapine): string {
  return broker.log.lines.filter((line) => /accepting AMQP connection/.test(line)).at(-1) ?? ''
}

test('the peer is the one the proxy names, in log and in rules', proxied, async (t) => {
  const broker = await start(t, ['loopback_users = none'])
  for (const header of [v1('203.0.113.7'), v2('203.0.113.7')]) {
    const client = await arrive(broker, header)
    assert.equal(await logIn(client, broker), undefined)
    assert.match(nameOf(broker), /accepting AMQP connection 203\.0\.113\.7:4711 -> 198\.51\.100\.1:5672/)
  }
  const six = await arrive(broker, 'PROXY TCP6 2001:DB8::7 2001:db8::1 4711 5672\r\n')
  assert.equal(await logIn(six, broker), undefined)
  assert.match(nameOf(broker), /accepting AMQP connection 2001:db8::7:4711 -> 2001:db8::1:5672/)
})

test('header and protocol may come in one packet, or byte by byte', proxied, async (t) => {
  const broker = await start(t, ['loopback_users = none'])
  const header = Buffer.concat([Buffer.from(v1('203.0.113.7')), protocolHeader])
  const whole = await arrive(broker, header.toString('latin1'))
  await whole.expect('connection.start')
  const slow = await arrive(broker, '')
  for (const byte of header) await new Promise((resolve) => slow.socket.write(Buffer.from([byte]), resolve))
  await slow.expect('connection.start')
})

const guests: readonly (readonly [what: string, header: Buffer | string, isLetIn: boolean])[] = [
  ['the proxy and its client are on this machine', v1('127.0.0.1'), true],
  ['the client is elsewhere', v1('203.0.113.7'), false],
  ['the client is elsewhere, by version 2', v2('203.0.113.7'), false],
  ['the client is elsewhere, with an address made to look like this machine', v1Mapped('203.0.113.7'), false],
  ['the client is on this machine, written another way', v1Mapped('127.0.0.1'), true],
  ['the proxy speaks for itself', v2('203.0.113.7', 0), true],
  ['the proxy does not know who it is', 'PROXY UNKNOWN\r\n', false],
]

for (const [what, header, isLetIn] of guests) {
  test(`guest is ${isLetIn ? 'let in' : 'refused'} where ${what}`, proxied, async (t) => {
    const broker = await start(t)
    const answer = await logIn(await arrive(broker, header), broker)
    assert.equal(answer === undefined, isLetIn, answer)
    if (!isLetIn) assert.ok(broker.log.lines.some((line) => /user 'guest' can only connect via localhost/.test(line)))
  })
}

const malformed: readonly (readonly [what: string, bytes: Buffer | string])[] = [
  ['AMQP at once', protocolHeader],
  ['a TLS client hello', Buffer.from('1603010100010000fc0303', 'hex')],
  ['a line that is none', 'PROXY TCP4 here there 1 2\r\n'],
  ['a line that never ends', `PROXY TCP4 ${'1'.repeat(200)}`],
  ['a version 2 with too much', Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex')],
]

test('what does not begin with a header is closed', proxied, async (t) => {
  const broker = await start(t)
  for (const [what, bytes] of malformed) {
    const client = await arrive(broker, bytes)
    assert.equal((await client.closed()).length, 0, what)
    assert.match(
      broker.log.lines.at(-1)!,
      /warning closed a connection from 127\.0\.0\.1:\d+: not a PROXY protocol header/,
    )
  }
})

test('a header that does not come in time ends the connection', proxied, async (t) => {
  const clock = new VirtualClock()
  const broker = await start(t, ['handshake_timeout = 3000'], clock)
  const client = await arrive(broker, 'PROXY TCP4 203.0.')
  await broker.elapse(2900)
  assert.equal(client.ended, false)
  for (let i = 0; i < 10 && !client.ended; i++) await broker.elapse(100)
  assert.equal((await client.closed()).length, 0)
  assert.match(broker.log.lines.at(-1)!, /no PROXY protocol header within 3000 ms/)
})

test('a peer that is no trusted proxy is closed, whatever it says', proxied, async (t) => {
  const broker = await start(t, ['lapine.trusted_proxies.1 = 192.0.2.0/24'])
  const client = await arrive(broker, v1('127.0.0.1'))
  assert.equal((await client.closed()).length, 0)
  assert.match(broker.log.lines.at(-1)!, /closed a connection from 127\.0\.0\.1:\d+: it is no proxy that is trusted/)
})

test('where no proxy is expected, a header is not believed', proxied, async (t) => {
  const broker = await Lapine.start()
  t.after(() => broker.stop())
  const client = await arrive(broker, v1('203.0.113.7'))
  const answer = await client.closed()
  assert.equal(answer.toString('latin1', 0, 4), 'AMQP')
  assert.ok(!broker.log.lines.some((line) => line.includes('203.0.113.7:')))
})

test('the header stands before TLS, in the same packet or not', proxied, async (t) => {
  const authority = new TestAuthority()
  const folder = new TestFolder()
  t.after(() => folder.remove())
  const { cert, key } = authority.issue()
  const broker = await start(t, [
    'listeners.ssl.default = 127.0.0.1:0',
    `ssl_options.certfile = ${folder.write('cert.pem', cert)}`,
    `ssl_options.keyfile = ${folder.write('key.pem', key)}`,
  ])
  for (const header of [v1('203.0.113.7'), v2('203.0.113.7')]) {
    for (const isTogether of [true, false]) {
      const raw = connectPlain(broker.tlsPort, '127.0.0.1')
      await once(raw, 'connect')
      if (isTogether) raw.cork()
      raw.write(typeof header === 'string' ? Buffer.from(header) : header)
      const secure = connectTls({ socket: raw, ca: authority.cert, checkServerIdentity: () => undefined })
      clients.push(secure)
      secure.write(protocolHeader)
      if (isTogether) setImmediate(() => raw.uncork())
      await within(once(secure, 'data'), 'connection.start')
      assert.match(nameOf(broker), /203\.0\.113\.7:4711 -> 198\.51\.100\.1:5672/)
    }
  }
})
