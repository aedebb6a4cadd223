import { readFileSync, writeFileSync } from 'node:fs'
import type { JsonObject, JsonValue } from '../../std/json.ts'
import type { Method } from '../control/broker-client.ts'
import { AdminUsage } from './admin-options.ts'
import { adminFormats, showListing } from './admin-output.ts'
import type { AdminSession } from './admin-session.ts'

interface Listed {
  readonly inVhost?: true
  readonly columns?: readonly string[]
  readonly json?: readonly string[]
}

const listed: Readonly<Record<string, Listed>> = {
  connections: { columns: ['name', 'user', 'channels'] },
  channels: { columns: ['name', 'user'] },
  consumers: { inVhost: true },
  exchanges: { inVhost: true, columns: ['name', 'type'] },
  queues: { inVhost: true, columns: ['name', 'messages'] },
  bindings: { inVhost: true, columns: ['source', 'destination', 'routing_key'] },
  users: {},
  vhosts: { columns: ['name', 'messages'] },
  permissions: {},
  nodes: { columns: ['name', 'type', 'mem_used'] },
  parameters: { json: ['value'] },
  policies: { json: ['definition'] },
  operator_policies: { json: ['definition'] },
  vhost_limits: { json: ['value'] },
}

const overview: Listed = {
  columns: ['rabbitmq_version', 'cluster_name', 'queue_totals.messages', 'object_totals.queues'],
}

/** What one does to a kind of object. Mandatory ones with `|` are alternatives. */
interface Deed {
  readonly path: string
  readonly mandatory: readonly string[]
  readonly optional?: Readonly<Record<string, JsonValue | undefined>>
  readonly json?: readonly string[]
}

const rights = ['vhost', 'user', 'configure', 'write', 'read']
const rule = {
  mandatory: ['name', 'pattern', 'definition'],
  json: ['definition', 'priority'],
  optional: { priority: 0, 'apply-to': undefined },
}

const declared: Readonly<Record<string, Deed>> = {
  exchange: {
    path: '/exchanges/{vhost}/{name}',
    mandatory: ['name', 'type'],
    json: ['arguments'],
    optional: { auto_delete: 'false', durable: 'true', internal: 'false', arguments: {} },
  },
  queue: {
    path: '/queues/{vhost}/{name}',
    mandatory: ['name'],
    json: ['arguments'],
    optional: { auto_delete: 'false', durable: 'true', arguments: {}, node: undefined, queue_type: undefined },
  },
  binding: {
    path: '/bindings/{vhost}/e/{source}/{destination_char}/{destination}',
    mandatory: ['source', 'destination'],
    json: ['arguments'],
    optional: { destination_type: 'queue', routing_key: '', arguments: {} },
  },
  vhost: { path: '/vhosts/{name}', mandatory: ['name'], optional: { tracing: undefined } },
  user: {
    path: '/users/{name}',
    mandatory: ['name', 'password|password_hash', 'tags'],
    optional: { hashing_algorithm: undefined },
  },
  permission: { path: '/permissions/{vhost}/{user}', mandatory: rights },
  parameter: {
    path: '/parameters/{component}/{vhost}/{name}',
    mandatory: ['component', 'name', 'value'],
    json: ['value'],
  },
  policy: { path: '/policies/{vhost}/{name}', ...rule },
  operator_policy: { path: '/operator-policies/{vhost}/{name}', ...rule },
  vhost_limit: { path: '/vhost-limits/{vhost}/{name}', mandatory: ['vhost', 'name', 'value'], json: ['value'] },
}

const deleted: Readonly<Record<string, Deed>> = {
  ...Object.fromEntries(
    ['exchange', 'queue', 'vhost', 'user', 'policy', 'operator_policy'].map((type) => [
      type,
      { path: declared[type]!.path, mandatory: ['name'] },
    ]),
  ),
  binding: {
    path: '/bindings/{vhost}/e/{source}/{destination_char}/{destination}/{properties_key}',
    mandatory: ['source', 'destination_type', 'destination'],
    optional: { properties_key: '~' },
  },
  permission: { path: declared.permission!.path, mandatory: ['vhost', 'user'] },
  parameter: { path: declared.parameter!.path, mandatory: ['component', 'name'] },
  vhost_limit: { path: declared.vhost_limit!.path, mandatory: ['vhost', 'name'] },
}
const closed: Readonly<Record<string, Deed>> = { connection: { path: '/connections/{name}', mandatory: ['name'] } }
const purged: Readonly<Record<string, Deed>> = {
  queue: { path: '/queues/{vhost}/{name}/contents', mandatory: ['name'] },
}
const publishing: Deed = {
  path: '/exchanges/{vhost}/{exchange}/publish',
  mandatory: ['routing_key'],
  optional: { payload: undefined, properties: {}, exchange: 'amq.default', payload_encoding: 'string' },
  json: ['properties'],
}
const getting: Deed = {
  path: '/queues/{vhost}/{queue}/get',
  mandatory: ['queue'],
  optional: { count: '1', ackmode: 'ack_requeue_true', payload_file: undefined, encoding: 'auto' },
}

