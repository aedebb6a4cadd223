import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { connect } from 'amqplib'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { TestAuthority, TestFolder } from '../support/certificates.ts'
import { Lapine } from '../support/lapine.ts'
import { FakeIssuer } from '../support/oauth-issuer.ts'
import { loginOf, only } from '../support/target.ts'
import type { WireClient } from '../support/wire-client.ts'
import { greet, startOk, tuneOkAndOpen } from '../support/wire-login.ts'

const configured = only({ lapine: 'it needs a configuration and an issuer of its own' })

const clients: { destroy(): void }[] = []

interface World {
  readonly issuer: FakeIssuer
  readonly broker: Lapine
  readonly clock: VirtualClock
  readonly folder: TestFolder
}

const all = 'rabbitmq.configure:*/* rabbitmq.write:*/*/* rabbitmq.read:*/*/*'

async function start(
  t: TestContext,
  lines: (issuer: FakeIssuer, folder: TestFolder) => readonly string[] = ({ url }) => [`auth_oauth2.issuer = ${url}`],
  issuing: FakeIssuer | undefined = undefined,
): Promise<World> {
  const issuer = issuing ?? (await FakeIssuer.start())
  const folder = new TestFolder()
  const clock = new VirtualClock()
  const configuration = [
    'auth_backends.1 = oauth2',
    'auth_oauth2.resource_server_id = rabbitmq',
    'lapine.login_failures_per_user = infinity',
    ...lines(issuer, folder),
  ].join('\n')
  const broker = await Lapine.start({ configuration, clock })
  t.after(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await broker.stop()
    await issuer.stop()
    folder.remove()
  })
  return { issuer, broker, clock, folder }
}

/** Logs in with a token; answers the client, or the reason in the log where it is refused. */
async function logIn(broker: Lapine, token: string, vhost = '/'): Promise<WireClient | string> {
  const login = { ...loginOf(broker.url), user: 'whoever', password: token }
  const { client } = await greet(login)
  clients.push(client)
  startOk(client, login)
  const answer = await client.next()
  if (answer.name === 'connection.close') {
    assert.match(String(answer.fields.text), /^ACCESS_REFUSED - Login was refused/)
    return broker.log.lines.at(-1) ?? ''
  }
  tuneOkAndOpen(client, login, { vhost })
  const opened = await client.next()
  if (opened.name === 'connection.close') return String(opened.fields.text)
  await client.call(1, 'channel.open')
  return client
}

async function logsIn(broker: Lapine, token: string): Promise<WireClient> {
  const client = await logIn(broker, token)
  if (typeof client === 'string') throw new Error(client)
  return client
}

async function refused(broker: Lapine, token: string): Promise<string> {
  const reason = await logIn(broker, token)
  if (typeof reason !== 'string') throw new Error('the broker let the token in')
  assert.ok(token.length < 10 || !broker.log.lines.some((line) => line.includes(token)), 'no token in the log')
  return reason
}

test('a token lets in whom it names, with what its scopes allow', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const now = clock.now()
  const scope = 'rabbitmq.configure:*/mine-* rabbitmq.write:*/mine-* rabbitmq.read:*/other'
  const client = await logsIn(broker, await issuer.token({ scope }, { now }))
  assert.ok(broker.log.lines.some((line) => line.includes("user 'ann' authenticated and granted access to vhost '/'")))
  await client.call(1, 'queue.declare', { queue: 'mine-1' })
  client.send(1, 'queue.declare', { queue: 'theirs' })
  const close = await client.expect('channel.close')
  const text = "ACCESS_REFUSED - configure access to queue 'theirs' in vhost '/' refused for user 'ann'"
  assert.deepEqual([close.fields.code, close.fields.text], [403, text])
})

test('a virtual host that no scope names is refused', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const token = await issuer.token({ scope: 'rabbitmq.read:v1/*' }, { now: clock.now() })
  assert.equal(await refused(broker, token), "NOT_ALLOWED - access to vhost '/' refused for user 'ann'")
  const none = await issuer.token({ scope: 'openid' }, { now: clock.now() })
  assert.equal(await refused(broker, none), "NOT_ALLOWED - access to vhost '/' refused for user 'ann'")
})

