import { lookup } from 'node:dns/promises'
import { watchFile } from 'node:fs'
import { open } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { getCiphers } from 'node:tls'
import { packageVersion } from '../../../server/version.ts'
import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'

const TAIL_BYTES_MAX = 4 * 2 ** 20

async function nodeOf(broker: BrokerClient): Promise<JsonObject> {
  return ((await broker.get('nodes')) as readonly JsonObject[])[0]!
}

/** The file the broker on this machine logs to. */
async function logFileOf(broker: BrokerClient): Promise<string> {
  const files = ((await nodeOf(broker)).log_files ?? []) as readonly string[]
  const path = files.find((name) => name.includes('/') || name.includes('\\'))
  if (path !== undefined) return path
  throw new ControlError(
    ControlExit.unavailable,
    'the broker logs to its output alone. log.file in the configuration names a file.',
  )
}

async function lastLines(path: string, count: number): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const length = Math.min(size, TAIL_BYTES_MAX)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return `${buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n')}\n`
  } finally {
    await file.close()
  }
}

/** Writes out what is appended to a file for some seconds (0: for ever). */
async function follow(path: string, seconds: number, print: (text: string) => void): Promise<void> {
  const file = await open(path)
  let { size: position } = await file.stat()
  let reading = Promise.resolve()
  const watcher = watchFile(path, { interval: 200 }, ({ size }) => {
    reading = reading.then(async () => {
      // A file that shrank was rotated: from its beginning.
      if (size < position) position = 0
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(Math.max(0, size - position)),
        0,
        size - position,
        position,
      )
      position += bytesRead
      print(buffer.toString('utf8', 0, bytesRead))
    })
  })
  if (seconds === 0) await new Promise(() => {})
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  watcher.removeAllListeners()
  watcher.unref()
  await reading
  await file.close()
}

function numberIn({ options }: Given, name: string, otherwise: number): number {
  const value = Number(options[name] ?? otherwise)
  if (!Number.isSafeInteger(value) || value < 0) throw new ControlError(ControlExit.usage, `--${name} takes a number`)
  return value
}

const unitDays: Readonly<Record<string, number>> = { days: 1, weeks: 7, months: 30, years: 365 }

async function checkExpiration(broker: BrokerClient, { options }: Given) {
  const { within = '4', unit = 'weeks' } = options
  if (unitDays[unit] === undefined)
    throw new ControlError(ControlExit.data, `unit ${unit} is none of ${Object.keys(unitDays).join(', ')}`)
  await broker.get('health', 'checks', 'certificate-expiration', within, unit)
  return { value: { result: 'ok' }, text: `No certificates are expiring within ${within} ${unit}.` }
}

async function checkConnectivity(broker: BrokerClient, { options, node }: Given) {
  const { listeners } = (await broker.get('overview')) as { listeners: readonly JsonObject[] }
  const failed: number[] = []
  for (const { port, ip_address: address } of listeners) {
    const host = options.address ?? (address === '::' || address === '0.0.0.0' ? '127.0.0.1' : String(address))
    if (!(await answers(host, Number(port)))) failed.push(Number(port))
  }
  const ports = listeners.map(({ port }) => port).join(', ')
  if (failed.length > 0)
    throw new ControlError(
      ControlExit.unavailable,
      `Connection to ports of the following listeners on node ${node} failed: ${failed.join(', ')}`,
    )
  return { value: { result: 'ok' }, text: `Successfully connected to ports ${ports} on node ${node}.` }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 5000 })
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

async function memory(broker: BrokerClient, { options: { unit = 'gb' } }: Given) {
  const { name } = await nodeOf(broker)
  const { memory: found } = (await broker.get('nodes', String(name), 'memory')) as { memory: JsonObject }
  const scales: Readonly<Record<string, number>> = {
    bytes: 1,
    kb: 1e3,
    mb: 1e6,
    gb: 1e9,
    kib: 2 ** 10,
    mib: 2 ** 20,
    gib: 2 ** 30,
  }
  const scale = scales[unit]
  if (scale === undefined) throw new ControlError(ControlExit.usage, `there is no unit '${unit}'`)
  const parts = Object.entries(found).filter(([, value]) => typeof value === 'number') as [string, number][]
  const total = parts.reduce((sum, [, value]) => sum + value, 0)
  const lines = parts
    .sort(([, left], [, right]) => right - left)
    .map(
      ([part, value]) =>
        `${part}: ${Number((value / scale).toFixed(4))} ${unit} (${((100 * value) / (total || 1)).toFixed(2)}%)`,
    )
  return { value: Object.fromEntries(parts), text: lines.join('\n') }
}

