import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultAmqp091Settings } from '../protocols/amqp091/settings.ts'
import { acceptedBecause } from './accepted-keys.ts'
import { amqp091Settings } from './builtins.ts'
import { readSettings } from './configuration.ts'
import type { ListenerSettings } from './listener-settings.ts'
import { settingRows } from './setting-rows.ts'
import type { Settings } from './settings.ts'
import { StartRefusal } from './start-refusal.ts'

async function read(content: string, environment: Record<string, string> = {}) {
  return readSettings([{ path: '/etc/rabbitmq.conf', content }], environment, {})
}

async function check(content: string, expected: Partial<Settings>): Promise<void> {
  const { settings } = await read(content)
  for (const [name, value] of Object.entries(expected)) {
    assert.deepEqual(settings[name as keyof Settings], value, `${content}: ${name}`)
  }
}

async function checkRefused(content: string, ...problems: string[]): Promise<void> {
  await assert.rejects(read(content), (error) => {
    assert(error instanceof StartRefusal)
    assert.equal(error.message, ['the configuration cannot be used:', ...problems.map((p) => `  ${p}`)].join('\n'))
    assert.equal(error.exitCode, 78)
    return true
  })
}

test('without any configuration the defaults of RabbitMQ hold', async () => {
  await check('', {
    defaultUser: 'guest',
    defaultPassword: 'guest',
    defaultVhost: '/',
    defaultUserTags: ['administrator'],
    defaultPermissions: { configure: '.*', write: '.*', read: '.*' },
    loopbackUsers: ['guest'],
    authMechanisms: ['PLAIN', 'AMQPLAIN', 'ANONYMOUS'],
    heartbeatSeconds: 60,
    frameBytesMax: 131072,
    initialFrameBytesMax: 8192,
    channelsMax: 2047,
    consumersPerChannelMax: undefined,
    connectionsMax: undefined,
    handshakeTimeoutMilliseconds: 10000,
    messageBytesMax: 16777216,
    consumerTimeoutMilliseconds: 1800000,
    productName: 'RabbitMQ',
  })
})

test('the table and the head have the same defaults', async () => {
  const { settings } = await read('cluster_name = lapine@localhost')
  assert.deepEqual(amqp091Settings(settings), defaultAmqp091Settings)
})

test('naming a listener replaces the default one, and none removes all', async () => {
  const addresses = async (content: string) => {
    const [{ tcp, tls }] = (await read(content)).settings.listeners as [ListenerSettings]
    return { tcp, tls }
  }
  assert.deepEqual(await addresses(''), { tcp: [{ host: undefined, port: 5672 }], tls: [] })
  assert.deepEqual(await addresses('listeners.tcp.1 = 127.0.0.1:5673\nlisteners.tcp.2 = ::1:5673'), {
    tcp: [
      { host: '127.0.0.1', port: 5673 },
      { host: '::1', port: 5673 },
    ],
    tls: [],
  })
  assert.deepEqual(await addresses('listeners.tcp = none\nlisteners.ssl.default = 5671'), {
    tcp: [],
    tls: [{ host: undefined, port: 5671 }],
  })
  assert.deepEqual(await addresses('listeners.tcp = none\nlisteners.ssl.1 = 5671\nlisteners.ssl = none'), {
    tcp: [],
    tls: [],
  })
})

test('options of TLS, of sockets and of proxies', async () => {
  const { settings } = await read(
    [
      'ssl_options.certfile = cert.pem',
      'ssl_options.keyfile = key.pem',
      'ssl_options.cacertfile = ca.pem',
      'ssl_options.password = secret',
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
      'ssl_options.versions.1 = tlsv1.3',
      'ssl_options.ciphers.1 = TLS_AES_256_GCM_SHA384',
      'ssl_options.honor_cipher_order = false',
      'ssl_options.depth = 0',
      'ssl_options.crl_check = peer',
      'ssl_options.crl_sources.1.path = crl.pem',
      'lapine.server_names.shop.host = shop.example',
      'lapine.server_names.shop.certfile = shop.pem',
      'lapine.server_names.shop.keyfile = shop-key.pem',
      'lapine.ssl_reload_interval = 0',
      'ssl_handshake_timeout = 700',
      'lapine.pending_handshakes_max = 9',
      'lapine.trusted_proxies.1 = 10.1.0.0/16',
      'lapine.trusted_proxies.2 = ::1',
      'proxy_protocol = true',
      'tcp_listen_options.backlog = 128',
      'tcp_listen_options.nodelay = false',
      'tcp_listen_options.keepalive = true',
      'tcp_listen_options.linger.on = true',
    ].join('\n'),
  )
  assert.deepEqual(settings.tls, {
    certificateFile: 'cert.pem',
    keyFile: 'key.pem',
    authorityFile: 'ca.pem',
    password: 'secret',
    verifiesPeer: true,
    requiresPeer: true,
    versions: ['tlsv1.3'],
    ciphers: ['TLS_AES_256_GCM_SHA384'],
    honorsCipherOrder: false,
    directOnly: true,
    checksRevocation: true,
    revocationFiles: ['crl.pem'],
    serverNames: new Map([
      ['shop', { host: 'shop.example', certificateFile: 'shop.pem', keyFile: 'shop-key.pem', password: undefined }],
    ]),
    reloadSeconds: 0,
  })
  assert.deepEqual(settings.arrival, {
    tlsHandshakeMilliseconds: 700,
    pendingMax: 9,
    trustedProxies: [
      { address: '10.1.0.0', bits: 16, family: 'ipv4' },
      { address: '::1', bits: 128, family: 'ipv6' },
    ],
  })
  const [amqp] = settings.listeners
  assert.equal(amqp?.proxyProtocol, true)
  assert.deepEqual(amqp?.socket, { backlog: 128, noDelay: false, keepAlive: true })
  await checkRefused(
    'lapine.trusted_proxies.1 = 10.0.0.0/33',
    "rabbitmq.conf:1: lapine.trusted_proxies.1: '10.0.0.0/33' is neither an address nor a network such as 10.0.0.0/8",
  )
})