test('topics need a scope with a routing key', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const scope = 'rabbitmq.write:*/*/a.* rabbitmq.configure:*/*'
  const client = await logsIn(broker, await issuer.token({ scope }, { now: clock.now() }))
  client.publish(1, { exchange: 'amq.topic', routingKey: 'a.b' }, 'x')
  await client.call(1, 'queue.declare', { exclusive: true })
  client.publish(1, { exchange: 'amq.topic', routingKey: 'b' }, 'x')
  const close = await client.expect('channel.close')
  const text = "ACCESS_REFUSED - write access to topic 'b' in exchange 'amq.topic' in vhost '/' refused for user 'ann'"
  assert.equal(close.fields.text, text)
})

test('bad tokens are refused, and the log says why', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const now = clock.now()
  const seconds = Math.floor(now / 1000)
  const check = async (token: string, reason: RegExp) => assert.match(await refused(broker, token), reason)
  const good = await issuer.token({ scope: all }, { now })
  await check('', /provided token is invalid/)
  await check('guest', /provided token is invalid/)
  await check('a.b.c', /provided token is invalid/)
  await check(`${good.slice(0, -8)}AAAAAAAA`, /signature verification failed/)
  await check(`${good.split('.').slice(0, 2).join('.')}.`, /signature|Signature|Compact JWS/)
  await check(
    await issuer.token({ exp: seconds - 1 }, { now }),
    /Provided JWT token has expired at timestamp \d+ \(validated at \d+\)/,
  )
  await check(await issuer.token({ exp: seconds }, { now }), /has expired/)
  await check(await issuer.token({ exp: seconds - 0.5 }, { now }), /has expired/)
  await check(
    await issuer.token({ exp: String(seconds + 60) }, { now }).catch(() => unsigned({ aud: 'rabbitmq' })),
    /exp|alg|Alg/,
  )
  await check(await issuer.token({ exp: undefined }, { now }), /has no exp claim/)
  await check(await issuer.token({ nbf: seconds + 60 }, { now }), /is not valid yet/)
  await check(await issuer.token({ aud: 'another' }, { now }), /no_matching_aud_found/)
  await check(await issuer.token({ aud: undefined }, { now }), /no_aud_found/)
  await check(unsigned({ aud: 'rabbitmq', sub: 'ann', exp: seconds + 60 }), /"?alg"?|Algorithm/i)
  const shared = new TextEncoder().encode('a secret that is long enough to be one for HS256')
  await check(await issuer.token({}, { now, key: shared, header: { alg: 'HS256' } }), /"alg"|not allowed/)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await check(await issuer.token({}, { now, key: privateKey }), /signature verification failed/)
  await check(await issuer.token({}, { now, header: { kid: 'unknown' } }), /no key that the token names/)
  await check(await issuer.token({}, { now, header: { kid: undefined } }), /names no key, and there is no default key/)
})

/** A token that says it needs no signature. */
function unsigned(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', kid: 'key-1' })}.${part(claims)}.`
}

test('a connection ends when its token does', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const client = await logsIn(broker, await issuer.token({ scope: all }, { now: clock.now() }))
  await broker.elapse(58_000)
  await client.call(1, 'queue.declare', { exclusive: true })
  for (let i = 0; i < 4; i++) await broker.elapse(1000)
  const close = await client.expect('connection.close')
  assert.deepEqual(close.fields, { code: 320, text: 'CONNECTION_FORCED - credential expired', classId: 0, methodId: 0 })
})

