import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withVirtualBroker } from '../support/broker.ts'
import { differs } from '../support/target.ts'
import { contentHeader, frame, method, protocolHeader, WireClient } from '../support/wire-client.ts'
import { greet, logIn, startOk, tuneOkAndOpen } from '../support/wire-login.ts'
import { fieldValue, longstr, shortstr } from '../support/wire-values.ts'

const broker = withVirtualBroker()

test('the broker introduces itself as RabbitMQ with every capability clients look for', async (t) => {
  const { client, start } = await greet(broker.login)
  t.after(() => client.destroy())
  assert.equal(start.fields.versionMajor, 0)
  assert.equal(start.fields.versionMinor, 9)
  assert.equal(start.fields.locales, 'en_US')
  const properties = start.fields.properties as Record<string, unknown>
  assert.equal(properties.product, 'RabbitMQ')
  assert.match(String(properties.version), differs('product version', { lapine: /^4\.\d+\.\d+/, rabbitmq3: /^3\./ }))
  for (const name of ['cluster_name', 'copyright', 'information', 'platform']) {
    assert.equal(typeof properties[name], 'string', name)
  }
  assert.deepEqual(properties.capabilities, {
    publisher_confirms: true,
    exchange_exchange_bindings: true,
    'basic.nack': true,
    consumer_cancel_notify: true,
    'connection.blocked': true,
    consumer_priorities: true,
    authentication_failure_close: true,
    per_consumer_qos: true,
    direct_reply_to: true,
  })
})

test('PLAIN and AMQPLAIN are offered', async (t) => {
  const { client, start } = await greet(broker.login)
  t.after(() => client.destroy())
  const offered = String(start.fields.mechanisms).split(' ')
  assert.ok(offered.includes('PLAIN'))
  assert.ok(offered.includes('AMQPLAIN'))
})

test('the broker proposes 2047 channels, frames of 128 KiB and a heartbeat of 60 seconds', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  startOk(client, broker.login)
  const tune = await client.expect('connection.tune')
  assert.deepEqual(tune.fields, { channelMax: 2047, frameMax: 131072, heartbeat: 60 })
})

test('a client logs in with AMQPLAIN', async (t) => {
  const { user, password } = broker.login
  const response = Buffer.concat([shortstr('LOGIN'), fieldValue(user), shortstr('PASSWORD'), fieldValue(password)])
  const client = await logIn(broker.login, { mechanism: 'AMQPLAIN', response })
  t.after(() => client.destroy())
  await client.call(1, 'channel.open')
})

const refusedLogin = (mechanism: string) =>
  `ACCESS_REFUSED - Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`

test('a wrong password is refused with 403 for clients that want to be told', async (t) => {
  for (const [user, password] of [
    [broker.login.user, 'wrong'],
    ['nobody-of-that-name', 'guest'],
    [broker.login.user, ''],
  ]) {
    const { client } = await greet(broker.login)
    t.after(() => client.destroy())
    startOk(client, broker.login, { response: `\0${user}\0${password}` })
    const close = await client.expect('connection.close')
    assert.deepEqual(close.fields, { code: 403, text: refusedLogin('PLAIN'), classId: 0, methodId: 0 })
  }
})

test('a wrong password with AMQPLAIN names that mechanism', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  const response = Buffer.concat([shortstr('LOGIN'), fieldValue('guest'), shortstr('PASSWORD'), fieldValue('wrong')])
  startOk(client, broker.login, { mechanism: 'AMQPLAIN', response })
  const close = await client.expect('connection.close')
  assert.equal(close.fields.code, 403)
  assert.equal(close.fields.text, refusedLogin('AMQPLAIN'))
})

test('a wrong password just ends the socket for clients that do not know authentication_failure_close', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  startOk(client, broker.login, { response: '\0guest\0wrong', capabilities: {} })
  await broker.endsSilently(client)
})

test('an unknown mechanism ends the connection without a word, after a while', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  startOk(client, broker.login, { mechanism: 'KERBEROS_V9', response: '' })
  await broker.endsSilently(client)
})

test('a PLAIN response of the wrong shape ends the connection without a word, after a while', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  startOk(client, broker.login, { response: 'guest guest' })
  await broker.endsSilently(client)
})

test('an unknown virtual host is refused with 530', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  startOk(client, broker.login)
  await client.expect('connection.tune')
  tuneOkAndOpen(client, broker.login, { vhost: 'no-such-vhost' })
  const close = await client.expect('connection.close')
  assert.deepEqual(close.fields, {
    code: 530,
    text: 'NOT_ALLOWED - vhost no-such-vhost not found',
    classId: 10,
    methodId: 40,
  })
  client.send(0, 'connection.close-ok')
  await client.closed()
})

