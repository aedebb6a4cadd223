/** A plug-in that may stand in a file of enabled plug-ins. */
export interface KnownPlugin {
  readonly name: string
  readonly description: string
  /** Those it brings with it. */
  readonly dependencies?: readonly string[]
}

/** Why nothing is to be started for a name. */
const inCore = 'part of the core'
const noNeed = 'accepted, does nothing here'

const web = ['rabbitmq_web_dispatch']
const management = ['rabbitmq_management']

/** Plug-ins of RabbitMQ and of Lapine. A file that names others was written for something that is not here. */
export const knownPlugins: readonly KnownPlugin[] = [
  { name: 'rabbitmq_amqp1_0', description: `AMQP 1.0 (${inCore})` },
  { name: 'rabbitmq_auth_backend_cache', description: 'Remembers what other backends answered' },
  { name: 'rabbitmq_auth_backend_http', description: 'Asks an HTTP service who may do what' },
  { name: 'rabbitmq_auth_backend_internal_loopback', description: 'Internal users from this machine alone' },
  { name: 'rabbitmq_auth_backend_ldap', description: 'Asks an LDAP directory' },
  { name: 'rabbitmq_auth_backend_oauth2', description: 'Tokens of OAuth 2.0' },
  { name: 'rabbitmq_auth_mechanism_ssl', description: 'Login by TLS certificate (EXTERNAL)' },
  { name: 'rabbitmq_aws', description: noNeed },
  { name: 'rabbitmq_consistent_hash_exchange', description: 'Exchange type x-consistent-hash' },
  { name: 'rabbitmq_delayed_message_exchange', description: 'Exchange type x-delayed-message' },
  { name: 'rabbitmq_event_exchange', description: 'Publishes what happens to amq.rabbitmq.event' },
  { name: 'rabbitmq_exchange_federation', description: 'Federation of exchanges' },
  { name: 'rabbitmq_federation', description: 'Federation of exchanges and queues' },
  { name: 'rabbitmq_federation_management', description: 'Federation in the HTTP API', dependencies: management },
  { name: 'rabbitmq_federation_prometheus', description: 'Metrics of federation' },
  { name: 'rabbitmq_jms_topic_exchange', description: 'Exchange type x-jms-topic' },
  { name: 'rabbitmq_management', description: 'HTTP API', dependencies: ['rabbitmq_management_agent', ...web] },
  { name: 'rabbitmq_management_agent', description: `Statistics (${inCore})` },
  { name: 'rabbitmq_message_deduplication', description: 'Drops messages that came before' },
  { name: 'rabbitmq_modulus_hash_exchange', description: 'Exchange type x-modulus-hash' },
  { name: 'rabbitmq_mqtt', description: 'MQTT 3.1, 3.1.1 and 5.0' },
  { name: 'rabbitmq_opentelemetry', description: 'Traces over OTLP' },
  { name: 'rabbitmq_peer_discovery_aws', description: noNeed },
  { name: 'rabbitmq_peer_discovery_common', description: noNeed },
  { name: 'rabbitmq_peer_discovery_consul', description: noNeed },
  { name: 'rabbitmq_peer_discovery_etcd', description: noNeed },
  { name: 'rabbitmq_peer_discovery_k8s', description: noNeed },
  { name: 'rabbitmq_prometheus', description: 'Metrics for Prometheus', dependencies: web },
  { name: 'rabbitmq_queue_federation', description: 'Federation of queues' },
  { name: 'rabbitmq_random_exchange', description: 'Exchange type x-random' },
  { name: 'rabbitmq_recent_history_exchange', description: 'Exchange type x-recent-history' },
  {
    name: 'rabbitmq_sharding',
    description: 'Exchange type x-modulus-hash',
    dependencies: ['rabbitmq_modulus_hash_exchange'],
  },
  { name: 'rabbitmq_shovel', description: 'Moves messages between brokers' },
  { name: 'rabbitmq_shovel_management', description: 'Shovels in the HTTP API', dependencies: management },
  { name: 'rabbitmq_shovel_prometheus', description: 'Metrics of shovels' },
  { name: 'rabbitmq_stomp', description: 'STOMP 1.0 to 1.2' },
  { name: 'rabbitmq_stream', description: 'The stream protocol' },
  { name: 'rabbitmq_stream_common', description: `Streams (${inCore})` },
  { name: 'rabbitmq_stream_management', description: 'Streams in the HTTP API', dependencies: management },
  { name: 'rabbitmq_top', description: noNeed },
  { name: 'rabbitmq_tracing', description: 'Traces messages' },
  { name: 'rabbitmq_trust_store', description: noNeed },
  { name: 'rabbitmq_web_dispatch', description: `HTTP listeners (${inCore})` },
  { name: 'rabbitmq_web_mqtt', description: 'MQTT over WebSockets', dependencies: ['rabbitmq_mqtt'] },
  { name: 'rabbitmq_web_mqtt_examples', description: noNeed },
  { name: 'rabbitmq_web_stomp', description: 'STOMP over WebSockets', dependencies: ['rabbitmq_stomp'] },
  { name: 'rabbitmq_web_stomp_examples', description: noNeed },
]
