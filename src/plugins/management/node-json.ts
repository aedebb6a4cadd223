import type { Broker } from '../../broker/broker.ts'
import type { Node } from '../../plugin.ts'
import { showExchangeTypes } from './exchange-type-json.ts'
import type { Json, JsonObject } from './listing.ts'
import type { Figures } from './statistics/collector.ts'
import { churnNames, nodeNames } from './statistics/meters.ts'
import type { SampleRanges } from './statistics/sample-range.ts'

/** Counters of RabbitMQ's own stores and of Erlang, which monitors insist on; there is nothing like them here. */
const zeros = [
  'gc_bytes_reclaimed',
  'io_read_count',
  'io_read_bytes',
  'io_read_avg_time',
  'io_write_count',
  'io_write_bytes',
  'io_write_avg_time',
  'io_sync_count',
  'io_sync_avg_time',
  'io_seek_count',
  'io_seek_avg_time',
  'io_reopen_count',
  'io_file_handle_open_attempt_count',
  'io_file_handle_open_attempt_avg_time',
  'mnesia_ram_tx_count',
  'mnesia_disk_tx_count',
  'msg_store_read_count',
  'msg_store_write_count',
  'queue_index_journal_write_count',
  'queue_index_write_count',
  'queue_index_read_count',
] as const

const collected = [
  'connection_closed',
  'channel_closed',
  'channel_consumer_deleted',
  'consumer_deleted',
  'exchange_deleted',
  'node_node_deleted',
  'queue_deleted',
  'vhost_deleted',
] as const

const mechanismDescriptions: Readonly<Record<string, string>> = {
  PLAIN: 'SASL PLAIN authentication mechanism',
  AMQPLAIN: 'QPid AMQPLAIN mechanism',
  ANONYMOUS: 'SASL ANONYMOUS authentication mechanism',
  EXTERNAL: 'SASL EXTERNAL authentication mechanism',
}

/** What the node runs on, as RabbitMQ tells of Erlang. */
export function showRuntime({ runtime: { node, v8, openssl } }: Node): JsonObject {
  return {
    erlang_version: node,
    erlang_full_version: `Node.js ${node}, V8 ${v8}`,
    crypto_lib_version: `OpenSSL ${openssl}`,
  }
}

/** The addresses at which web applications are served. */
export function showContexts(node: Node): JsonObject[] {
  return node.listeners
    .filter(({ protocol }) => /^https?(\/prometheus)?$/.test(protocol))
    .map(({ protocol, address, port }) => ({
      node: node.name,
      description: protocol.endsWith('/prometheus') ? 'RabbitMQ Prometheus' : 'RabbitMQ Management',
      path: '/',
      cowboy_opts: '[]',
      ip: address,
      port: String(port),
      protocol,
      ssl_opts: [],
    }))
}

/** The node as monitors want it. */
export function showNode(broker: Broker, node: Node, figures: Figures, ranges: SampleRanges): JsonObject {
  const shown: Record<string, Json> = {
    name: node.name,
    type: 'disc',
    running: true,
    being_drained: false,
    partitions: [],
    os_pid: String(node.processId),
    uptime: Math.round(broker.clock.now() - node.startedAt),
    run_queue: 0,
    processors: node.processors,
    rates_mode: 'basic',
    net_ticktime: 60,
    rabbitmq_version: node.rabbitVersion,
    ...showRuntime(node),
    enabled_plugins: node.plugins,
    mem_limit: node.memoryBytesMax,
    mem_alarm: broker.alarms.includes('low on memory'),
    mem_calculation_strategy: 'rss',
    disk_free_limit: node.diskFreeBytesMin,
    disk_free_alarm: broker.alarms.includes('low on disk'),
    damage_count: broker.damageCount,
    fd_total: node.openFilesMax,
    sockets_total: 0,
    proc_total: 1_048_576,
    ...Object.fromEntries(zeros.flatMap((name) => [[name, 0] as const, [`${name}_details`, { rate: 0 }] as const])),
    cluster_links: [],
    exchange_types: showExchangeTypes(broker),
    auth_mechanisms: node.authMechanisms.map((name) => ({
      name,
      description: mechanismDescriptions[name] ?? '',
      enabled: true,
    })),
    applications: node.plugins.map((name) => ({ name, description: '', version: node.productVersion })),
    contexts: showContexts(node),
    config_files: node.configurationFiles,
    log_files: node.logDestinations,
    db_dir: node.dataDirectory ?? '',
    metrics_gc_queue_length: Object.fromEntries(collected.map((name) => [name, 0])),
    ra_open_file_metrics: { ra_log_wal: 0, ra_log_segment_writer: 0 },
  }
  figures.write(shown, nodeNames, ranges.node)
  figures.write(shown, churnNames, ranges.messages)
  return shown
}