/** The words of `rabbitmqadmin` as RabbitMQ 3.x ships it: `declare queue name=x`. */
export const firstGenerationVerbs: readonly string[] = [
  ...['list', 'show', 'declare', 'delete', 'close', 'purge'],
  ...['export', 'import', 'publish', 'get', 'help'],
]

/** Carries out one command of the first generation. Throws an AdminUsage or an AdminFailure. */
export async function runFirstGeneration(session: AdminSession, words: readonly string[]): Promise<void> {
  const [verb, ...args] = words
  switch (verb) {
    case undefined:
      throw new AdminUsage('Action not specified')
    case 'help':
      return session.out(usage())
    case 'list':
    case 'show':
      return list(session, verb, args)
    case 'declare':
      return declare(session, args)
    case 'delete':
      return undo(session, args, { root: deleted, past: 'deleted' })
    case 'close':
      return undo(session, args, { root: closed, past: 'closed' })
    case 'purge':
      return undo(session, args, { root: purged, past: 'purged' })
    case 'publish':
      return publish(session, args)
    case 'get':
      return get(session, args)
    case 'export':
      return exportDefinitions(session, args)
    case 'import':
      return importDefinitions(session, args)
    default:
      throw new AdminUsage(`Action ${verb} not understood`)
  }
}

async function list(
  session: AdminSession,
  verb: 'list' | 'show',
  [type = '', ...asked]: readonly string[],
): Promise<void> {
  const known =
    verb === 'list'
      ? Object.hasOwn(listed, type)
        ? listed[type]
        : undefined
      : type === 'overview'
        ? overview
        : undefined
  if (known === undefined) throw new AdminUsage(`Don't know how to ${verb} ${type}`)
  const { values } = session
  const { format = 'table', depth = '1', vhost } = values
  if (!adminFormats.some((name) => name === format)) throw new AdminUsage(`Format ${format} not recognised`)
  const standard = depth === '1' && !format.includes('json') ? (known.columns ?? []) : []
  const columns = asked.length > 0 ? asked : standard
  const query = [
    ...(columns.length > 0 ? [`columns=${columns.map(encodeURIComponent).join(',')}`] : []),
    ...(values.sort === undefined ? [] : [`sort=${encodeURIComponent(values.sort)}`]),
    ...(values['sort-reverse'] === undefined ? [] : ['sort_reverse=true']),
  ].join('&')
  const place = known.inVhost && vhost !== undefined ? `/${encodeURIComponent(vhost)}` : ''
  const text = await session.ask('GET', `/${type.replace('_', '-')}${place}${query === '' ? '' : `?${query}`}`)
  session.out(
    showListing({
      text: verb === 'list' ? text : `[${text}]`,
      columns,
      json: known.json ?? [],
      format,
      depth: Number(depth),
      isQuiet: session.isQuiet,
    }),
  )
}

async function declare(session: AdminSession, args: readonly string[]): Promise<void> {
  const { type, path, upload } = read(session, args, declared)
  const { queue_type: queueType, arguments: arguments_ = {} } = upload
  const body =
    queueType === undefined
      ? upload
      : { ...upload, arguments: { ...(arguments_ as JsonObject), 'x-queue-type': queueType } }
  await session.ask(type === 'binding' ? 'POST' : 'PUT', path, JSON.stringify(body))
  session.tell(`${type} declared`)
}

async function undo(
  session: AdminSession,
  args: readonly string[],
  { root, past }: { root: Readonly<Record<string, Deed>>; past: string },
): Promise<void> {
  const { type, path } = read(session, args, root)
  await session.ask('DELETE' satisfies Method, path)
  session.tell(`${type} ${past}`)
}

async function publish(session: AdminSession, args: readonly string[]): Promise<void> {
  const { path, upload } = fill(session, args, publishing)
  const body =
    upload.payload === undefined
      ? { ...upload, payload: (await session.readInputBytes()).toString('base64'), payload_encoding: 'base64' }
      : upload
  const { routed } = JSON.parse(await session.ask('POST', path, JSON.stringify(body))) as { routed: boolean }
  session.tell(routed ? 'Message published' : 'Message published but NOT routed')
}

async function get(session: AdminSession, args: readonly string[]): Promise<void> {
  const { path, upload } = fill(session, args, getting)
  const file = upload.payload_file as string | undefined
  if (file !== undefined && upload.count !== '1')
    throw new AdminUsage('Cannot get multiple messages using payload_file')
  const text = await session.ask('POST', path, JSON.stringify(upload))
  const [message] = JSON.parse(text) as readonly { payload: string; payload_encoding: string }[]
  if (file !== undefined && message !== undefined)
    writeFileSync(file, Buffer.from(message.payload, message.payload_encoding === 'base64' ? 'base64' : 'utf8'))
  const { format = 'table', depth = '1' } = session.values
  const columns = file === undefined ? [] : ['routing_key', 'exchange', 'message_count', 'payload_bytes', 'redelivered']
  session.out(showListing({ text, columns, json: [], format, depth: Number(depth), isQuiet: session.isQuiet }))
}

