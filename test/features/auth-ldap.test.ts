import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { TestAuthority, TestFolder } from '../support/certificates.ts'
import { Lapine } from '../support/lapine.ts'
import { FakeDirectory, type LdapEntry } from '../support/ldap-server.ts'
import { loginOf, only } from '../support/target.ts'
import type { WireClient } from '../support/wire-client.ts'
import { greet, startOk, tuneOkAndOpen } from '../support/wire-login.ts'

const configured = only({ lapine: 'it needs a configuration and a directory of its own' })

const clients: { destroy(): void }[] = []

const people = 'ou=People,dc=example'
const groups = 'ou=Groups,dc=example'
const person = (name: string, attributes: Record<string, string[]> = {}): LdapEntry => ({
  dn: `cn=${name},${people}`,
  attributes: { objectClass: ['person'], cn: [name], password: [`${name}-secret`], ...attributes },
})
const group = (name: string, ...members: string[]): LdapEntry => ({
  dn: `cn=${name},${groups}`,
  attributes: { objectClass: ['groupOfNames'], member: members },
})

const entries: readonly LdapEntry[] = [
  person('ann', { uid: ['a1'], team: ['orders'] }),
  person('bob', { uid: ['b1'] }),
  person('reader'),
  { dn: 'ann@example', attributes: { objectClass: ['alias'], password: ['ann-secret'] } },
  group('admins', `cn=ann,${people}`),
  group('vhost-shop', `cn=team,${groups}`),
  group('team', `cn=inner,${groups}`),
  group('inner', `cn=ann,${people}`),
  group('circle-1', `cn=circle-2,${groups}`),
  group('circle-2', `cn=circle-1,${groups}`, `cn=bob,${people}`),
]

interface World {
  readonly broker: Lapine
  readonly directory: FakeDirectory
}

async function start(t: TestContext, lines: readonly string[] = [], directory?: FakeDirectory): Promise<World> {
  const used = directory ?? (await FakeDirectory.start(entries))
  const configuration = [
    'auth_backends.1 = ldap',
    'auth_ldap.servers.1 = 127.0.0.1',
    `auth_ldap.port = ${used.port}`,
    `auth_ldap.user_dn_pattern = cn=\${username},${people}`,
    'lapine.login_failures_per_user = infinity',
    ...lines,
  ].join('\n')
  const broker = await Lapine.start({ configuration })
  t.after(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await broker.stop()
    await used.stop()
  })
  return { broker, directory: used }
}

/** A client with channel 1 open, or the text of the refusal. */
async function logIn(broker: Lapine, user: string, password: string): Promise<WireClient | string> {
  const login = { ...loginOf(broker.url), user, password }
  const { client } = await greet(login)
  clients.push(client)
  startOk(client, login)
  const answer = await client.next()
  if (answer.name === 'connection.close') return String(answer.fields.text)
  tuneOkAndOpen(client, login)
  const opened = await client.next()
  if (opened.name === 'connection.close') return String(opened.fields.text)
  await client.call(1, 'channel.open')
  return client
}

async function logsIn(broker: Lapine, user = 'ann', password = `${user}-secret`): Promise<WireClient> {
  const client = await logIn(broker, user, password)
  if (typeof client === 'string') throw new Error(`${client}\n${broker.log.lines.join('\n')}`)
  return client
}

const refusedLogin =
  'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.'
const refusedVhost = (user: string) => `NOT_ALLOWED - access to vhost '/' refused for user '${user}'`

test('a user of the directory logs in with its password there', configured, async (t) => {
  const { broker, directory } = await start(t)
  await logsIn(broker)
  assert.deepEqual(directory.binds, [`cn=ann,${people}`])
  assert.equal(await logIn(broker, 'ann', 'wrong'), refusedLogin)
  assert.match(broker.log.lines.join('\n'), /PLAIN login refused: user 'ann' - invalid credentials/)
  assert.equal(await logIn(broker, 'nobody', 'x'), refusedLogin)
})

test(
  'an empty password is refused without asking, as a directory would take it for nobody’s',
  configured,
  async (t) => {
    const { broker, directory } = await start(t)
    assert.equal(await logIn(broker, 'ann', ''), refusedLogin)
    assert.deepEqual(directory.binds, [])
    assert.match(broker.log.lines.join('\n'), /user 'ann' - unauthenticated bind not allowed/)
  },
)

test('nobody becomes somebody else by what a name has in it', configured, async (t) => {
  const { broker, directory } = await start(t)
  assert.equal(await logIn(broker, `ann,${people}`, 'ann-secret'), refusedLogin)
  assert.equal(await logIn(broker, 'x,cn=ann', 'ann-secret'), refusedLogin)
  assert.deepEqual(directory.binds, [`cn=ann\\,ou\\=People\\,dc\\=example,${people}`, `cn=x\\,cn\\=ann,${people}`])
})

