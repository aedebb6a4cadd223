import { totalmem } from 'node:os'
import { administrationRows } from './administration-settings.ts'
import { authCacheRows, authHttpRows } from './auth-http-settings.ts'
import { authLdapRows } from './auth-ldap-settings.ts'
import { authOAuth2Rows } from './auth-oauth2-settings.ts'
import { bytes, flag, fraction, integer, pattern, text, unlimited, word, zeroOr } from './conf-value.ts'
import { definitionRows } from './definition-settings.ts'
import { arrivalRows, listenerRows } from './listener-settings.ts'
import { logRows } from './log-settings.ts'
import { loginRows } from './login-settings.ts'
import { managementSecurityRows } from './management-settings.ts'
import { mqttRows } from './mqtt-settings.ts'
import { openTelemetryRows } from './opentelemetry-settings.ts'
import { type AnySettingRow, namesSet, setting, settingFamily } from './setting-row.ts'
import { stompRows } from './stomp-settings.ts'
import { tlsRows } from './tls-settings.ts'
import { vhostDefaultRows } from './vhost-default-settings.ts'
import { webSocketRows } from './websocket-settings.ts'

const none = word('none')

const access = [
  setting(
    'default_user',
    text,
    { default: 'guest', meaning: 'User created in an empty data directory.' },
    (draft, value) => {
      draft.defaultUser = value!
    },
  ),
  setting('default_pass', text, { default: 'guest', meaning: 'Its password.' }, (draft, value) => {
    draft.defaultPassword = value!
  }),
  setting(
    'default_vhost',
    text,
    { default: '/', meaning: 'Virtual host created in an empty data directory.' },
    (draft, value) => {
      draft.defaultVhost = value!
    },
  ),
  settingFamily(
    'default_user_tags.$tag',
    flag,
    { defaults: { administrator: 'true' }, meaning: 'Tags of the default user.' },
    (draft, values) => {
      draft.defaultUserTags = namesSet(values)
    },
  ),
  ...(['configure', 'write', 'read'] as const).map((permission) =>
    setting(
      `default_permissions.${permission}`,
      text,
      { default: '.*', meaning: `What the default user may ${permission}, a regular expression on names.` },
      (draft, value) => {
        draft.defaultPermissions = {
          ...(draft.defaultPermissions ?? { configure: '.*', write: '.*', read: '.*' }),
          [permission]: value,
        }
      },
    ),
  ),
  settingFamily(
    'loopback_users.$user',
    flag,
    { defaults: { guest: 'true' }, meaning: 'Users that may log in from this machine only.' },
    (draft, values) => {
      draft.loopbackUsers = namesSet(values)
    },
  ),
  setting('loopback_users', none, { meaning: '`none`: every user may log in from anywhere.' }, (draft, value) => {
    if (value === 'none') draft.loopbackUsers = []
  }),
  settingFamily(
    'auth_mechanisms.$n',
    word('PLAIN', 'AMQPLAIN', 'ANONYMOUS', 'EXTERNAL'),
    {
      defaults: { '1': 'PLAIN', '2': 'AMQPLAIN', '3': 'ANONYMOUS' },
      meaning: 'SASL mechanisms offered, in this order. EXTERNAL takes the name from a client certificate.',
    },
    (draft, values) => {
      draft.authMechanisms = [...new Set(values.values())]
    },
  ),
  setting(
    'anonymous_login_user',
    unlimited(text, 'none'),
    { default: 'guest', meaning: 'User that ANONYMOUS logs in as; `none` for nobody.' },
    (draft, value) => {
      draft.anonymousUser = value
    },
  ),
  setting('anonymous_login_pass', text, { default: 'guest', meaning: 'Its password.' }, (draft, value) => {
    draft.anonymousPassword = value!
  }),
]

