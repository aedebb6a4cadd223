import { acceptedGroups } from './accepted-key-groups.ts'

const IDLE_TLS = 'OpenSSL, as Node.js uses it, has no such choice, or makes the safe one'
const IDLE_SOCKET = 'Node.js does not let it be set'

/** Options of TLS that have no effect anywhere. */
const idleTlsOptions =
  'bypass_pem_cache cacerts.$ cert client_renegotiation crl_sources.$ crl_sources.$.timeout dh dhfile ' +
  'honor_ecc_order hostname_verification key.DSAPrivateKey key.PrivateKeyInfo key.RSAPrivateKey log_alert ' +
  'log_level psk_identity reuse_session reuse_sessions secure_renegotiate'

/** What may follow any prefix of `tlsPrefixes`. */
const tlsOptions =
  `${idleTlsOptions} cacertfile certfile ciphers.$ crl_check crl_sources.$.path depth fail_if_no_peer_cert ` +
  'honor_cipher_order keyfile password sni verify versions.$'

/** What has no effect where we are the client. */
const idleClientOptions =
  'ciphers.$ crl_check crl_sources.$.path depth fail_if_no_peer_cert honor_cipher_order versions.$'

/** Services that are asked, which have rows of their own. */
const authPrefixes = [
  'auth_http.ssl_options',
  'auth_ldap.ssl_options',
  'auth_oauth2.https',
  'definitions.tls',
  'log.syslog.ssl_options',
]

/** Where TLS has no effect at all, and why. */
const tlsPrefixes: Readonly<Record<string, string>> = {
  'cluster_formation.consul.ssl_options': 'this node is alone and forms no cluster',
  'cluster_formation.etcd.ssl_options': 'this node is alone and forms no cluster',
  'trust_store.ssl_options': 'certificates are trusted by their authorities, not one by one',
  'management.listener.ssl_opts': 'every TLS listener shows the certificate of ssl_options, or of lapine.server_names',
  'amqp10_client.ssl_options': "Lapine is nobody's client over AMQP",
  'amqp_client.ssl_options': "Lapine is nobody's client over AMQP",
}

/** Options of sockets that have no effect anywhere. */
const idleSocketOptions =
  'buffer delay_send dontroute exit_on_close fd high_msgq_watermark high_watermark linger.on linger.timeout ' +
  'low_msgq_watermark low_watermark port priority recbuf send_timeout send_timeout_close sndbuf tos'

/** What may follow any prefix of `socketPrefixes`. */
const socketOptions = `${idleSocketOptions} backlog keepalive nodelay`

const socketPrefixes = ['stream.tcp_listen_options']

/** Where some of them mean something. */
const idleSocketPrefixes = ['tcp_listen_options', 'mqtt.tcp_listen_options', 'stomp.tcp_listen_options']

interface Pattern {
  readonly words: readonly string[]
  readonly because: string
}

const patterns: readonly Pattern[] = [
  ...acceptedGroups.flatMap(({ because, keys }) =>
    Object.entries(keys).flatMap(([prefix, words]) => patternsOf(because, prefix, words)),
  ),
  ...patternsOf(IDLE_TLS, 'ssl_options', `${idleTlsOptions} sni`, 'itself'),
  ...authPrefixes.flatMap((prefix) => patternsOf(IDLE_TLS, prefix, `${idleTlsOptions} ${idleClientOptions}`, 'itself')),
  ...idleSocketPrefixes.flatMap((prefix) => patternsOf(IDLE_SOCKET, prefix, idleSocketOptions, 'itself')),
  ...Object.entries(tlsPrefixes).flatMap(([prefix, because]) => patternsOf(because, prefix, tlsOptions, 'itself')),
  ...socketPrefixes.flatMap((prefix) => patternsOf(IDLE_SOCKET, prefix, socketOptions, 'itself')),
]

/** Keys of a prefix, and (`itself`) the prefix as a key. */
function patternsOf(because: string, prefix: string, words: string, whole?: 'itself'): Pattern[] {
  const keys = words.split(' ').map((word) => (prefix === '' ? word : `${prefix}.${word}`))
  if (whole === 'itself') keys.push(prefix)
  return keys.map((key) => ({ words: key.split('.'), because }))
}

/** Why a key that RabbitMQ (or one of its plug-ins) knows has no effect here; undefined where it knows none of that name. */
export function acceptedBecause(key: readonly string[]): string | undefined {
  return patterns.find(
    ({ words }) => words.length === key.length && words.every((word, index) => word === '$' || word === key[index]),
  )?.because
}

/** Those keys by reason, `$name` for any name. */
export function acceptedKeys(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { words, because } of patterns) {
    const keys = found.get(because) ?? []
    keys.push(words.join('.').replaceAll('$', '$name'))
    found.set(because, keys)
  }
  return found
}

/** The key of Lapine's own that `key` is most likely a misspelling of. */
export function nearestKey(key: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(key.length / 5))
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(key, candidate) }))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0] !== undefined && ranked[0].distance <= limit ? ranked[0].candidate : undefined
}

/** Letters to insert, delete or replace to get from one text to the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[to.length]!
}