test('the user may be bound by another name, and its entry be found by an attribute', configured, async (t) => {
  const { broker, directory } = await start(t, [
    'auth_ldap.user_bind_pattern = ${username}@example',
    'auth_ldap.user_dn_pattern = ${username}',
    'auth_ldap.dn_lookup_attribute = cn',
    `auth_ldap.dn_lookup_base = ${people}`,
    `auth_ldap.queries.vhost_access = {in_group, "cn=admins,${groups}"}`,
  ])
  await logsIn(broker)
  assert.deepEqual(directory.binds, ['ann@example', 'ann@example'])
  assert.deepEqual(directory.searches, [people, `cn=admins,${groups}`])
})

test('an entry may be found first, as somebody who may look, and then be bound', configured, async (t) => {
  const { broker, directory } = await start(t, [
    'auth_ldap.user_dn_pattern = ${username}',
    'auth_ldap.dn_lookup_attribute = uid',
    `auth_ldap.dn_lookup_base = ${people}`,
    `auth_ldap.dn_lookup_bind.user_dn = cn=reader,${people}`,
    'auth_ldap.dn_lookup_bind.password = reader-secret',
  ])
  directory.readers = [`cn=reader,${people}`]
  await logsIn(broker, 'a1', 'ann-secret')
  assert.deepEqual(directory.binds, [`cn=reader,${people}`, `cn=ann,${people}`])
  assert.equal(await logIn(broker, 'a*', 'ann-secret'), refusedLogin)
  assert.match(broker.log.lines.join('\n'), /LDAP: 0 entries have uid = 'a\*'/)
})

const vhostQueries: readonly (readonly [query: string, allowed: readonly string[]])[] = [
  [`{in_group, "cn=admins,${groups}"}`, ['ann']],
  [`{in_group, "cn=none,${groups}"}`, []],
  [`{in_group, "cn=admins,${groups}", "owner"}`, []],
  [`{'not', {in_group, "cn=admins,${groups}"}}`, ['bob']],
  [`{in_group_nested, "cn=vhost-shop,${groups}"}`, ['ann']],
  [`{in_group_nested, "cn=circle-1,${groups}"}`, ['bob']],
  [`{exists, "cn=\${username},${people}"}`, ['ann', 'bob']],
  [`{exists, "cn=\${vhost},${people}"}`, []],
  ['{equals, {attribute, "${user_dn}", "team"}, "orders"}', ['ann']],
  ['{equals, "${username}", "bob"}', ['bob']],
  ['{match, "${username}", "^a"}', ['ann']],
  ['{\'and\', [{constant, true}, {equals, "${username}", "bob"}]}', ['bob']],
  ['{\'or\', [{constant, false}, {equals, "${username}", "bob"}]}', ['bob']],
  ['{for, [{vhost, "other", {constant, false}}, {vhost, "/", {constant, true}}]}', ['ann', 'bob']],
  ['{constant, false}', []],
]

for (const [query, allowed] of vhostQueries) {
  test(`who may enter: ${query}`, configured, async (t) => {
    const { broker } = await start(t, [
      `auth_ldap.group_lookup_base = ${groups}`,
      `auth_ldap.queries.vhost_access = ${query}`,
    ])
    for (const user of ['ann', 'bob']) {
      const answer = await logIn(broker, user, `${user}-secret`)
      assert.equal(typeof answer === 'string' ? answer : 'in', allowed.includes(user) ? 'in' : refusedVhost(user))
    }
  })
}

test('resources and topics have queries of their own, over several lines', configured, async (t) => {
  const { broker } = await start(t, [
    "auth_ldap.queries.resource_access = '''",
    '{for, [{permission, configure, {match, "${name}", "^${username}-"}},',
    '       {permission, write,',
    '        {for, [{resource, queue,    {constant, true}},',
    '               {resource, exchange, {constant, true}}]}},',
    '       {permission, read, {constant, false}}]}',
    "'''",
    'auth_ldap.queries.topic_access = {match, "${routing_key}", "^a\\\\."}',
  ])
  const client = await logsIn(broker)
  await client.call(1, 'queue.declare', { queue: 'ann-1' })
  client.publish(1, { exchange: 'amq.topic', routingKey: 'a.b' }, 'x')
  const refuses = async (run: () => void, text: string) => {
    run()
    const close = await client.expect('channel.close')
    assert.equal(close.fields.text, `ACCESS_REFUSED - ${text}`)
    client.send(1, 'channel.close-ok')
    await client.call(1, 'channel.open')
  }
  await refuses(
    () => client.send(1, 'queue.declare', { queue: 'bob-1' }),
    "configure access to queue 'bob-1' in vhost '/' refused for user 'ann'",
  )
  await refuses(
    () => client.send(1, 'basic.get', { queue: 'ann-1' }),
    "read access to queue 'ann-1' in vhost '/' refused for user 'ann'",
  )
  await refuses(
    () => client.publish(1, { exchange: 'amq.topic', routingKey: 'b' }, 'x'),
    "write access to topic 'b' in exchange 'amq.topic' in vhost '/' refused for user 'ann'",
  )
})

