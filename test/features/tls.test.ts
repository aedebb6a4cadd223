import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { connect } from 'amqplib'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { type Identity, TestAuthority, TestFolder } from '../support/certificates.ts'
import { Lapine } from '../support/lapine.ts'
import { only } from '../support/target.ts'
import { eventually, within } from '../support/waiting.ts'
import { protocolHeader } from '../support/wire-client.ts'

/** RabbitMQ's own TLS needs a broker set up for it. */
const tls = only({ lapine: 'it sets up listeners of its own' })

const authority = new TestAuthority()
const server = authority.issue({ subject: 'localhost', names: [['dns', 'localhost']], usage: 'server' })

/** Clients that are gone before their broker stops, which would wait for them. */
const clients: { destroy(): void }[] = []

interface World {
  readonly broker: Lapine
  readonly folder: TestFolder
}

async function start(
  t: TestContext,
  options: {
    identity?: Identity
    lines?: readonly string[]
    clock?: VirtualClock
    files?: Record<string, string>
  } = {},
): Promise<World> {
  const { identity = server, lines = [], clock, files = {} } = options
  const folder = new TestFolder()
  t.after(() => folder.remove())
  const paths = Object.entries({ 'cert.pem': identity.cert, 'key.pem': identity.key, ...files })
  for (const [name, content] of paths) folder.write(name, content)
  const configuration = [
    'listeners.ssl.default = 127.0.0.1:0',
    `ssl_options.certfile = ${folder.path}/cert.pem`,
    `ssl_options.keyfile = ${folder.path}/key.pem`,
    ...lines.map((line) => line.replace('FOLDER', folder.path)),
  ].join('\n')
  const broker = await Lapine.start({ configuration, ...(clock === undefined ? {} : { clock }) })
  t.after(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await broker.stop()
  })
  return { broker, folder }
}

const mutual = [
  'ssl_options.cacertfile = FOLDER/ca.pem',
  'ssl_options.verify = verify_peer',
  'ssl_options.fail_if_no_peer_cert = true',
]

/** Shakes hands with the broker; answers when it has begun to speak AMQP, fails when it hangs up. */
async function greet(broker: Lapine, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: broker.tlsPort,
    ca: authority.cert,
    servername: 'localhost',
    ...options,
  })
  clients.push(socket)
  const spoken = new Promise<void>((resolve, reject) => {
    socket.once('data', () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the broker hung up')))
  })
  socket.write(protocolHeader)
  await within(spoken, 'the broker to speak')
  return socket
}

/** Waits for a line of the log, doing `meanwhile` before each look. */
async function logs(broker: Lapine, text: RegExp, meanwhile = async (): Promise<void> => {}): Promise<void> {
  const look = async () => {
    await meanwhile()
    return broker.log.lines
  }
  await eventually(look, (lines) => lines.some((line) => text.test(line)), `${text} in the log`)
}

/** Tries until it works. */
async function letsIn(attempt: () => Promise<unknown>): Promise<void> {
  const isIn = () =>
    attempt().then(
      () => true,
      () => false,
    )
  await eventually(isIn, (answer) => answer, 'the broker to let a client in')
}

test('amqplib speaks AMQP over TLS, and large messages pass', tls, async (t) => {
  const { broker } = await start(t)
  const connection = await connect(`amqps://guest:guest@localhost:${broker.tlsPort}`, { ca: [authority.cert] })
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  const body = Buffer.alloc(1_000_000, 'x')
  channel.sendToQueue(queue, body)
  await channel.waitForConfirms()
  const message = await channel.get(queue, { noAck: true })
  assert.ok(message !== false && message.content.equals(body))
  await connection.close()
  assert.ok(broker.log.lines.some((line) => /info started TLS \(SSL\) listener on 127\.0\.0\.1:\d+/.test(line)))
})

test('TLS 1.3 is spoken, 1.2 where a client has no better, and nothing older', tls, async (t) => {
  const { broker } = await start(t)
  assert.equal((await greet(broker)).getProtocol(), 'TLSv1.3')
  assert.equal((await greet(broker, { maxVersion: 'TLSv1.2' })).getProtocol(), 'TLSv1.2')
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
  await assert.rejects(greet(broker, old))
})

test('versions and cipher suites can be narrowed', tls, async (t) => {
  const cipher = 'ECDHE-ECDSA-AES256-GCM-SHA384'
  const lines = ['ssl_options.versions.1 = tlsv1.2', `ssl_options.ciphers.1 = ${cipher}`]
  const { broker } = await start(t, { lines })
  assert.equal((await greet(broker)).getCipher().name, cipher)
  await assert.rejects(greet(broker, { minVersion: 'TLSv1.3' }))
  await assert.rejects(greet(broker, { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }))
})