test('users, tags and permissions', async () => {
  await check(
    [
      'default_user = ann',
      "default_pass = 'a#b'",
      'default_vhost = work',
      'default_user_tags.monitoring = true',
      'default_user_tags.administrator = false',
      'default_permissions.write = ^a',
      'loopback_users.ann = true',
      'auth_mechanisms.1 = AMQPLAIN',
      'anonymous_login_user = none',
    ].join('\n'),
    {
      defaultUser: 'ann',
      defaultPassword: 'a#b',
      defaultVhost: 'work',
      defaultUserTags: ['monitoring'],
      defaultPermissions: { configure: '.*', write: '^a', read: '.*' },
      loopbackUsers: ['ann'],
      authMechanisms: ['AMQPLAIN'],
      anonymousUser: undefined,
    },
  )
  await check('loopback_users = none', { loopbackUsers: [] })
  await check('loopback_users.guest = false', { loopbackUsers: [] })
})

test('limits', async () => {
  await check('channel_max = 0', { channelsMax: 65535 })
  await check('max_channels_per_connection = 7', { channelsMax: 7 })
  await check('consumer_timeout = undefined', { consumerTimeoutMilliseconds: undefined })
  await check('consumer_timeout = 0', { consumerTimeoutMilliseconds: undefined })
  await check('consumer_timeout = 5000', { consumerTimeoutMilliseconds: 5000 })
  await check('max_connections = infinity', { connectionsMax: undefined })
  await check('max_connections = 9', { connectionsMax: 9 })
  await check('connection_max = 9', { connectionsMax: 9 })
  await check('consumer_max_per_channel = 3', { consumersPerChannelMax: 3 })
  await check('max_message_size = 1MiB', { messageBytesMax: 1048576 })
  await check('lapine.content_in_memory_max = 64MB', { contentBytesInMemoryMax: 64e6 })
})

test('memory and disk limits, as shares of memory or as sizes', async () => {
  await check('', { diskFreeBytesMin: 50e6 })
  await check('vm_memory_high_watermark.absolute = 2GiB', { memoryBytesMax: 2 ** 31 })
  await check('vm_memory_high_watermark.absolute = 2GiB\nvm_memory_high_watermark.relative = 0.1', {
    memoryBytesMax: 2 ** 31,
  })
  await check('disk_free_limit.absolute = 1GB', { diskFreeBytesMin: 1e9 })
  const half = (await read('vm_memory_high_watermark.relative = 0.5')).settings.memoryBytesMax
  const all = (await read('disk_free_limit.relative = 1.0')).settings.diskFreeBytesMin
  assert.ok(Math.abs(all - 2 * half) <= 2 && half > 0)
})

test('memory is what the operator says it is', async () => {
  await check('total_memory_available_override_value = 1000MB\ndisk_free_limit.relative = 2.0', {
    memoryBytesMax: 600e6,
    diskFreeBytesMin: 2e9,
    contentBytesInMemoryMax: 125e6,
  })
})

test('the later of two values wins', async () => {
  await check('heartbeat = 5\nheartbeat = 7', { heartbeatSeconds: 7 })
})

test('the log', async () => {
  const { settings } = await read(
    'log.console = false\nlog.file = a.log\nlog.dir = /var/log\nlog.file.level = error\nlog.connection.level = debug',
  )
  assert.equal(settings.log.console, false)
  assert.equal(settings.log.file, 'a.log')
  assert.equal(settings.log.directory, '/var/log')
  assert.equal(settings.log.outputs.file.level, 'error')
  assert.deepEqual([...settings.log.categoryLevels], [['connection', 'debug']])
})

test('a key that is unknown or cannot be read is refused, all of them at once, with file and line', async () => {
  await checkRefused(
    'hartbeat = 5\nheartbeat = soon\nframe_max = 100\nnonsense\nlisteners.tcp.a = x',
    "rabbitmq.conf:4: expected 'key = value', found 'nonsense'",
    "rabbitmq.conf:1: there is no setting 'hartbeat'; did you mean 'heartbeat'?",
    "rabbitmq.conf:2: heartbeat: 'soon' is not a whole number",
    'rabbitmq.conf:3: frame_max: 100 is not between 4096 and 2147483647',
    "rabbitmq.conf:5: listeners.tcp.a: 'x' is not a port or address:port",
  )
  await checkRefused('wholly.made.up = 1', "rabbitmq.conf:1: there is no setting 'wholly.made.up'")
})