test('tags come from queries', configured, async (t) => {
  const tags = `[{impersonator, {in_group, "cn=admins,${groups}"}}, {administrator, {constant, false}}]`
  const { broker } = await start(t, [`auth_ldap.queries.tags = ${tags}`])
  const asCarl = Buffer.concat([Buffer.from([0x00, 0x10, 4]), Buffer.from('carl')])
  const ann = await logsIn(broker, 'ann')
  await ann.call(1, 'confirm.select')
  ann.publish(1, { routingKey: 'q' }, 'x', asCarl)
  await ann.expect('basic.ack')
  const bob = await logsIn(broker, 'bob')
  bob.publish(1, { routingKey: 'q' }, 'x', asCarl)
  const close = await bob.expect('channel.close')
  assert.match(String(close.fields.text), /user_id property set to 'carl' but authenticated user was 'bob'/)
})

test('questions may be asked as somebody else', configured, async (t) => {
  const { broker, directory } = await start(t, [
    `auth_ldap.other_bind.user_dn = cn=reader,${people}`,
    'auth_ldap.other_bind.password = reader-secret',
    `auth_ldap.queries.vhost_access = {in_group, "cn=admins,${groups}"}`,
  ])
  directory.readers = [`cn=reader,${people}`]
  await logsIn(broker)
  assert.deepEqual(directory.binds, [`cn=ann,${people}`, `cn=reader,${people}`])
})

test('another backend may say who it is, and the directory what it may do', configured, async (t) => {
  const { broker } = await start(t, [
    'auth_backends.1.authn = internal',
    'auth_backends.1.authz = ldap',
    'auth_ldap.other_bind = anon',
    'default_user = ann',
    'default_pass = internal-secret',
    'auth_ldap.queries.resource_access = {match, "${name}", "^ann"}',
  ])
  assert.equal(await logIn(broker, 'ann', 'ann-secret'), refusedLogin)
  const client = await logsIn(broker, 'ann', 'internal-secret')
  await client.call(1, 'queue.declare', { queue: 'ann-1' })
  client.send(1, 'queue.declare', { queue: 'other' })
  assert.equal((await client.expect('channel.close')).fields.code, 403)
})

test('a directory that cannot be asked is a refusal, and the next server is tried', configured, async (t) => {
  const gone = await FakeDirectory.start([])
  const { port } = gone
  await gone.stop()
  const { broker } = await start(t, [`auth_ldap.port = ${port}`])
  assert.equal(await logIn(broker, 'ann', 'ann-secret'), refusedLogin)
  assert.match(
    broker.log.lines.join('\n'),
    /error authentication backend ldap failed: LDAP server 127\.0\.0\.1: .*ECONNREFUSED/,
  )
  const { broker: second, directory } = await start(t, [
    'auth_ldap.servers.1 = localhost.invalid',
    'auth_ldap.servers.2 = 127.0.0.1',
  ])
  await logsIn(second)
  assert.equal(directory.binds.length, 1)
})

test('a query the directory fails at is told as an error of the backend', configured, async (t) => {
  const { broker, directory } = await start(t, [`auth_ldap.queries.resource_access = {exists, "cn=x,${groups}"}`])
  const client = await logsIn(broker)
  directory.readers = []
  client.send(1, 'queue.declare', { queue: 'q' })
  const close = await client.expect('channel.close')
  const text =
    "ACCESS_REFUSED - configure access to queue 'q' in vhost '/' refused for user 'ann', backend rabbit_auth_backend_ldap returned an error: "
  assert.ok(String(close.fields.text).startsWith(text), String(close.fields.text))
})

test('TLS and StartTLS are spoken, with servers whose certificate is good', configured, async (t) => {
  const authority = new TestAuthority()
  const folder = new TestFolder()
  t.after(() => folder.remove())
  const identity = authority.issue({ names: [['ip', '127.0.0.1']], usage: 'server' })
  const trust = `auth_ldap.ssl_options.cacertfile = ${folder.write('ca.pem', authority.cert)}`
  for (const [isSecure, line] of [
    [true, 'auth_ldap.use_ssl = true'],
    [false, 'auth_ldap.use_starttls = true'],
  ] as const) {
    const { broker } = await start(t, [line, trust], await FakeDirectory.start(entries, identity, isSecure))
    await logsIn(broker)
    const { broker: wary, directory } = await start(t, [line], await FakeDirectory.start(entries, identity, isSecure))
    assert.equal(await logIn(wary, 'ann', 'ann-secret'), refusedLogin)
    assert.deepEqual(directory.binds, [], 'no password to a stranger')
  }
})
