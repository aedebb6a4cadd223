import { readFileSync, writeFileSync } from 'node:fs'
import type { JsonObject, JsonValue } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit } from '../control-command.ts'
import { explained, isStopped } from '../refusals.ts'

async function nodeOf(broker: BrokerClient): Promise<JsonObject> {
  return ((await broker.get('nodes')) as readonly JsonObject[])[0]!
}

async function overviewOf(broker: BrokerClient): Promise<JsonObject> {
  return (await broker.get('overview')) as JsonObject
}

/** A health check: text when all is well, exit code 69 and the reason when not. */
function check(
  summary: string,
  path: (args: readonly string[]) => readonly string[],
  well: string,
  parameters: readonly string[] = [],
): ControlCommand {
  return {
    summary,
    parameters,
    run: async (broker, { args }) => {
      const texts = { 503: [ControlExit.unavailable, 'the check failed'] } as const
      try {
        await explained(broker.get('health', 'checks', ...path(args)), {})
      } catch (error) {
        throw (error as { status?: number }).status === 503
          ? new ControlError(texts[503][0], (error as Error).message)
          : error
      }
      return { value: { result: 'ok' }, text: well.replace('%s', args[0] ?? '') }
    },
  }
}

const alive: ControlCommand = {
  summary: 'Checks that the node is running and answers',
  parameters: [],
  banner: ({ node }) => `Checking if RabbitMQ is running on node ${node} ...`,
  run: async (broker, { node }) => {
    const { name } = await nodeOf(broker).catch((error: unknown) => {
      if (!isStopped(error)) throw error
      const reason = `RabbitMQ on node ${node} is not running or has not fully booted yet (check with is_booting)`
      throw new ControlError(ControlExit.unavailable, reason)
    })
    return {
      value: { result: 'ok', node: name ?? '' },
      text: `RabbitMQ on node ${String(name)} is fully booted and running`,
    }
  },
}

const MiB = 1024 * 1024

