import type { VirtualHost } from '../../broker/virtual-host.ts'
import { channelFamilies, connectionFamilies, exchangeFamilies } from './client-families.ts'
import { Exposition, type Labels } from './exposition.ts'
import { writeGlobalMetrics } from './global-metrics.ts'
import type { CountedExchange, Family, Metric } from './metric.ts'
import { nodeFamilies, type Whole } from './node-families.ts'
import { queueFamilies } from './queue-families.ts'

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

  constructor(whole: Whole) {
    this.#whole = whole
  }

  /** `/metrics`: sums over all things of a kind. */
  aggregated(): string {
    const into = this.#head('aggregated')
    const things = this.#things(everything)
    const sum = <T>(families: readonly Family<T>[], all: readonly Labelled<T>[]) =>
      each(families, (metric) => writeSum(into, metric, all))
    sum(queueFamilies, things.queues)
    sum(exchangeFamilies, things.exchanges)
    sum(channelFamilies, things.channels)
    sum(connectionFamilies, things.connections)
    this.#writeWhole(into)
    return into.toString()
  }

  /** `/metrics/per-object`: a series for each thing. */
  perObject(): string {
    const into = this.#head('per-object')
    this.#writeEach(into, 'rabbitmq_', () => true, everything)
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
    if (selection.families.has('auth_attempt_detailed_metrics')) this.#writeAttempts(into)
    if (selection.families.has('vhost_status')) this.#writeVhosts(into, selection)
    return into.toString()
  }

  /** `/metrics/memory-breakdown`: where the memory of the process is. */
  memory(): string {
    const into = this.#head('memory-breakdown')
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = this.#whole.node.memory
    const parts = { other_procs: heapUsed, binaries: arrayBuffers, allocated_unused: heapTotal - heapUsed }
    const system = Math.max(0, rss - heapTotal - external)
    for (const [part, bytes] of Object.entries({ ...parts, other_system: system, total_rss: rss })) {
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