function told(
  summary: string,
  text: (given: Given) => string | Promise<string>,
  rest: Partial<ControlCommand> = {},
): ControlCommand {
  return { summary, parameters: [], ...rest, run: async (_broker, given) => ({ text: await text(given) }) }
}

function accepted(summary: string, because: string, says = '', parameters: readonly string[] = []): ControlCommand {
  return { summary, parameters, state: { kind: 'accepted', because }, run: async () => ({ text: says }) }
}

const metadataStoreCheck: ControlCommand = {
  summary: 'Health check that exits with a non-zero code if the metadata store is not ready',
  parameters: [],
  run: async (broker, { node }) => {
    await broker.get('version')
    return { value: { result: 'ok' }, text: `Metadata store on node ${node} has completed its initialization` }
  },
}

/** `rabbitmq-diagnostics`: what there is to be seen of the node. */
export const diagnosticCommands: ControlCommands = {
  version: told('Displays CLI tools version', () => packageVersion()),
  check_certificate_expiration: {
    summary: 'Checks the expiration date on the certificates for every listener configured to use TLS',
    parameters: [],
    options: ['within', 'unit'],
    banner: ({ node }) => `Checking certificate expiration on node ${node} ...`,
    run: checkExpiration,
  },
  check_port_connectivity: {
    summary: "Basic TCP connectivity health check for each listener's port on the target node",
    parameters: [],
    options: ['address'],
    banner: ({ node }) => `Testing TCP connections to all active listeners on node ${node} ...`,
    run: checkConnectivity,
  },
  check_if_metadata_store_is_initialized: metadataStoreCheck,
  check_if_metadata_store_is_initialized_with_data: metadataStoreCheck,
  metadata_store_status: told(
    'Displays the status of the metadata store',
    ({ node }) => `Definitions of node ${node} are kept in the log of its data directory, on this node alone.`,
  ),
  memory_breakdown: {
    summary: 'Provides a memory usage breakdown on the target node.',
    parameters: [],
    options: ['unit'],
    banner: ({ node }) => `Reporting memory breakdown on node ${node}...`,
    run: memory,
  },
  log_location: {
    summary: 'Shows log file location(s) on target node',
    parameters: [],
    options: ['all!'],
    banner: ({ node }) => `Log file location(s) on node ${node} ...`,
    run: async (broker) => {
      const files = ((await nodeOf(broker)).log_files ?? []) as readonly string[]
      return { value: files, text: files.join('\n') }
    },
  },
  log_tail: {
    summary: 'Prints the last N lines of the log on the node',
    parameters: [],
    options: ['number'],
    banner: (given) => `Last ${numberIn(given, 'number', 50)} log lines on node ${given.node} ...`,
    run: async (broker, given) => ({ text: await lastLines(await logFileOf(broker), numberIn(given, 'number', 50)) }),
  },
  log_tail_stream: {
    summary: 'Streams logs from a running node for a period of time',
    parameters: [],
    options: ['duration'],
    banner: ({ node }) => `Streaming logs from node ${node} ...`,
    run: async (broker, given) => {
      await follow(await logFileOf(broker), numberIn(given, 'duration', 0), given.print)
      return undefined
    },
  },
  erlang_version: {
    summary: 'Displays the version of what the node runs on',
    parameters: [],
    options: ['details!', 'offline!'],
    banner: ({ node }) => `Asking node ${node} for its Erlang/OTP version...`,
    run: async (broker) => {
      const { erlang_full_version: version } = (await broker.get('overview')) as JsonObject
      return { value: { result: 'ok', value: version ?? '' }, text: `${String(version)} (there is no Erlang)` }
    },
  },
  cipher_suites: {
    summary: 'Lists cipher suites of TLS that can be had',
    parameters: [],
    options: ['format', 'all!'],
    banner: () => 'Listing available cipher suites in the OpenSSL format',
    run: async () => {
      const suites = getCiphers().map((name) => name.toUpperCase())
      return { value: suites, text: suites.join('\n') }
    },
  },
  tls_versions: {
    summary: 'Lists TLS versions supported (but not necessarily allowed) on the target node',
    parameters: [],
    banner: () => 'Listing all TLS versions supported by the runtime...',
    run: async () => ({ value: ['tlsv1.3', 'tlsv1.2'], text: 'tlsv1.3\ntlsv1.2' }),
  },
  list_network_interfaces: {
    summary: 'Lists network interfaces (NICs) on this machine',
    parameters: [],
    options: ['offline!'],
    banner: ({ node }) => `Asking node ${node} to report its network interfaces ...`,
    run: async () => {
      const all = Object.entries(networkInterfaces())
      const lines = all.map(([name, found = []]) => {
        const addresses = found.map(({ address, netmask }) => `addr: ${address}\nnetmask: ${netmask}`)
        return `Interface ${name}\n\nhwaddr: ${found[0]?.mac ?? ''}\n${addresses.join('\n')}\n`
      })
      return { text: lines.join('\n') }
    },
  },
  resolve_hostname: {
    summary: 'Resolves a hostname to a set of addresses',
    parameters: ['hostname'],
    options: ['address-family', 'offline!'],
    banner: ({ args: [name], options }) =>
      `Resolving hostname ${name} to ${options['address-family'] ?? 'IPv4'} addresses...`,
    run: async (_broker, { args: [name], options }) => {
      const family = options['address-family']?.toLowerCase() === 'ipv6' ? 6 : 4
      const found = await lookup(name!, { family, all: true }).catch(() => {
        throw new ControlError(ControlExit.unavailable, `${name} has no address that this machine can find`)
      })
      return { text: found.map(({ address }) => address).join('\n') }
    },
  },
  resolver_info: told(
    'Displays effective hostname resolver configuration',
    () => "Lookup order: the system's (getaddrinfo)",
    {
      options: ['offline!'],
    },
  ),
  os_env: {
    summary: 'Lists RabbitMQ-specific environment variables of this shell',
    parameters: [],
    banner: () => 'Listing RabbitMQ-specific environment variables ...',
    run: async (_broker, { environment }) => {
      const lines = Object.entries(environment)
        .filter(([name]) => /^(RABBITMQ_|LAPINE_)/.test(name))
        .map(([name, value]) => `${name}=${/PASS|SECRET|COOKIE/.test(name) ? '[redacted]' : value}`)
      return { text: lines.sort().join('\n') }
    },
  },
  command_line_arguments: {
    summary: "Displays target node's process and configuration files",
    parameters: [],
    banner: ({ node }) => `Command line arguments of node ${node} ...`,
    run: async (broker) => {
      const { os_pid, config_files, db_dir } = await nodeOf(broker)
      const value = { pid: os_pid ?? '', config_files: config_files ?? [], data_directory: db_dir ?? '' }
      return { value, text: JSON.stringify(value, undefined, 2) }
    },
  },
  certificates: {
    summary: 'Displays certificates for every listener on target node that is configured to use TLS',
    parameters: [],
    banner: ({ node }) => `Certificates of node ${node} ...`,
    run: async (broker) => {
      const settings = (await broker.get('x', 'node', 'settings')) as JsonObject
      const tls = settings.tls ?? {}
      return { value: tls, text: JSON.stringify(tls, undefined, 2) }
    },
  },
  list_node_auth_attempt_stats: {
    summary: 'Lists authentication attempts on the target node',
    parameters: [],
    options: ['by-source!'],
    banner: ({ node }) => `Listing authentication attempts for node "${node}" ...`,
    run: async (broker, { options }) => {
      const { name } = await nodeOf(broker)
      const path = ['auth', 'attempts', String(name), ...(options['by-source'] === undefined ? [] : ['source'])]
      const columns = ['protocol', 'auth_attempts', 'auth_attempts_failed', 'auth_attempts_succeeded']
      return { columns, rows: (await broker.get(...path)) as readonly JsonObject[] }
    },
  },
  reset_node_auth_attempt_metrics: {
    summary: 'Resets auth attempt metrics on the target node',
    parameters: [],
    banner: ({ node }) => `Reset auth attempt metrics on node ${node} ...`,
    run: async (broker) => {
      const { name } = await nodeOf(broker)
      await broker.ask('DELETE', ['auth', 'attempts', String(name)])
      return undefined
    },
  },
  enable_auth_attempt_source_tracking: accepted(
    'Enables counting of login attempts by source',
    'they are counted by protocol alone',
  ),
  disable_auth_attempt_source_tracking: accepted(
    'Disables counting of login attempts by source',
    'they are counted by protocol alone',
  ),
  list_unresponsive_queues: {
    summary: 'Tests queues to respond within timeout. Lists those which did not respond',
    parameters: ['[column]...'],
    inVhost: true,
    options: ['queue-timeout', 'local!', 'all!'],
    banner: ({ vhost }) => `Listing unresponsive queues for vhost ${vhost} ...`,
    run: async (broker, { vhost }) => {
      // All queues live in one thread: when it answers, all of them do.
      await broker.get('queues', vhost)
      return { columns: ['name'], rows: [] }
    },
  },
  maybe_stuck: accepted(
    'Detects processes potentially not making progress',
    'there are no Erlang processes',
    'Found 0 suspicious processes.',
  ),
  runtime_thread_stats: {
    summary: 'Provides a breakdown of runtime activity',
    parameters: [],
    options: ['sample-interval'],
    run: async (broker) => {
      const { context_switches: switches = 0, uptime = 0, processors = 0 } = await nodeOf(broker)
      return {
        text: `One thread runs the broker. Processors: ${String(processors)}, uptime: ${String(uptime)} ms, context switches: ${String(switches)}`,
      }
    },
  },
  erlang_cookie_hash: accepted(
    'Displays a hash of the Erlang cookie',
    'who may open the control socket needs no cookie',
    '(no Erlang cookie: the control socket has an owner)',
  ),
  erlang_cookie_sources: accepted(
    'Displays where the Erlang cookie comes from',
    'who may open the control socket needs no cookie',
    '(no Erlang cookie: the control socket has an owner)',
  ),
  consistent_hash_exchange_ring_state: {
    summary: 'Displays the bindings of a consistent hashing exchange with their weights',
    parameters: ['exchange'],
    inVhost: true,
    banner: ({ args: [name], vhost }) =>
      `Inspecting consistent hashing ring state for exchange ${name} in virtual host '${vhost}'...`,
    run: async (broker, { args: [name], vhost }) => {
      const found = (await broker.get('exchanges', vhost, name!, 'bindings', 'source')) as readonly JsonObject[]
      return {
        columns: ['destination', 'weight'],
        rows: found.map(({ destination, routing_key: weight }) => ({ destination: destination!, weight: weight! })),
      }
    },
  },
  list_policies_that_match: {
    summary: 'Lists all policies matching a queue or exchange (only the highest priority policy is active)',
    parameters: ['name'],
    inVhost: true,
    options: ['object-type'],
    banner: ({ args: [name], vhost, options }) =>
      `Listing policies that match ${options['object-type'] ?? 'queue'} '${name}' in vhost '${vhost}' ...`,
    run: async (broker, { args: [name], vhost, options }) => {
      const type =
        options['object-type'] === 'exchange'
          ? ['exchanges', 'all']
          : ['queues', 'classic_queues', 'quorum_queues', 'streams', 'all']
      const all = (await broker.get('policies', vhost)) as readonly JsonObject[]
      const rows = all
        .filter((policy) => type.includes(String(policy['apply-to'])) && new RegExp(String(policy.pattern)).test(name!))
        .sort((left, right) => Number(right.priority) - Number(left.priority))
        .map((policy) => ({ ...policy, definition: JSON.stringify(policy.definition) }))
      return { columns: ['vhost', 'name', 'pattern', 'apply-to', 'definition', 'priority'], rows }
    },
  },
  list_deprecated_features: {
    summary: 'Lists deprecated features',
    parameters: ['[column]...'],
    options: ['used!'],
    banner: () => 'Listing deprecated features ...',
    run: async (broker, { args, options }) => {
      const path = options.used === undefined ? ['deprecated-features'] : ['deprecated-features', 'used']
      return {
        columns: args.length === 0 ? ['name', 'deprecation_phase', 'state'] : args,
        rows: (await broker.get(...path)) as readonly JsonObject[],
      }
    },
  },
}