/** The node: what it is, how it does, and what it is told. */
export const nodeCommands: ControlCommands = {
  ping: {
    summary: 'Checks that the node runs and answers',
    parameters: [],
    banner: () => 'Will ping the node. This only checks if it answers.',
    run: async (broker) => {
      await broker.get('version')
      return { value: { result: 'ok' }, text: 'Ping succeeded' }
    },
  },
  status: {
    summary: 'Displays status of a node',
    parameters: [],
    options: ['unit'],
    banner: () => 'Status of node ...',
    run: async (broker) => {
      const [node, overview] = await Promise.all([nodeOf(broker), overviewOf(broker)])
      const value = statusOf(node, overview)
      return { value, text: describeStatus(value) }
    },
  },
  cluster_status: {
    summary: 'Displays all the nodes in the cluster grouped by node type',
    parameters: [],
    banner: () => 'Cluster status of node ...',
    run: async (broker) => {
      const [node, overview] = await Promise.all([nodeOf(broker), overviewOf(broker)])
      const name = String(node.name)
      const version = {
        rabbitmq_version: overview.rabbitmq_version ?? '',
        erlang_version: overview.erlang_version ?? '',
      }
      const value: JsonObject = {
        cluster_name: overview.cluster_name ?? '',
        disk_nodes: [name],
        ram_nodes: [],
        running_nodes: [name],
        alarms: alarmsOf(node),
        partitions: {},
        versions: { [name]: version },
        maintenance_status: { [name]: 'not under maintenance' },
        listeners: { [name]: listenersOf(overview) },
      }
      const text = `Cluster name: ${String(value.cluster_name)}\n\nDisk Nodes\n\n${name}\n\nRunning Nodes\n\n${name}\n\nVersions\n\n${name}: RabbitMQ ${String(version.rabbitmq_version)} on ${String(version.erlang_version)}\n\nNetwork Partitions\n\n(none)\n\nListeners\n\n${describeListeners(name, listenersOf(overview))}`
      return { value, text }
    },
  },
  listeners: {
    summary: 'Lists active connection listeners',
    parameters: [],
    run: async (broker) => {
      const [node, overview] = await Promise.all([nodeOf(broker), overviewOf(broker)])
      const listeners = listenersOf(overview)
      return {
        value: { result: 'ok', node: node.name ?? '', listeners },
        text: describeListeners(String(node.name), listeners),
      }
    },
  },
  environment: {
    summary: 'Displays everything that is set on the node, without secrets',
    parameters: [],
    banner: ({ node }) => `Application environment of node ${node} ...`,
    run: async (broker) => {
      const settings = (await broker.get('x', 'node', 'settings')) as JsonObject
      return { value: { lapine: settings }, text: JSON.stringify({ lapine: settings }, undefined, 2) }
    },
  },
  server_version: {
    summary: 'Displays the version of RabbitMQ that the node follows',
    parameters: [],
    run: async (broker) => {
      const version = (await overviewOf(broker)).rabbitmq_version ?? ''
      return { value: { result: 'ok', value: version }, text: String(version) }
    },
  },
  node_health_check: alive,
  is_running: alive,
  is_booting: {
    summary: 'Checks if the node is still booting',
    parameters: [],
    run: async (broker) => {
      const { name } = await nodeOf(broker)
      return { value: { result: false }, text: `RabbitMQ on node ${String(name)} is fully booted (not booting)` }
    },
  },
  check_running: alive,
  alarms: {
    summary: 'Lists resource alarms in effect',
    parameters: [],
    run: async (broker) => {
      const node = await nodeOf(broker)
      const alarms = alarmsOf(node)
      const text =
        alarms.length === 0 ? `Node ${String(node.name)} reported no alarms, local or clusterwide` : alarms.join('\n')
      return { value: { result: 'ok', local: alarms, global: alarms }, text }
    },
  },
  check_alarms: check('Fails if there are any alarms in effect', () => ['alarms'], 'Node reported no alarms'),
  check_local_alarms: check(
    'Fails if there are any local alarms in effect',
    () => ['local-alarms'],
    'Node reported no local alarms',
  ),
  check_virtual_hosts: check(
    'Checks if all virtual hosts are running',
    () => ['virtual-hosts'],
    'All virtual hosts are running',
  ),
  check_port_listener: check(
    'Checks that the node has a listener on a port',
    (args) => ['port-listener', ...args],
    'A listener for port %s is running',
    ['port'],
  ),
  check_protocol_listener: check(
    'Checks that the node has a listener for a protocol',
    (args) => ['protocol-listener', ...args],
    'A listener for protocol %s is running',
    ['protocol'],
  ),
  check_if_any_deprecated_features_are_used: {
    summary: 'Fails if deprecated features are in use',
    parameters: [],
    run: async (broker) => {
      const used = (await broker.get('deprecated-features', 'used')) as readonly JsonObject[]
      if (used.length > 0)
        throw new ControlError(
          ControlExit.unavailable,
          `Deprecated features used: ${used.map(({ name }) => String(name)).join(', ')}`,
        )
      return { value: { result: 'ok' }, text: 'Cluster reported no deprecated features in use' }
    },
  },
  list_feature_flags: {
    summary: 'Lists feature flags',
    parameters: ['[column]...'],
    banner: () => 'Listing feature flags ...',
    run: async (broker, { args }) => {
      const columns = args.length === 0 ? ['name', 'state'] : args
      return { columns, rows: (await broker.get('feature-flags')) as readonly JsonObject[] }
    },
  },
  enable_feature_flag: {
    summary: 'Enables a feature flag or all supported feature flags on the target node',
    parameters: ['feature_flag'],
    options: ['opt-in!', 'experimental!'],
    banner: ({ args }) =>
      args[0] === 'all' ? 'Enabling all feature flags ...' : `Enabling feature flag "${args[0]}" ...`,
    run: async (broker, { args: [name] }) => {
      const refusal = [ControlExit.software, `The feature flag "${name}" is unknown`] as const
      if (name === 'all') return undefined
      await explained(broker.ask('PUT', ['feature-flags', name!, 'enable'], { name: name! }), {
        400: refusal,
        404: refusal,
      })
      return undefined
    },
  },
  set_cluster_name: {
    summary: 'Sets the cluster name',
    parameters: ['name'],
    banner: ({ args }) => `Setting cluster name to ${args[0]} ...`,
    run: async (broker, { args: [name] }) => {
      await broker.ask('PUT', ['cluster-name'], { name: name! })
      return undefined
    },
  },
  export_definitions: {
    summary: 'Exports definitions in JSON',
    parameters: ['file_path'],
    options: ['format'],
    banner: ({ args }) => (args[0] === '-' ? '' : `Exporting definitions in JSON to a file at "${args[0]}" ...`),
    run: async (broker, { args: [path], options }) => {
      requireJson(options)
      const definitions = await broker.get('definitions')
      if (path === '-') return { value: definitions, text: JSON.stringify(definitions) }
      writeFileSync(path!, JSON.stringify(definitions))
      return undefined
    },
  },
  import_definitions: {
    summary: 'Imports definitions in JSON',
    parameters: ['[file_path]'],
    options: ['format', 'skip-if-unchanged!'],
    banner: ({ args }) =>
      args[0] === undefined
        ? 'Importing definitions in JSON from standard input ...'
        : `Importing definitions in JSON from a file at "${args[0]}" ...`,
    run: async (broker, { args: [path], readInput, options }) => {
      requireJson(options)
      const text = path === undefined || path === '-' ? await readInput() : readFileSync(path, 'utf8')
      await broker.ask('POST', ['definitions'], parsed(text, path ?? 'standard input'))
      return {
        text: 'Successfully started definition import. This process is asynchronous and can take some time. Watch target node logs for completion.',
      }
    },
  },
}