test('a client without TLS on a TLS port, and one with TLS on a plain port, are sent away', tls, async (t) => {
  const { broker } = await start(t)
  const plain = connectPlain(broker.tlsPort, '127.0.0.1')
  plain.on('error', () => {})
  plain.write(protocolHeader)
  await within(once(plain, 'close'), 'the end')
  await logs(broker, /warning TLS handshake with 127\.0\.0\.1:\d+ failed/)
  const { port } = new URL(broker.url)
  await assert.rejects(greet(broker, { port: Number(port) }))
  await logs(broker, /a TLS client hello came to an AMQP port/)
})

test('a handshake that is not finished in time ends, and one that is lives on', tls, async (t) => {
  const clock = new VirtualClock()
  const { broker } = await start(t, { clock, lines: ['ssl_handshake_timeout = 700'] })
  const finished = await greet(broker)
  const idle = connectPlain(broker.tlsPort, '127.0.0.1')
  clients.push(idle)
  idle.on('error', () => {})
  await once(idle, 'connect')
  // A first byte shows that the broker has it in its hands.
  idle.write(Buffer.from([22]))
  const ended = once(idle, 'close')
  for (let i = 0; i < 20 && !idle.destroyed; i++) await broker.elapse(100)
  await within(ended, 'the end of the idle one')
  assert.ok(broker.log.lines.some((line) => /closed a connection from .*: no TLS handshake within 700 ms/.test(line)))
  assert.equal(finished.destroyed, false)
})

test('only so many connections may be in their handshake', tls, async (t) => {
  const { broker } = await start(t, { lines: ['lapine.pending_handshakes_max = 2'] })
  const idle = Array.from({ length: 2 }, () => connectPlain(broker.tlsPort, '127.0.0.1'))
  t.after(() => {
    for (const socket of idle) socket.destroy()
  })
  for (const socket of idle) await once(socket, 'connect')
  await assert.rejects(greet(broker))
  assert.ok(broker.log.lines.some((line) => /2 connections are at their handshake: further ones are closed/.test(line)))
  idle[0]!.destroy()
  await letsIn(() => greet(broker))
})

const peers: readonly (readonly [what: string, identity: Identity | undefined, reason: RegExp | undefined])[] = [
  ['with a good one is let in', authority.issue({ subject: 'ann', usage: 'client' }), undefined],
  ['without one is sent away', undefined, /the client shows no certificate/],
  ['of another authority is sent away', new TestAuthority('Other Authority').issue({}), /UNABLE_TO_|DEPTH_ZERO/],
  [
    'of an authority of the same name is sent away',
    new TestAuthority('Test Authority').issue({}),
    /SIGNATURE|UNABLE_TO_/,
  ],
  ['that has ended is sent away', authority.issue({ validTo: new Date(Date.now() - 1000) }), /CERT_HAS_EXPIRED/],
  ['that has not begun is sent away', authority.issue({ validFrom: new Date(Date.now() + 1e6) }), /NOT_YET_VALID/],
  ['for servers only is sent away', authority.issue({ usage: 'server' }), /INVALID_PURPOSE/],
]

test('mutual TLS', tls, async (t) => {
  const { broker } = await start(t, { lines: mutual, files: { 'ca.pem': authority.cert } })
  for (const [what, identity, reason] of peers) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await t.test(`a client certificate ${what} (${version})`, async () => {
        const arriving = greet(broker, { ...identity, minVersion: version, maxVersion: version })
        if (reason === undefined) {
          await arriving
          return
        }
        await assert.rejects(arriving)
        await logs(broker, reason)
      })
    }
  }
})

test('where a certificate is not required, none will do, but a bad one will not', tls, async (t) => {
  const { broker } = await start(t, { lines: mutual.slice(0, 2), files: { 'ca.pem': authority.cert } })
  await greet(broker)
  await greet(broker, authority.issue({ subject: 'ann' }))
  await assert.rejects(greet(broker, new TestAuthority().issue({ subject: 'ann' })))
})

test('several authorities may be trusted, and those below them, unless depth is 0', tls, async (t) => {
  const other = new TestAuthority('Other Authority')
  const middle = new TestAuthority('Middle', other)
  const below = middle.issue({})
  const chain = { ...below, cert: below.cert + middle.cert }
  const files = { 'ca.pem': authority.cert + other.cert }
  const { broker } = await start(t, { lines: mutual, files })
  await greet(broker, authority.issue({}))
  await greet(broker, other.issue({}))
  await greet(broker, chain)
  const { broker: strict } = await start(t, { lines: [...mutual, 'ssl_options.depth = 0'], files })
  await greet(strict, other.issue({}))
  await assert.rejects(greet(strict, chain))
  await logs(strict, /does not come from a trusted authority itself/)
})

