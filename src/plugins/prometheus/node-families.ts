import type { Broker } from '../../broker/broker.ts'
import type { Node } from '../../plugin.ts'
import { counter, type Family, gauge } from './metric.ts'

/** What the metrics of the whole are read from. */
export interface Whole {
  readonly broker: Broker
  readonly node: Node
}

/** Of RabbitMQ's store and of Erlang, for which there is nothing here. */
const persister = [
  ['io_read_ops_total', 'Total number of I/O read operations'],
  ['io_read_bytes_total', 'Total number of I/O bytes read'],
  ['io_write_ops_total', 'Total number of I/O write operations'],
  ['io_write_bytes_total', 'Total number of I/O bytes written'],
  ['io_sync_ops_total', 'Total number of I/O sync operations'],
  ['io_seek_ops_total', 'Total number of I/O seek operations'],
  ['io_reopen_ops_total', 'Total number of times files have been reopened'],
  ['schema_db_ram_tx_total', 'Total number of Schema DB memory transactions'],
  ['schema_db_disk_tx_total', 'Total number of Schema DB disk transactions'],
  ['msg_store_read_total', 'Total number of Message Store read operations'],
  ['msg_store_write_total', 'Total number of Message Store write operations'],
  ['queue_index_read_ops_total', 'Total number of Queue Index read operations'],
  ['queue_index_write_ops_total', 'Total number of Queue Index write operations'],
  ['io_read_time_seconds_total', 'Total I/O read time'],
  ['io_write_time_seconds_total', 'Total I/O write time'],
  ['io_sync_time_seconds_total', 'Total I/O sync time'],
  ['io_seek_time_seconds_total', 'Total I/O seek time'],
] as const

const attempts = ({ broker }: Whole, outcomes: readonly ('succeeded' | 'failed')[]) => {
  let sum = 0
  for (const [, counts] of broker.loginAttempts) for (const outcome of outcomes) sum += counts[outcome]
  return sum
}

/** What RabbitMQ counts of the node, by its families. */
export const nodeFamilies: readonly Family<Whole>[] = [
  {
    name: 'connection_churn_metrics',
    metrics: [
      counter('connections_opened_total', 'Total number of connections opened', ({ broker }) => {
        return broker.statistics.churn.connectionsCreated
      }),
      counter('connections_closed_total', 'Total number of connections closed or terminated', ({ broker }) => {
        return broker.statistics.churn.connectionsClosed
      }),
      counter('channels_opened_total', 'Total number of channels opened', ({ broker }) => {
        return broker.statistics.churn.channelsCreated
      }),
      counter('channels_closed_total', 'Total number of channels closed', ({ broker }) => {
        return broker.statistics.churn.channelsClosed
      }),
      counter('queues_declared_total', 'Total number of queues declared', ({ broker }) => {
        return broker.statistics.churn.queuesDeclared
      }),
      counter('queues_created_total', 'Total number of queues created', ({ broker }) => {
        return broker.statistics.churn.queuesCreated
      }),
      counter('queues_deleted_total', 'Total number of queues deleted', ({ broker }) => {
        return broker.statistics.churn.queuesDeleted
      }),
    ],
  },
  {
    name: 'node_coarse_metrics',
    metrics: [
      gauge('process_open_fds', 'Open file descriptors', ({ node }) => node.openFiles),
      gauge('process_open_tcp_sockets', 'Open TCP sockets', ({ node }) => [...node.connections()].length),
      gauge('process_resident_memory_bytes', 'Memory used in bytes', ({ node }) => node.residentBytes),
      gauge('disk_space_available_bytes', 'Disk space available in bytes', ({ node }) => node.diskFreeBytes ?? 0),
      gauge('erlang_processes_used', 'Erlang processes used', ({ node }) => [...node.connections()].length),
      counter('erlang_gc_runs_total', 'Total number of Erlang garbage collector runs', () => 0),
      counter('erlang_gc_reclaimed_bytes_total', 'Total number of bytes of memory reclaimed by collections', () => 0),
      counter('erlang_scheduler_context_switches_total', 'Total number of context switches', ({ node }) => {
        return node.contextSwitches
      }),
    ],
  },
  {
    name: 'node_metrics',
    metrics: [
      gauge('process_max_fds', 'Open file descriptors limit', ({ node }) => node.openFilesMax),
      gauge('process_max_tcp_sockets', 'Open TCP sockets limit', ({ node }) => node.openFilesMax),
      gauge('resident_memory_limit_bytes', 'Memory high watermark in bytes', ({ node }) => node.memoryBytesMax),
      gauge('disk_space_available_limit_bytes', 'Free disk space low watermark in bytes', ({ node }) => {
        return node.diskFreeBytesMin
      }),
      gauge('erlang_processes_limit', 'Erlang processes limit', () => 1_048_576),
      gauge('erlang_scheduler_run_queue', 'Erlang scheduler run queue', () => 0),
      gauge('erlang_net_ticktime_seconds', 'Inter-node heartbeat interval', () => 60),
      gauge('erlang_uptime_seconds', 'Node uptime', ({ broker, node }) => (broker.clock.now() - node.startedAt) / 1000),
    ],
  },
  {
    name: 'node_persister_metrics',
    metrics: persister.map(([name, help]) => counter(name, help, () => 0)),
  },
  {
    name: 'auth_attempt_metrics',
    metrics: [
      counter('auth_attempts_total', 'Total number of authentication attempts', (whole) => {
        return attempts(whole, ['succeeded', 'failed'])
      }),
      counter('auth_attempts_succeeded_total', 'Total number of successful authentication attempts', (whole) => {
        return attempts(whole, ['succeeded'])
      }),
      counter('auth_attempts_failed_total', 'Total number of failed authentication attempts', (whole) => {
        return attempts(whole, ['failed'])
      }),
    ],
  },
  {
    name: 'alarms_metrics',
    metrics: [
      gauge('alarms_file_descriptor_limit', 'is 1 if file descriptor limit alarm is in effect', () => 0),
      gauge(
        'alarms_free_disk_space_watermark',
        'is 1 if free disk space watermark alarm is in effect',
        ({ broker }) => {
          return broker.alarms.includes('low on disk') ? 1 : 0
        },
      ),
      gauge('alarms_memory_used_watermark', 'is 1 if VM memory watermark alarm is in effect', ({ broker }) => {
        return broker.alarms.includes('low on memory') ? 1 : 0
      }),
    ],
  },
]