function requireJson({ format }: Readonly<Record<string, string>>): void {
  if (format !== undefined && format.toLowerCase() !== 'json')
    throw new ControlError(
      ControlExit.data,
      `definitions are read and written as JSON alone, not as '${format}': --format json`,
    )
}

function parsed(text: string, from: string): JsonValue {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as JsonValue
  } catch (error) {
    throw new ControlError(ControlExit.data, `${from} is no JSON: ${(error as Error).message}`)
  }
}

/** As tools read it. */
type ListenerRow = {
  readonly interface: string
  readonly node: string
  readonly port: number
  readonly protocol: string
  readonly purpose: string
}

const purposes: Readonly<Record<string, string>> = {
  amqp: 'AMQP 0-9-1',
  'amqp/ssl': 'AMQP 0-9-1 over TLS',
  http: 'HTTP API',
  https: 'HTTP API over TLS (HTTPS)',
  'http/prometheus': 'Prometheus exporter API over HTTP',
  'https/prometheus': 'Prometheus exporter API over TLS (HTTPS)',
  mqtt: 'MQTT',
  'mqtt/ssl': 'MQTT over TLS',
  stomp: 'STOMP',
  'stomp/ssl': 'STOMP over TLS',
  'http/web-mqtt': 'MQTT over WebSockets',
  'https/web-mqtt': 'MQTT over WebSockets and TLS (HTTPS)',
  'http/web-stomp': 'STOMP over WebSockets',
  'https/web-stomp': 'STOMP over WebSockets and TLS (HTTPS)',
  'http/web-amqp': 'AMQP 0-9-1 over WebSockets',
  'https/web-amqp': 'AMQP 0-9-1 over WebSockets and TLS (HTTPS)',
}

function listenersOf({ listeners }: JsonObject): ListenerRow[] {
  return (listeners as readonly JsonObject[]).map(({ node, ip_address: address, port, protocol }) => ({
    interface: address === '::' ? '[::]' : String(address),
    node: String(node),
    port: Number(port),
    protocol: String(protocol),
    purpose: purposes[String(protocol)] ?? String(protocol),
  }))
}