test('revoked certificates are refused', tls, async (t) => {
  const issuing = new TestAuthority('Revoking Authority')
  const [good, revoked] = [issuing.issue({}), issuing.issue({})]
  issuing.revoke(revoked)
  const lines = [...mutual, 'ssl_options.crl_check = true', 'ssl_options.crl_sources.1.path = FOLDER/crl.pem']
  const { broker } = await start(t, { lines, files: { 'ca.pem': issuing.cert, 'crl.pem': issuing.revocations() } })
  await greet(broker, good)
  await assert.rejects(greet(broker, revoked))
  await logs(broker, /CERT_REVOKED/)
})

test('a client that asks for a name is shown its certificate', tls, async (t) => {
  const shop = authority.issue({ subject: 'shop.example' })
  const wild = authority.issue({ subject: '*.cloud.example' })
  const lines = [
    'lapine.server_names.shop.host = shop.example',
    'lapine.server_names.shop.certfile = FOLDER/shop.pem',
    'lapine.server_names.shop.keyfile = FOLDER/shop-key.pem',
    'lapine.server_names.wild.host = *.cloud.example',
    'lapine.server_names.wild.certfile = FOLDER/wild.pem',
    'lapine.server_names.wild.keyfile = FOLDER/wild-key.pem',
  ]
  const files = { 'shop.pem': shop.cert, 'shop-key.pem': shop.key, 'wild.pem': wild.cert, 'wild-key.pem': wild.key }
  const { broker } = await start(t, { lines, files })
  const shown = async (servername: string) => {
    const socket = await greet(broker, { servername, checkServerIdentity: () => undefined })
    return socket.getPeerCertificate().subject.CN
  }
  assert.equal(await shown('shop.example'), 'shop.example')
  assert.equal(await shown('SHOP.example'), 'shop.example')
  assert.equal(await shown('eu.cloud.example'), '*.cloud.example')
  assert.equal(await shown('cloud.example'), 'localhost')
  assert.equal(await shown('a.eu.cloud.example'), 'localhost')
  assert.equal(await shown('other.example'), 'localhost')
  assert.equal(await shown(''), 'localhost')
})

test('changed files are used without a restart, and unusable ones are not', tls, async (t) => {
  const clock = new VirtualClock()
  const { broker, folder } = await start(t, { clock, lines: mutual, files: { 'ca.pem': authority.cert } })
  const ann = authority.issue({ subject: 'ann' })
  const serial = async (options: ConnectionOptions = ann) => {
    const socket = await greet(broker, options)
    return socket.getPeerCertificate().serialNumber
  }
  const logged = (text: RegExp) => logs(broker, text, () => broker.elapse(10_000))
  const url = `amqps://guest:guest@localhost:${broker.tlsPort}?heartbeat=0`
  const before = await connect(url, { ca: [authority.cert], cert: ann.cert, key: ann.key })
  const first = await serial()

  const renewed = authority.issue({ subject: 'localhost', names: [['dns', 'localhost']] })
  folder.write('cert.pem', renewed.cert)
  await logged(/error the files of TLS have changed, and are not used: .*key\.pem is not the key of the certificate/)
  assert.equal(await serial(), first)
  folder.write('key.pem', renewed.key)
  await logged(/info the files of TLS have changed: new connections use them/)
  assert.notEqual(await serial(), first)

  const other = new TestAuthority('Other Authority')
  const session = await resumable(broker, ann)
  folder.write('ca.pem', other.cert)
  await letsIn(async () => {
    await broker.elapse(10_000)
    await serial(other.issue({}))
  })
  await assert.rejects(serial(ann), 'whom the authority of before had let in')
  await assert.rejects(serial({ ...ann, session }), 'nor by a session of before')
  const channel = await before.createChannel()
  assert.ok(await channel.assertQueue('', { exclusive: true }), 'a connection that is open stays')
  await before.close()
})

/** A session that could be resumed, had nothing changed. */
async function resumable(broker: Lapine, identity: Identity): Promise<Buffer> {
  const options = { host: '127.0.0.1', port: broker.tlsPort, ca: authority.cert, servername: 'localhost', ...identity }
  const socket = connectTls(options)
  clients.push(socket)
  socket.on('data', () => {})
  const [session] = (await within(once(socket, 'session'), 'a session ticket')) as [Buffer]
  return session
}