const limits = [
  setting(
    'heartbeat',
    integer(0, 65535),
    { default: '60', meaning: 'Heartbeat proposed to clients, in seconds; 0 for none.' },
    (draft, value) => {
      draft.heartbeatSeconds = value!
    },
  ),
  setting(
    'frame_max',
    zeroOr(integer(4096, 2 ** 31 - 1)),
    { default: '131072', meaning: 'Largest frame, in bytes; 0 for no limit.' },
    (draft, value) => {
      draft.frameBytesMax = value!
    },
  ),
  setting(
    'initial_frame_max',
    integer(4096, 2 ** 31 - 1),
    { default: '8192', meaning: 'Largest frame before a client has logged in, in bytes.' },
    (draft, value) => {
      draft.initialFrameBytesMax = value!
    },
  ),
  ...['channel_max', 'max_channels_per_connection'].map((key, index) =>
    setting(
      key,
      integer(0, 65535),
      index === 0
        ? { default: '2047', meaning: 'Channels per connection; 0 for as many as the protocol has.' }
        : { meaning: 'The same as `channel_max`.' },
      (draft, value) => {
        if (value !== undefined) draft.channelsMax = value === 0 ? 65535 : value
      },
    ),
  ),
  setting(
    'consumer_max_per_channel',
    unlimited(integer(1, 2 ** 31), 'infinity'),
    { default: 'infinity', meaning: 'Consumers per channel.' },
    (draft, value) => {
      draft.consumersPerChannelMax = value
    },
  ),
  ...['connection_max', 'max_connections'].map((key, index) =>
    setting(
      key,
      unlimited(integer(0, 2 ** 31), 'infinity'),
      index === 0
        ? { default: 'infinity', meaning: 'Client connections of this broker.' }
        : { meaning: 'The same as `connection_max`.' },
      (draft, value) => {
        draft.connectionsMax = value ?? draft.connectionsMax
      },
    ),
  ),
  setting(
    'handshake_timeout',
    integer(1, 2 ** 31),
    { default: '10000', meaning: 'Milliseconds a client has to log in.' },
    (draft, value) => {
      draft.handshakeTimeoutMilliseconds = value!
    },
  ),
  setting(
    'max_message_size',
    bytes(536870912),
    { default: '16777216', meaning: 'Largest message body, in bytes.' },
    (draft, value) => {
      draft.messageBytesMax = value!
    },
  ),
  setting(
    'consumer_timeout',
    unlimited(integer(0, 2 ** 48), 'undefined', 'infinity'),
    {
      default: '1800000',
      meaning: 'Milliseconds a consumer may hold a delivery unacknowledged; `undefined` or 0 for ever.',
    },
    (draft, value) => {
      draft.consumerTimeoutMilliseconds = value === 0 ? undefined : value
    },
  ),
]

const resources = [
  setting(
    'total_memory_available_override_value',
    bytes(),
    { meaning: 'Memory that shares of it are taken of, instead of what the machine or its container has.' },
    (draft, value) => {
      draft.memoryBytesTotal = value ?? memoryBytes()
    },
  ),
  setting(
    'vm_memory_high_watermark.relative',
    fraction(0, 1),
    {
      default: '0.6',
      meaning: 'Share of memory (of the machine, or of its container) beyond which publishers are held up.',
    },
    (draft, value) => {
      draft.memoryBytesMax = Math.floor(value! * draft.memoryBytesTotal)
    },
  ),
  setting('vm_memory_high_watermark.absolute', bytes(), { meaning: 'The same as a size.' }, (draft, value) => {
    draft.memoryBytesMax = value ?? draft.memoryBytesMax
  }),
  setting(
    'disk_free_limit.relative',
    fraction(0, 1000),
    { meaning: 'Free disk space below which publishers are held up, as a multiple of memory.' },
    (draft, value) => {
      draft.diskFreeBytesMin = value === undefined ? 50e6 : Math.floor(value * draft.memoryBytesTotal)
    },
  ),
  setting(
    'disk_free_limit.absolute',
    bytes(),
    { meaning: 'The same as a size; 50MB when neither is set.' },
    (draft, value) => {
      draft.diskFreeBytesMin = value ?? draft.diskFreeBytesMin
    },
  ),
  setting(
    'lapine.content_in_memory_max',
    bytes(),
    {
      meaning:
        'Bytes of message bodies kept in memory; beyond it those on disk leave. An eighth of memory, at most 128 MiB, by default.',
    },
    (draft, value) => {
      draft.contentBytesInMemoryMax = value ?? Math.min(2 ** 27, Math.floor(draft.memoryBytesTotal / 8))
    },
  ),
]

