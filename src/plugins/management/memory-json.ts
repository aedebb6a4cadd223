import type { Node } from '../../plugin.ts'
import type { JsonObject } from './listing.ts'

/** Parts of Erlang's memory for which there is nothing here. */
const parts = [
  'connection_writers',
  'connection_channels',
  'connection_other',
  'queue_procs',
  'quorum_queue_procs',
  'quorum_queue_dlx_procs',
  'stream_queue_procs',
  'stream_queue_replica_reader_procs',
  'stream_queue_coordinator_procs',
  'plugins',
  'metadata_store',
  'metrics',
  'mgmt_db',
  'mnesia',
  'quorum_ets',
  'metadata_store_ets',
  'other_ets',
  'msg_index',
  'atom',
] as const

/**
 * Where the memory of the process is, under RabbitMQ's names: buffers are binaries, the heap of JavaScript is what
 * processes have, and the rest of the resident set belongs to the system.
 */
export function showMemory({ memory }: Node): JsonObject {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = memory
  return {
    ...Object.fromEntries(parts.map((name) => [name, 0])),
    connection_readers: 0,
    other_proc: heapUsed,
    binary: arrayBuffers,
    code: 0,
    other_system: Math.max(0, rss - heapTotal - external),
    allocated_unused: heapTotal - heapUsed,
    reserved_unallocated: 0,
    strategy: 'rss',
    total: { erlang: heapUsed + external, rss, allocated: heapTotal + external },
  }
}

/** The same as parts of a hundred. */
export function showRelativeMemory(node: Node): JsonObject {
  const { total, strategy, ...rest } = showMemory(node)
  const whole = Object.values(rest).reduce<number>((sum, part) => sum + Number(part), 0)
  return Object.fromEntries(
    Object.entries(rest).map(([name, part]) => [name, Math.round((Number(part) * 100) / whole)]),
  )
}