test('a renewed token moves the end, and with it what is allowed', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const client = await logsIn(broker, await issuer.token({ scope: all }, { now: clock.now() }))
  await client.call(1, 'queue.declare', { queue: 'kept' })
  await client.call(1, 'queue.declare', { queue: 'lost' })
  await client.call(1, 'basic.consume', { queue: 'kept', tag: 'kept' })
  await client.call(1, 'basic.consume', { queue: 'lost', tag: 'lost' })
  client.publish(1, { routingKey: 'kept' }, 'x')
  await client.expect('basic.deliver')
  await client.next()
  await client.next()
  await broker.elapse(30_000)
  const narrower = await issuer.token({ scope: 'rabbitmq.read:*/kept' }, { now: clock.now() })
  client.send(0, 'connection.update-secret', { secret: narrower, reason: 'renewal' })
  const cancel = await client.expect('basic.cancel')
  assert.equal(cancel.fields.tag, 'lost')
  await client.expect('connection.update-secret-ok')
  for (let i = 0; i < 40; i++) await broker.elapse(1000)
  client.publish(1, { routingKey: 'kept' }, 'y')
  const close = await client.expect('channel.close')
  assert.match(
    String(close.fields.text),
    /write access to exchange 'amq\.default' in vhost '\/' refused for user 'ann'/,
  )
  for (let i = 0; i < 25; i++) await broker.elapse(1000)
  const end = await client.expect('connection.close')
  assert.equal(end.fields.text, 'CONNECTION_FORCED - credential expired')
})

test('tags go with the token that gave them', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const tagged = await issuer.token({ scope: `${all} rabbitmq.tag:impersonator` }, { now: clock.now() })
  const client = await logsIn(broker, tagged)
  await client.call(1, 'confirm.select')
  const asBob = Buffer.concat([Buffer.from([0x00, 0x10, 3]), Buffer.from('bob')])
  client.publish(1, { routingKey: 'q' }, 'x', asBob)
  await client.expect('basic.ack')
  const plain = await issuer.token({ scope: all }, { now: clock.now() })
  await client.call(0, 'connection.update-secret', { secret: plain, reason: 'renewal' })
  client.publish(1, { routingKey: 'q' }, 'x', asBob)
  const close = await client.expect('channel.close')
  assert.match(String(close.fields.text), /user_id property set to 'bob' but authenticated user was 'ann'/)
})

test('a new secret that is no good, or somebody else’s, ends the connection', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const now = clock.now()
  const check = async (secret: string, logged: RegExp) => {
    const client = await logsIn(broker, await issuer.token({ scope: all }, { now }))
    client.send(0, 'connection.update-secret', { secret, reason: 'renewal' })
    const close = await client.expect('connection.close')
    const text = 'NOT_ALLOWED - New secret was refused by one of the backends'
    assert.deepEqual(close.fields, { code: 530, text, classId: 10, methodId: 70 })
    assert.ok(broker.log.lines.some((line) => logged.test(line)))
  }
  await check('guest', /provided token is invalid/)
  await check(
    await issuer.token({ scope: all, sub: 'bob' }, { now }),
    /Not allowed to change username on refreshed token/,
  )
  const client = await logsIn(broker, await issuer.token({ scope: all }, { now }))
  const elsewhere = await issuer.token({ scope: 'rabbitmq.read:other/*' }, { now })
  client.send(0, 'connection.update-secret', { secret: elsewhere, reason: 'renewal' })
  const close = await client.expect('connection.close')
  assert.equal(close.fields.text, "NOT_ALLOWED - access to vhost '/' refused for user 'ann'")
})

test('keys that are published later are found, those withdrawn are forgotten', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const token = (kid: string) => issuer.token({ scope: all }, { kid, now: clock.now() })
  await logsIn(broker, await token('key-1'))
  await issuer.addKey('key-2')
  const early = await token('key-2')
  assert.match(await refused(broker, early), /no key that the token names/, 'asked again only after a while')
  await broker.elapse(10_000)
  await logsIn(broker, await token('key-2'))
  const lasting = { scope: all, exp: Math.floor(clock.now() / 1000) + 86_400 }
  const withdrawn = await issuer.token(lasting, { kid: 'key-1', now: clock.now() })
  issuer.removeKey('key-1')
  await logsIn(broker, withdrawn)
  await broker.elapse(11 * 60_000)
  assert.match(await refused(broker, withdrawn), /no key that the token names/)
  await logsIn(broker, await token('key-2'))
})

