import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { type CertificateRequest, TestAuthority, TestFolder } from '../support/certificates.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'
import { within } from '../support/waiting.ts'
import { type Frame, protocolHeader, WireClient } from '../support/wire-client.ts'
import { greet, startOk, tuneOkAndOpen } from '../support/wire-login.ts'

const configured = only({ lapine: 'it needs TLS and a configuration of its own' })

const authority = new TestAuthority()
const clients: { destroy(): void }[] = []

interface Setup {
  readonly user: string
  readonly lines?: readonly string[]
  readonly verify?: 'verify_peer' | 'verify_none'
}

/** A broker with one user, who cannot be logged in by password from elsewhere. */
async function start(t: TestContext, { user, lines = [], verify = 'verify_peer' }: Setup): Promise<Lapine> {
  const folder = new TestFolder()
  const { cert, key } = authority.issue({ names: [['dns', 'localhost']], usage: 'server' })
  const configuration = [
    'listeners.ssl.default = 127.0.0.1:0',
    `ssl_options.certfile = ${folder.write('cert.pem', cert)}`,
    `ssl_options.keyfile = ${folder.write('key.pem', key)}`,
    `ssl_options.cacertfile = ${folder.write('ca.pem', authority.cert)}`,
    `ssl_options.verify = ${verify}`,
    'auth_mechanisms.1 = PLAIN',
    'auth_mechanisms.2 = EXTERNAL',
    `default_user = ${user}`,
    ...lines,
  ].join('\n')
  const broker = await Lapine.start({ configuration })
  t.after(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await broker.stop()
    folder.remove()
  })
  return broker
}

const login = (port: number) => ({ host: '127.0.0.1', port, user: 'none', password: 'none', vhost: '/' })

/** Shakes hands with a certificate, or none; answers the client and what mechanisms it is offered. */
async function arrive(broker: Lapine, request?: CertificateRequest): Promise<{ client: WireClient; offered: string }> {
  const identity = request === undefined ? {} : authority.issue({ usage: 'client', ...request })
  const socket = connectTls({ port: broker.tlsPort, host: 'localhost', ca: authority.cert, ...identity })
  await within(once(socket, 'secureConnect'), 'the handshake')
  const client = WireClient.over(socket)
  clients.push(client)
  client.write(protocolHeader)
  const begun = await client.expect('connection.start')
  return { client, offered: String(begun.fields.mechanisms) }
}

/** Logs in by certificate; answers the refusal, undefined when let in. */
async function logIn(broker: Lapine, request?: CertificateRequest): Promise<Frame | undefined> {
  const { client } = await arrive(broker, request)
  startOk(client, login(broker.tlsPort), { mechanism: 'EXTERNAL', response: '' })
  const answer = await client.next()
  if (answer.name === 'connection.close') return answer
  tuneOkAndOpen(client, login(broker.tlsPort))
  await client.expect('connection.open-ok')
  return undefined
}

const refused =
  'ACCESS_REFUSED - Login was refused using authentication mechanism EXTERNAL. For details see the broker logfile.'

const ann: CertificateRequest = {
  subject: [[['O', 'Example, Inc.']], [['CN', 'ann']]],
  names: [
    ['dns', 'ann.example'],
    ['email', 'ann@example'],
    ['dns', 'ann2.example'],
    ['uri', 'spiffe://example/ann'],
    ['ip', '10.1.2.3'],
    ['other_name', 'ann@corp'],
  ],
}

const names: readonly (readonly [user: string, ...lines: string[]])[] = [
  ['CN=ann,O=Example\\, Inc.'],
  ['ann', 'ssl_cert_login_from = common_name'],
  ['ann.example', 'ssl_cert_login_from = subject_alternative_name'],
  ['ann2.example', 'ssl_cert_login_from = subject_alt_name', 'ssl_cert_login_san_index = 1'],
  ['ann@example', 'ssl_cert_login_from = subject_alternative_name', 'ssl_cert_login_san_type = email'],
  ['spiffe://example/ann', 'ssl_cert_login_from = subject_alternative_name', 'ssl_cert_login_san_type = uri'],
  ['10.1.2.3', 'ssl_cert_login_from = subject_alternative_name', 'ssl_cert_login_san_type = ip'],
  ['ann@corp', 'ssl_cert_login_from = subject_alternative_name', 'ssl_cert_login_san_type = other_name'],
]

for (const [user, ...lines] of names) {
  test(`a certificate logs in as ${user}${lines.map((line) => `, ${line}`).join('')}`, configured, async (t) => {
    const broker = await start(t, { user, lines })
    assert.equal(await logIn(broker, ann), undefined)
    assert.ok(broker.log.lines.some((line) => line.includes(`user '${user}' authenticated and granted access`)))
  })
}

test('a certificate of somebody nobody knows, or without the name, is refused', configured, async (t) => {
  const lines = ['ssl_cert_login_from = subject_alternative_name', 'ssl_cert_login_san_index = 1']
  const broker = await start(t, { user: 'ann.example', lines })
  const check = async (names: CertificateRequest['names'], logged: RegExp) => {
    const close = await logIn(broker, { names: names ?? [] })
    assert.deepEqual(close?.fields, { code: 403, text: refused, classId: 0, methodId: 0 })
    assert.match(broker.log.lines.join('\n'), logged)
  }
  await check([['dns', 'ann.example']], /EXTERNAL login refused: no name found/)
  await check([], /EXTERNAL login refused: no name found/)
  const other: CertificateRequest['names'] = [
    ['dns', 'x'],
    ['dns', 'bob.example'],
  ]
  await check(other, /EXTERNAL login refused: user 'bob\.example' - invalid credentials/)
})

test('EXTERNAL is offered over TLS only, and needs a certificate', configured, async (t) => {
  const broker = await start(t, { user: 'CN=ann' })
  const { client, start: begun } = await greet({ ...login(Number(new URL(broker.url).port)) })
  clients.push(client)
  assert.equal(begun.fields.mechanisms, 'PLAIN')
  const { offered } = await arrive(broker)
  assert.equal(offered, 'PLAIN EXTERNAL')
  assert.equal((await logIn(broker))?.fields.text, refused)
  assert.match(
    broker.log.lines.join('\n'),
    /EXTERNAL login refused: connection peer presented no TLS \(x\.509\) certificate/,
  )
})

test('where certificates are not verified, none logs in', configured, async (t) => {
  const broker = await start(t, { user: 'CN=ann', verify: 'verify_none' })
  assert.equal((await logIn(broker, { subject: 'ann' }))?.fields.text, refused)
  assert.match(broker.log.lines.join('\n'), /EXTERNAL login refused: TLS configuration is unsafe/)
})

test('EXTERNAL is not known where the settings do not name it', configured, async (t) => {
  const broker = await start(t, { user: 'CN=ann', lines: ['auth_mechanisms.2 = AMQPLAIN'] })
  const { client, offered } = await arrive(broker, { subject: 'ann' })
  assert.equal(offered, 'PLAIN AMQPLAIN')
  startOk(client, login(broker.tlsPort), { mechanism: 'EXTERNAL', response: '' })
  assert.equal((await client.closed()).length, 0)
})