const tunes: [what: string, tune: { frameMax?: number; channelMax?: number }, text: string][] = [
  [
    'frames larger than the broker allows',
    { frameMax: 131073 },
    'negotiated frame_max = 131073 is higher than the maximum allowed value (131072)',
  ],
  [
    'unlimited frames',
    { frameMax: 0 },
    'negotiated frame_max = 0 (no limit) is higher than the maximum allowed value (131072)',
  ],
  [
    'frames below the protocol minimum',
    { frameMax: 4095 },
    'negotiated frame_max = 4095 is lower than the minimum allowed value (4096)',
  ],
  [
    'more channels than the broker allows',
    { channelMax: 2048 },
    'negotiated channel_max = 2048 is higher than the maximum allowed value (2047)',
  ],
  [
    'unlimited channels',
    { channelMax: 0 },
    'negotiated channel_max = 0 (no limit) is higher than the maximum allowed value (2047)',
  ],
]

for (const [what, tune, text] of tunes) {
  test(`${what} are refused in tune-ok`, async (t) => {
    const { client } = await greet(broker.login)
    t.after(() => client.destroy())
    startOk(client, broker.login)
    await client.expect('connection.tune')
    tuneOkAndOpen(client, broker.login, { tune })
    if (differs('refusals while tuning', { lapine: false, rabbitmq3: true })) return broker.endsSilently(client)
    const close = await client.expect('connection.close')
    assert.deepEqual([close.fields.code, close.fields.text], [530, `NOT_ALLOWED - ${text}`])
  })
}

test('a handshake that arrives one byte at a time succeeds', async (t) => {
  const { user, password } = broker.login
  const client = await WireClient.connect(broker.login)
  t.after(() => client.destroy())
  const drip = async (bytes: Buffer) => {
    for (const byte of bytes) await new Promise((resolve) => client.socket.write(Buffer.from([byte]), resolve))
  }
  await drip(protocolHeader)
  await client.expect('connection.start')
  await drip(
    method(0, 'connection.start-ok', { mechanism: 'PLAIN', response: `\0${user}\0${password}`, locale: 'en_US' }),
  )
  await client.expect('connection.tune')
  await drip(method(0, 'connection.tune-ok', { channelMax: 10, frameMax: 8192, heartbeat: 0 }))
  await drip(method(0, 'connection.open', { vhost: '/' }))
  await client.expect('connection.open-ok')
  await drip(method(1, 'channel.open'))
  await client.expect('channel.open-ok')
})

test('everything up to a publish may arrive in one batch', async (t) => {
  const { user, password, vhost } = broker.login
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  client.write(
    method(0, 'connection.start-ok', { mechanism: 'PLAIN', response: `\0${user}\0${password}`, locale: 'en_US' }),
    method(0, 'connection.tune-ok', { channelMax: 10, frameMax: 8192, heartbeat: 0 }),
    method(0, 'connection.open', { vhost }),
    method(1, 'channel.open'),
    method(1, 'queue.declare', { exclusive: true }),
    method(1, 'confirm.select'),
    method(1, 'basic.publish', { routingKey: 'nowhere', mandatory: true }),
    contentHeader(1, 0),
    method(0, 'connection.close', { code: 200 }),
  )
  await client.expect('connection.tune')
  await client.expect('connection.open-ok')
  await client.expect('channel.open-ok')
  await client.expect('queue.declare-ok')
  await client.expect('confirm.select-ok')
  const returned = await client.expect('basic.return')
  assert.equal(returned.fields.code, 312)
  await client.next()
  await client.expect('basic.ack')
  await client.expect('connection.close-ok')
})

test('the 0-9 protocol header is served like 0-9-1', async (t) => {
  const client = await WireClient.connect(broker.login)
  t.after(() => client.destroy())
  client.write(Buffer.from('AMQP\x01\x01\x00\x09', 'latin1'))
  await client.expect('connection.start')
})

test('an empty table and unknown client properties are accepted', async (t) => {
  const { client } = await greet(broker.login)
  t.after(() => client.destroy())
  const odd = Buffer.concat([shortstr('odd'), Buffer.from('x'), longstr(Buffer.from([0, 255]))])
  client.send(0, 'connection.start-ok', {
    properties: longstr(odd),
    mechanism: 'PLAIN',
    response: `\0${broker.login.user}\0${broker.login.password}`,
    locale: 'en_US',
  })
  await client.expect('connection.tune')
})

test('heartbeat frames are accepted at any time after the handshake', async (t) => {
  const client = await broker.wire(t)
  client.write(frame(8, 0, Buffer.alloc(0)), method(1, 'channel.open'), frame(8, 0, Buffer.alloc(0)))
  await client.expect('channel.open-ok')
})

/** A start-ok in a frame with `size` octets of payload. */
function startOkOf(size: number): Buffer {
  const text = (length: number) => ({ filling: 'x'.repeat(length) })
  const response = `\0${broker.login.user}\0${broker.login.password}`
  const of = (length: number) =>
    method(0, 'connection.start-ok', { properties: text(length), mechanism: 'PLAIN', response, locale: 'en_US' })
  return of(size - (of(0).length - 8))
}

test('before login a frame may have 8192 octets and no more', async (t) => {
  const max = differs('frames before login', { lapine: 8192, rabbitmq3: 4096 })
  for (const size of [max, max + 1]) {
    const { client } = await greet(broker.login)
    t.after(() => client.destroy())
    client.write(startOkOf(size))
    if (size === max) await client.expect('connection.tune')
    else await broker.endsSilently(client)
  }
})