test('keys of RabbitMQ without effect here are taken with a warning', async () => {
  const { warnings } = await read(
    [
      'management.rates_mode = basic',
      'ssl_options.reuse_sessions = true',
      'stream.tcp_listen_options.backlog = 5',
      'hipe_compile = true',
    ].join('\n'),
  )
  const effect = 'accepted, no effect here'
  assert.deepEqual(warnings, [
    `rabbitmq.conf:1: management.rates_mode: ${effect}: statistics are taken only while somebody looks, and cost nothing else`,
    `rabbitmq.conf:2: ssl_options.reuse_sessions: ${effect}: OpenSSL, as Node.js uses it, has no such choice, or makes the safe one`,
    `rabbitmq.conf:3: stream.tcp_listen_options.backlog: ${effect}: Node.js does not let it be set`,
    `rabbitmq.conf:4: hipe_compile: ${effect}: it tunes Erlang, and there is none here`,
  ])
})

test('no key is both in the table and in the list of those without effect', () => {
  for (const row of settingRows) assert.equal(acceptedBecause(row.words), undefined, row.key)
})

test('no key stands twice in the table, and every default can be read', () => {
  assert.equal(new Set(settingRows.map(({ key }) => key)).size, settingRows.length)
  for (const row of settingRows) row.defaults()
})

test('the environment wins over the file', async () => {
  const { settings } = await read('default_user = a\nlisteners.tcp.1 = 1\nlog.file = x.log', {
    RABBITMQ_DEFAULT_USER: 'b',
    RABBITMQ_DEFAULT_PASS: 'p',
    RABBITMQ_DEFAULT_VHOST: 'v',
    RABBITMQ_NODE_PORT: '2',
    RABBITMQ_LOGS: '-',
    RABBITMQ_LOG: 'connection=debug',
  })
  assert.equal(settings.defaultUser, 'b')
  assert.equal(settings.defaultPassword, 'p')
  assert.equal(settings.defaultVhost, 'v')
  assert.deepEqual(settings.listeners[0]?.tcp, [{ host: undefined, port: 2 }])
  assert.equal(settings.log.file, undefined)
  assert.equal(settings.log.categoryLevels.get('connection'), 'debug')
})

test('a wrong value of the environment names the variable', async () => {
  await assert.rejects(read('', { RABBITMQ_NODE_PORT: 'x' }), {
    message:
      "the configuration cannot be used:\n  RABBITMQ_NODE_PORT: listeners.tcp.default: 'x' is not a port or address:port",
  })
})

test('port and host of the command line win over both', async () => {
  const files = [{ path: 'f', content: 'listeners.tcp.1 = 1\nlisteners.tcp.2 = 2' }]
  const listeners = async (environment: Record<string, string>, overrides: { port?: string; host?: string }) =>
    (await readSettings(files, environment, overrides)).settings.listeners[0]?.tcp
  assert.deepEqual(await listeners({ RABBITMQ_NODE_PORT: '3' }, { port: '4' }), [{ host: undefined, port: 4 }])
  assert.deepEqual(await listeners({}, { host: '::1' }), [{ host: '::1', port: 5672 }])
  assert.deepEqual(await listeners({ RABBITMQ_NODE_PORT: '3' }, { host: '127.0.0.1' }), [
    { host: '127.0.0.1', port: 3 },
  ])
  assert.deepEqual(await listeners({ RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1' }, {}), [{ host: '127.0.0.1', port: 5672 }])
})

test('files of Erlang terms and arguments of Erlang are settings among others; what is in vain is told', async () => {
  const files = [
    { path: '/etc/rabbitmq.conf', content: 'heartbeat = 5\nmax_message_size = 1000' },
    { path: '/etc/advanced.config', content: '[{rabbit, [{heartbeat, 7}, {log, [{file, []}]}]}].' },
  ]
  const environment = {
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-rabbit max_message_size 2000 -kernel x 1',
    RABBITMQ_ERLANG_COOKIE: 'secret cookie',
  }
  const { settings, warnings } = await readSettings(files, environment, {})
  assert.equal(settings.heartbeatSeconds, 7)
  assert.equal(settings.messageBytesMax, 2000)
  assert.deepEqual(warnings, [
    'RABBITMQ_ERLANG_COOKIE: accepted, no effect here: this node is alone and forms no cluster',
    'advanced.config: rabbit.log: not read from Erlang terms; set it in rabbitmq.conf',
    'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: -kernel: there is no Erlang here that it could be for',
  ])
  await assert.rejects(readSettings([{ path: 'a.config', content: '[{rabbit' }], {}, {}), /a\.config: line 1: expected/)
})

test('an encrypted value is not taken for a password', async () => {
  await checkRefused(
    'default_pass = encrypted:aGVsbG8=',
    'rabbitmq.conf:1: default_pass: encrypted values are not read here',
  )
})
