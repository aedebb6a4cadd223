import { type NamePattern, namePattern } from '../../broker/name-pattern.ts'
import type { Queue } from '../../broker/queue.ts'
import type { VirtualHost } from '../../broker/virtual-host.ts'
import { channelFamilies, connectionFamilies, exchangeFamilies } from './client-families.ts'
import { Exposition, type Labels } from './exposition.ts'
import { writeGlobalMetrics } from './global-metrics.ts'
import type { CountedExchange, Family, Metric } from './metric.ts'
import { nodeFamilies, type Whole } from './node-families.ts'
import { queueFamilies } from './queue-families.ts'
import { QueueTimes, queueTimeBounds } from './queue-times.ts'

/** What `/metrics/detailed` was asked for. */
export interface Selection {
  readonly families: ReadonlySet<string>
  /** Only of things in one of these; of all when there are none. */
  readonly vhosts: ReadonlySet<string>
  readonly queues: ReadonlySet<string>
}

type Labelled<T> = readonly [thing: T, labels: Labels]

/** Everything that is counted, as Prometheus reads it. */
export class Collection {
  readonly #whole: Whole
  readonly #times: QueueTimes
  /** Queues of such names are left out of sums. */
  readonly #unsummed: NamePattern | undefined

  constructor(whole: Whole, unsummed?: string) {
    this.#whole = whole
    this.#times = new QueueTimes(whole.broker)
    this.#unsummed = unsummed === undefined ? undefined : namePattern(unsummed)
  }

  close(): void {
    this.#times.close()
  }