/** Memory of the machine, or of the container if that is less. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

const names = [
  setting('cluster_name', text, { meaning: 'Told to clients; `rabbit@host` by default.' }, (draft, value) => {
    draft.clusterName = value
  }),
  ...(['cluster', 'node'] as const).map((of) =>
    settingFamily(
      `${of}_tags.$tag`,
      text,
      { meaning: `Shown as tags of the ${of} by the HTTP API.` },
      (draft, values) => {
        if (of === 'cluster') draft.clusterTags = Object.fromEntries(values)
        else draft.nodeTags = Object.fromEntries(values)
      },
    ),
  ),
  setting(
    'product.name',
    text,
    { default: 'RabbitMQ', meaning: 'Product told to clients: several of them behave differently with another name.' },
    (draft, value) => {
      draft.productName = value!
    },
  ),
  setting('product.version', text, { default: '4.3.6', meaning: 'Version told to clients.' }, (draft, value) => {
    draft.productVersion = value!
  }),
]

const management = [
  setting(
    'management.path_prefix',
    text,
    { meaning: 'Path under which the HTTP API is served, for proxies that give it one.' },
    (draft, value = '') => {
      const trimmed = value.replace(/^\/+|\/+$/g, '')
      draft.managementPathPrefix = trimmed === '' ? '' : `/${trimmed}`
    },
  ),
  setting(
    'management.http.max_body_size',
    integer(1, 2 ** 31),
    { default: '10000000', meaning: 'Largest body of a request to the HTTP API, in bytes.' },
    (draft, value) => {
      draft.managementBodyBytesMax = value!
    },
  ),
]

const prometheus = [
  setting(
    'prometheus.path',
    text,
    { default: '/metrics', meaning: 'Path under which metrics are served.' },
    (draft, value = '/metrics') => {
      draft.prometheusPath = `/${value.replace(/^\/+|\/+$/g, '')}`
    },
  ),
  setting(
    'prometheus.return_per_object_metrics',
    flag,
    { default: 'false', meaning: '`/metrics` has a series for each queue, channel and connection, not their sums.' },
    (draft, value) => {
      draft.prometheusPerObject = value!
    },
  ),
  setting(
    'prometheus.filter_aggregated_queue_metrics_pattern',
    pattern,
    { meaning: 'Queues whose names match are left out of the sums of `/metrics`.' },
    (draft, value) => {
      draft.prometheusUnsummedQueues = value
    },
  ),
  setting(
    'prometheus.authentication.enabled',
    flag,
    { default: 'false', meaning: 'Metrics are for users with the tag `monitoring` only.' },
    (draft, value) => {
      draft.prometheusAuthenticates = value!
    },
  ),
]

/** Every setting that means something here. Parsing, defaults, the manual and the tests derive from this table. */
export const settingRows: readonly AnySettingRow[] = [
  ...listenerRows,
  ...arrivalRows,
  ...tlsRows,
  ...access,
  ...administrationRows,
  ...definitionRows,
  ...vhostDefaultRows,
  ...loginRows,
  ...authHttpRows,
  ...authCacheRows,
  ...authOAuth2Rows,
  ...authLdapRows,
  ...limits,
  ...resources,
  ...names,
  ...management,
  ...managementSecurityRows,
  ...mqttRows,
  ...stompRows,
  ...webSocketRows,
  ...prometheus,
  ...openTelemetryRows,
  ...logRows,
]