function describeListeners(node: string, listeners: readonly ListenerRow[]): string {
  return listeners
    .map(
      (one) =>
        `Node: ${node}, interface: ${one.interface}, port: ${one.port}, protocol: ${one.protocol}, purpose: ${one.purpose}\n`,
    )
    .join('')
}

function alarmsOf(node: JsonObject): string[] {
  return [...(node.mem_alarm === true ? ['memory'] : []), ...(node.disk_free_alarm === true ? ['disk'] : [])]
}

function statusOf(node: JsonObject, overview: JsonObject) {
  const totals = (overview.object_totals ?? {}) as JsonObject
  return {
    rabbitmq_version: overview.rabbitmq_version ?? '',
    product_name: overview.product_name ?? '',
    product_version: overview.product_version ?? '',
    erlang_version: overview.erlang_version ?? '',
    os: node.os_pid === undefined ? '' : process.platform,
    pid: Number(node.os_pid ?? 0),
    uptime: Math.floor(Number(node.uptime ?? 0) / 1000),
    processes: { limit: Number(node.proc_total ?? 0), used: Number(node.proc_used ?? 0) },
    run_queue: Number(node.run_queue ?? 0),
    net_ticktime: Number(node.net_ticktime ?? 0),
    is_under_maintenance: false,
    release_series_support_status: 'supported',
    vm_memory_limit: Number(node.mem_limit ?? 0),
    memory: {
      total: {
        rss: Number(node.mem_used ?? 0),
        allocated: Number(node.mem_used ?? 0),
        erlang: Number(node.mem_used ?? 0),
      },
    },
    disk_free: Number(node.disk_free ?? 0),
    disk_free_limit: Number(node.disk_free_limit ?? 0),
    file_descriptors: { total_limit: Number(node.fd_total ?? 0), total_used: Number(node.fd_used ?? 0) },
    totals: {
      connection_count: Number(totals.connections ?? 0),
      queue_count: Number(totals.queues ?? 0),
      virtual_host_count: 0,
    },
    active_plugins: (node.enabled_plugins ?? []) as readonly string[],
    enabled_plugin_file: '',
    config_files: (node.config_files ?? []) as readonly string[],
    log_files: (node.log_files ?? []) as readonly string[],
    data_directory: node.db_dir ?? '',
    alarms: alarmsOf(node),
    tags: {},
    listeners: listenersOf(overview).map((one) => ({ ...one })),
  }
}

function describeStatus(status: ReturnType<typeof statusOf>): string {
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [
      'Runtime',
      [
        `OS PID: ${status.pid}`,
        `Uptime (seconds): ${status.uptime}`,
        `Is under maintenance?: ${status.is_under_maintenance}`,
        `RabbitMQ version: ${String(status.rabbitmq_version)}`,
        `Product: ${String(status.product_name)} ${String(status.product_version)}`,
        `Runs on: Node.js ${String(status.erlang_version)}`,
      ],
    ],
    ['Plugins', status.active_plugins.map((name) => ` * ${name}`)],
    ['Data directory', [String(status.data_directory)]],
    ['Config files', status.config_files],
    ['Alarms', status.alarms.length === 0 ? ['(none)'] : status.alarms],
    [
      'Memory',
      [
        `Total memory used: ${(status.memory.total.rss / MiB).toFixed(1)} MiB`,
        `Memory high watermark: ${(status.vm_memory_limit / MiB).toFixed(1)} MiB`,
      ],
    ],
    [
      'Free Disk Space',
      [
        `Low free disk space watermark: ${(status.disk_free_limit / MiB).toFixed(1)} MiB`,
        `Free disk space: ${(status.disk_free / MiB).toFixed(1)} MiB`,
      ],
    ],
    ['Totals', [`Connection count: ${status.totals.connection_count}`, `Queue count: ${status.totals.queue_count}`]],
    [
      'Listeners',
      status.listeners.map(
        (one) => `Interface: ${one.interface}, port: ${one.port}, protocol: ${one.protocol}, purpose: ${one.purpose}`,
      ),
    ],
  ]
  return sections.map(([title, lines]) => `${title}\n\n${lines.join('\n')}\n`).join('\n')
}