  /** `/metrics`: sums over all things of a kind. */
  aggregated(): string {
    const into = this.#head('aggregated')
    const things = this.#things(everything)
    const sum = <T>(families: readonly Family<T>[], all: readonly Labelled<T>[]) =>
      each(families, (metric) => writeSum(into, metric, all))
    const summed = things.queues.filter(([{ name }]) => this.#unsummed?.matches(name) !== true)
    sum(queueFamilies, summed)
    sum(exchangeFamilies, things.exchanges)
    sum(channelFamilies, things.channels)
    sum(connectionFamilies, things.connections)
    this.#writeTimes(into, summed, 'sum')
    this.#writeWhole(into)
    return into.toString()
  }

  /** `/metrics/per-object`: a series for each thing. */
  perObject(): string {
    const into = this.#head('per-object')
    this.#writeEach(into, 'rabbitmq_', () => true, everything)
    const { queues } = this.#things(everything)
    writeQueueInfo(into, 'rabbitmq_queue_info', queues)
    this.#writeTimes(into, queues, 'each')
    this.#writeWhole(into)
    return into.toString()
  }

  /** `/metrics/detailed`: a series for each thing, of the families that were asked for. */
  detailed(selection: Selection): string {
    const into = this.#head('detailed')
    const isAsked = ({ name }: Family<never>) => selection.families.has(name)
    this.#writeEach(into, 'rabbitmq_detailed_', isAsked, selection)
    for (const family of nodeFamilies.filter(isAsked)) {
      for (const metric of family.metrics) writeAll(into, 'rabbitmq_detailed_', metric, [[this.#whole, {}]])
    }
    const { queues } = this.#things(selection)
    if (selection.families.has('queue_metrics')) writeQueueInfo(into, 'rabbitmq_detailed_queue_info', queues)
    if (selection.families.has('queue_times')) this.#writeTimes(into, queues, 'each')
    if (selection.families.has('auth_attempt_detailed_metrics')) this.#writeAttempts(into)
    if (selection.families.has('vhost_status')) this.#writeVhosts(into, selection)
    if (selection.families.has('exchange_names')) this.#writeExchanges(into, selection, 'name')
    if (selection.families.has('exchange_bindings')) this.#writeExchanges(into, selection, 'bindings')
    return into.toString()
  }

  /** `/metrics/memory-breakdown`: where the memory of the process is. */
  memory(): string {
    const into = this.#head('memory-breakdown')
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = this.#whole.node.memory
    const parts = {
      ...Object.fromEntries(erlangParts.map((part) => [part, 0])),
      other_proc: heapUsed,
      binary: arrayBuffers,
      other_system: Math.max(0, rss - heapTotal - external),
      allocated_unused: heapTotal - heapUsed,
      total_erlang: heapUsed + external,
      total_rss: rss,
      total_allocated: heapTotal + external,
    }
    for (const [part, bytes] of Object.entries(parts)) {
      into.metric(`rabbitmq_memory_${part}_bytes`, 'gauge', `Memory taken by ${part.replaceAll('_', ' ')} in bytes`)
      into.sample(`rabbitmq_memory_${part}_bytes`, {}, bytes)
    }
    return into.toString()
  }

  #head(endpoint: string): Exposition {
    const { node } = this.#whole
    const into = new Exposition()
    into.metric('rabbitmq_build_info', 'untyped', 'RabbitMQ & Erlang/OTP version info')
    into.sample(
      'rabbitmq_build_info',
      {
        rabbitmq_version: node.rabbitVersion,
        prometheus_plugin_version: node.rabbitVersion,
        prometheus_client_version: node.productVersion,
        erlang_version: node.runtime.node,
        product_version: node.productVersion,
        product_name: node.productName,
      },
      1,
    )
    into.metric('rabbitmq_identity_info', 'untyped', 'RabbitMQ node & cluster identity info')
    into.sample(
      'rabbitmq_identity_info',
      {
        rabbitmq_node: node.name,
        rabbitmq_cluster: node.clusterName,
        rabbitmq_cluster_permanent_id: `rabbitmq-cluster-id-${node.clusterName}`,
        rabbitmq_endpoint: endpoint,
      },
      1,
    )
    return into
  }

  #writeEach(
    into: Exposition,
    prefix: string,
    isAsked: (family: Family<never>) => boolean,
    selection: Selection,
  ): void {
    const things = this.#things(selection)
    const write = <T>(families: readonly Family<T>[], all: readonly Labelled<T>[]) =>
      each(families.filter(isAsked), (metric) => writeAll(into, prefix, metric, all))
    write(queueFamilies, things.queues)
    write(exchangeFamilies, things.exchanges)
    write(channelFamilies, things.channels)
    write(connectionFamilies, things.connections)
  }

  #writeWhole(into: Exposition): void {
    each(nodeFamilies, (metric) => writeAll(into, 'rabbitmq_', metric, [[this.#whole, {}]]))
    const { queues, channels, connections } = this.#things(everything)
    const consumers = channels.reduce((sum, [{ consumerCount }]) => sum + consumerCount, 0)
    const totals = { connections: connections.length, channels: channels.length, consumers, queues: queues.length }
    for (const [name, count] of Object.entries(totals)) {
      into.metric(`rabbitmq_${name}`, 'gauge', `${name[0]!.toUpperCase()}${name.slice(1)} currently open`)
      into.sample(`rabbitmq_${name}`, {}, count)
    }
    writeGlobalMetrics(into, this.#whole)
  }

  /** How long messages wait, which RabbitMQ does not tell. */
  #writeTimes(into: Exposition, queues: readonly Labelled<Queue>[], form: 'sum' | 'each'): void {
    this.#times.look()
    const age = 'lapine_queue_oldest_message_age_seconds'
    into.metric(age, 'gauge', 'Age of the first message that waits in a queue, as far back as metrics were asked for')
    const times = 'lapine_queue_message_wait_seconds'
    if (form === 'sum') {
      into.sample(age, {}, Math.max(0, ...queues.map(([queue]) => this.#times.age(queue))))
      into.metric(times, 'histogram', 'Time messages spent waiting in queues')
      into.histogram(times, {}, { bounds: queueTimeBounds, ...this.#times.all })
      return
    }
    for (const [queue, labels] of queues) into.sample(age, labels, this.#times.age(queue))
    into.metric(times, 'histogram', 'Time messages spent waiting in a queue')
    for (const [queue, labels] of queues) {
      const spent = this.#times.times(queue)
      if (spent !== undefined) into.histogram(times, labels, { bounds: queueTimeBounds, ...spent })
    }
  }

  #writeAttempts(into: Exposition): void {
    const outcomes = { '': ['succeeded', 'failed'], _succeeded: ['succeeded'], _failed: ['failed'] } as const
    for (const [suffix, counted] of Object.entries(outcomes)) {
      const name = `rabbitmq_detailed_auth_attempts_detailed${suffix}_total`
      into.metric(name, 'counter', 'Total number of authentication attempts by protocol')
      for (const [protocol, counts] of this.#whole.broker.loginAttempts) {
        into.sample(
          name,
          { protocol },
          counted.reduce((sum, outcome) => sum + counts[outcome], 0),
        )
      }
    }
  }

  #writeVhosts(into: Exposition, { vhosts }: Selection): void {
    into.metric('rabbitmq_cluster_vhost_status', 'gauge', 'Whether a given vhost is running')
    for (const { name } of this.#whole.broker.virtualHosts) {
      if (isAmong(vhosts, name)) into.sample('rabbitmq_cluster_vhost_status', { vhost: name }, 1)
    }
  }

  /** `exchange_names` has a series for each exchange, `exchange_bindings` with how many lead on from it. */
  #writeExchanges(into: Exposition, { vhosts }: Selection, what: 'name' | 'bindings'): void {
    const name = `rabbitmq_cluster_exchange_${what}`
    into.metric(name, 'gauge', what === 'name' ? 'Enumerates exchanges' : 'Number of bindings for an exchange')
    for (const vhost of this.#whole.broker.virtualHosts) {
      if (!isAmong(vhosts, vhost.name)) continue
      for (const { name: exchange, type, bindingCount } of vhost.exchanges) {
        const labels = { vhost: vhost.name, exchange, type: type.name }
        into.sample(name, labels, what === 'name' ? 1 : bindingCount)
      }
    }
  }

  #things({ vhosts, queues }: Selection) {
    const { broker, node } = this.#whole
    const inside = [...broker.virtualHosts].filter(({ name }) => isAmong(vhosts, name))
    const connections = [...node.connections()].filter(({ vhost }) => isAmong(vhosts, vhost))
    return {
      queues: inside.flatMap((vhost) =>
        Array.from(vhost.queues, (queue) => [queue, { vhost: vhost.name, queue: queue.name }] as const).filter(
          ([{ name }]) => isAmong(queues, name),
        ),
      ),
      exchanges: inside.flatMap((vhost) =>
        exchangesOf(vhost).map((exchange) => [exchange, { vhost: vhost.name, exchange: exchange.name }] as const),
      ),
      connections: connections.map((connection) => [connection, { connection: connection.name }] as const),
      channels: connections.flatMap((connection) =>
        Array.from(
          connection.channels(),
          (channel) =>
            [channel, { channel: `${connection.name} (${channel.number})`, vhost: connection.vhost }] as const,
        ),
      ),
    }
  }
}

/** Parts of Erlang's memory, by the names RabbitMQ's metrics have, for which there is nothing here. */
const erlangParts = [
  ...['connection_readers', 'connection_writers', 'connection_channels', 'connection_other', 'queue_procs'],
  ...['quorum_queue_procs', 'quorum_queue_dlx_procs', 'stream_queue_procs', 'stream_queue_replica_reader_procs'],
  ...['stream_queue_coordinator_procs', 'plugins', 'metadata_store', 'metrics', 'mgmt_db', 'mnesia', 'quorum_ets'],
  ...['metadata_store_ets', 'other_ets', 'msg_index', 'code', 'atom', 'reserved_unallocated'],
]

const everything: Selection = { families: new Set(), vhosts: new Set(), queues: new Set() }

function isAmong(names: ReadonlySet<string>, name: string): boolean {
  return names.size === 0 || names.has(name)
}

function exchangesOf({ name: vhost, defaultExchange, exchanges }: VirtualHost): CountedExchange[] {
  return [
    { vhost, name: '', counters: defaultExchange },
    ...Array.from(exchanges, ({ name, counters }) => ({ vhost, name, counters })),
  ]
}

function writeQueueInfo(into: Exposition, name: string, queues: readonly Labelled<Queue>[]): void {
  into.metric(name, 'gauge', 'A metric with a constant 1 value that carries information about a queue')
  for (const [{ type }, labels] of queues) {
    into.sample(name, { ...labels, queue_type: `rabbit_${type}_queue`, membership: 'leader' }, 1)
  }
}

/** Every metric of some families once, though it be in two of them. */
function each<T>(families: readonly Family<T>[], write: (metric: Metric<T>) => void): void {
  const written = new Set<string>()
  for (const { metrics } of families) {
    for (const metric of metrics) {
      if (written.has(metric.name)) continue
      written.add(metric.name)
      write(metric)
    }
  }
}

function writeSum<T>(into: Exposition, { name, type, help, read }: Metric<T>, things: readonly Labelled<T>[]): void {
  into.metric(`rabbitmq_${name}`, type, help)
  into.sample(
    `rabbitmq_${name}`,
    {},
    things.reduce((sum, [thing]) => sum + (read(thing) ?? 0), 0),
  )
}

function writeAll<T>(
  into: Exposition,
  prefix: string,
  { name, type, help, read }: Metric<T>,
  things: readonly Labelled<T>[],
): void {
  into.metric(`${prefix}${name}`, type, help)
  for (const [thing, labels] of things) {
    const value = read(thing)
    if (value !== undefined) into.sample(`${prefix}${name}`, labels, value)
  }
}