async function exportDefinitions(session: AdminSession, args: readonly string[]): Promise<void> {
  const path = onlyArgument(args)
  writeFileSync(path, await session.ask('GET', definitionsPath(session)))
  session.tell(`Exported definitions for ${session.host} to "${path}"`)
}

async function importDefinitions(session: AdminSession, args: readonly string[]): Promise<void> {
  const path = onlyArgument(args)
  await session.ask('POST', definitionsPath(session), readFileSync(path, 'utf8'))
  session.tell(
    `Uploaded definitions from "${session.host}" to ${path}. The import process may take some time. Consult server logs to track progress.`,
  )
}

function definitionsPath({ values: { vhost } }: AdminSession): string {
  return vhost === undefined ? '/definitions' : `/definitions/${encodeURIComponent(vhost)}`
}

function onlyArgument(args: readonly string[]): string {
  if (args.length !== 1) throw new AdminUsage('Exactly one argument required')
  return args[0]!
}

function read(session: AdminSession, [type, ...args]: readonly string[], root: Readonly<Record<string, Deed>>) {
  if (type === undefined) throw new AdminUsage('Type not specified')
  const deed = Object.hasOwn(root, type) ? root[type] : undefined
  if (deed === undefined) throw new AdminUsage(`Type ${type} not recognised`)
  return { type, ...fill(session, args, deed) }
}

/** Reads `name=value` into what is sent and where. */
function fill(session: AdminSession, args: readonly string[], { path, mandatory, optional = {}, json = [] }: Deed) {
  const upload: Record<string, JsonValue> = {}
  for (const [name, value] of Object.entries(optional)) if (value !== undefined) upload[name] = value
  const allowed = [...mandatory.flatMap((name) => name.split('|')), ...Object.keys(optional)]
  for (const arg of args) {
    const at = arg.indexOf('=')
    if (at < 0) throw new AdminUsage(`Argument "${arg}" not in the name=value format`)
    const name = arg.slice(0, at)
    if (!allowed.includes(name)) throw new AdminUsage(`Argument "${name}" is not recognised`)
    const text = arg.slice(at + 1)
    upload[name] = json.includes(name) ? session.parse(text) : text
  }
  for (const name of mandatory) {
    const names = name.split('|')
    if (names.some((one) => upload[one] !== undefined)) continue
    if (names.length === 1) throw new AdminUsage(`mandatory argument "${name}" is required`)
    throw new AdminUsage(`one of mandatory arguments "[${names.map((one) => `'${one}'`).join(', ')}]" is required`)
  }
  const { vhost = session.values['declare-vhost'] ?? '/' } = session.values
  if (!mandatory.includes('vhost')) upload.vhost = vhost
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'destination_char'
      ? String(upload.destination_type).slice(0, 1)
      : encodeURIComponent(String(upload[name])),
  )
  return { path: place, upload }
}

/** The commands, as `help subcommands` lists them. */
function usage(): string {
  const stanza = (verb: string, root: Readonly<Record<string, Deed>>): string =>
    Object.entries(root)
      .map(([type, deed]) => `  ${verb} ${type} ${argumentsOf(deed)}\n`)
      .join('')
  const title = (name: string): string => `\n${name}\n${'='.repeat(name.length)}\n\n`
  return [
    'Usage\n=====\n  rabbitmqadmin [options] subcommand\n\n  where subcommand is one of:\n',
    title('Display'),
    ...Object.keys(listed).map((type) => `  list ${type} [<column>...]\n`),
    '  show overview [<column>...]\n',
    title('Object Manipulation'),
    stanza('declare', declared),
    stanza('delete', deleted),
    stanza('close', closed),
    stanza('purge', purged),
    title('Broker Definitions'),
    '  export <file>\n  import <file>\n',
    title('Publishing and Consuming'),
    `  publish ${argumentsOf(publishing)}\n  get ${argumentsOf(getting)}\n`,
    title('Options'),
    '  -H HOST -P PORT -u USERNAME -p PASSWORD -V VHOST -U URI -c FILE -N SECTION -s (TLS) -k (unverified)\n',
    `  -f ${adminFormats.join('|')}   -S COLUMN -R   -d DEPTH   -q\n\n`,
    '  The second grammar is understood as well: rabbitmqadmin declare queue --name x; rabbitmqadmin queues help\n',
  ].join('')
}

function argumentsOf({ mandatory, optional = {} }: Deed): string {
  const needed = mandatory.map((name) => `${name.split('|').join('=... OR ')}=...`).join(' ')
  const others = Object.keys(optional).map((name) => `${name}=...`)
  return others.length === 0 ? needed : `${needed} [${others.join(' ')}]`
}