test('an issuer that is out of order does not take its keys away', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  await logsIn(broker, await issuer.token({ scope: all }, { now: clock.now() }))
  const answers = [
    { status: 500, body: '{"keys": []}' },
    { status: 404, body: 'not here' },
    '{"keys": []}',
    '{"keys": "none"}',
    'no JSON',
    '[]',
    { status: 302, body: '' },
  ]
  for (const answer of answers) {
    issuer.override = ({ path }) => (path === '/jwks' ? answer : undefined)
    await broker.elapse(11 * 60_000)
    await logsIn(broker, await issuer.token({ scope: all }, { now: clock.now() }))
    assert.match(broker.log.lines.join('\n'), /keys of OAuth 2 cannot be read: .*; those from before are kept/)
  }
})

test('static keys, a default key, aliases, other claims and several audiences', configured, async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = String(
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'pem' }),
  )
  const { issuer, broker, clock } = await start(t, (_, folder) => [
    `auth_oauth2.signing_keys.static = ${folder.write('key.pem', pem)}`,
    'auth_oauth2.default_key = static',
    'auth_oauth2.preferred_username_claims.1 = user_name',
    'auth_oauth2.additional_scopes_key = roles',
    'auth_oauth2.scope_prefix = rmq.',
    'auth_oauth2.scope_aliases.everything = rmq.read:*/* rmq.write:*/* rmq.configure:*/*',
    'auth_oauth2.scope_aliases.1.alias = urn:some:role',
    'auth_oauth2.scope_aliases.1.scope = rmq.read:*/*',
    'auth_oauth2.resource_servers.second.id = second-audience',
    'auth_oauth2.resource_servers.second.verify_aud = false',
  ])
  const token = (claims: Record<string, unknown>) =>
    issuer.token(claims, { now: clock.now(), key: privateKey, header: { alg: 'RS256', kid: undefined } })
  await logsIn(broker, await token({ roles: ['everything'], user_name: 'Ann Example' }))
  assert.ok(broker.log.lines.some((line) => line.includes("user 'Ann Example' authenticated")))
  await logsIn(broker, await token({ scope: 'urn:some:role', aud: ['x', 'second-audience'] }))
  await logsIn(broker, await token({ scope: 'urn:some:role', aud: 'unknown' }))
  const both = await token({ scope: 'urn:some:role', aud: ['rabbitmq', 'second-audience'] })
  assert.match(await refused(broker, both), /aud_matched_many_resource_servers_only_one_allowed/)
})

test('an issuer over TLS has to have a good certificate', configured, async (t) => {
  const authority = new TestAuthority()
  const identity = authority.issue({ names: [['dns', 'localhost']], usage: 'server' })
  const trusting = await start(
    t,
    ({ url }, folder) => [
      `auth_oauth2.jwks_uri = ${url}/jwks`,
      `auth_oauth2.https.cacertfile = ${folder.write('ca.pem', authority.cert)}`,
    ],
    await FakeIssuer.start(identity),
  )
  await logsIn(trusting.broker, await trusting.issuer.token({ scope: all }, { now: trusting.clock.now() }))
  const wary = await start(t, ({ url }) => [`auth_oauth2.jwks_uri = ${url}/jwks`], await FakeIssuer.start(identity))
  await refused(wary.broker, await wary.issuer.token({ scope: all }, { now: wary.clock.now() }))
  assert.match(wary.broker.log.lines.join('\n'), /keys of OAuth 2 cannot be read: .*(unable|UNABLE|self)/)
})

test('amqplib logs in with a token, and renews it', configured, async (t) => {
  const { issuer, broker, clock } = await start(t)
  const token = () => issuer.token({ scope: all }, { now: clock.now() })
  const { host, port } = loginOf(broker.url)
  const connection = await connect({ hostname: host, port, username: 'x', password: await token() })
  await connection.updateSecret(Buffer.from(await token()), 'renewal')
  const channel = await connection.createChannel()
  await channel.assertQueue('', { exclusive: true })
  await connection.close()
})
