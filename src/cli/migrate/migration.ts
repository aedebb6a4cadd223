import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../std/json.ts'
import type { BrokerClient } from '../control/broker-client.ts'
import { ControlError, ControlExit } from '../control/control-command.ts'
import { type DrainProgress, drainQueue } from './queue-drain.ts'

/** Messages under way at a time, in each queue. */
const PREFETCH = 500
/** Logs in here while messages are moved; nobody needs to know a password. */
const MOVER = 'lapine.migrate'

export interface MigrationOptions {
  /** `amqp://user:password@host:port`: where the messages are. */
  readonly source: URL
  /** The HTTP API over there. */
  readonly sourceApi: BrokerClient
  /** Here. */
  readonly targetApi: BrokerClient
  /** `amqp://host:port` of here; undefined to ask the HTTP API for the port. */
  readonly target: URL | undefined
  readonly withDefinitions: boolean
  readonly withMessages: boolean
  /** Queues whose messages are moved. */
  readonly queues: RegExp
  readonly stop: AbortSignal
}

/** Who is told how it goes. */
export interface MigrationScreen {
  line(text: string): void
  progress(queue: string, progress: DrainProgress): void
}

interface QueueToMove {
  readonly vhost: string
  readonly name: string
}

/** Copies definitions, then moves messages queue by queue. Resolves with whether everything was done. */
export async function migrate(options: MigrationOptions, screen: MigrationScreen): Promise<boolean> {
  if (options.withDefinitions) {
    const definitions = await options.sourceApi.get('definitions')
    await options.targetApi.ask('POST', ['definitions'], definitions)
    screen.line(`definitions: ${describe(definitions as JsonObject)}`)
  }
  if (!options.withMessages) return true
  const queues = await queuesToMove(options, screen)
  const { target, remove } = await openDoor(options, [...new Set(queues.map(({ vhost }) => vhost))])
  let isComplete = true
  try {
    for (const queue of queues) {
      if (options.stop.aborted) return false
      isComplete = (await move(queue, target, options, screen)) && isComplete
    }
  } finally {
    await remove()
  }
  return isComplete && !options.stop.aborted
}

function describe(definitions: JsonObject): string {
  return ['vhosts', 'users', 'queues', 'exchanges', 'bindings', 'policies']
    .map((name) => `${((definitions[name] ?? []) as readonly unknown[]).length} ${name}`)
    .join(', ')
}

async function queuesToMove({ sourceApi, queues }: MigrationOptions, screen: MigrationScreen): Promise<QueueToMove[]> {
  const all = (await sourceApi.get('queues')) as readonly JsonObject[]
  const chosen = all.filter(({ name }) => queues.test(String(name)))
  for (const { name, type, exclusive } of chosen) {
    if (type === 'stream') screen.line(`${String(name)}: a stream; its messages stay, for nobody can take them out`)
    if (exclusive === true) screen.line(`${String(name)}: exclusive to a connection; its messages stay`)
  }
  return chosen
    .filter(({ type, exclusive }) => type !== 'stream' && exclusive !== true)
    .map(({ vhost, name }) => ({ vhost: String(vhost), name: String(name) }))
}

/** A user of its own, for as long as it takes, and where to log in as it. */
async function openDoor({ targetApi, target }: MigrationOptions, vhosts: readonly string[]) {
  const password = randomBytes(24).toString('base64url')
  await targetApi.ask('PUT', ['users', MOVER], { password, tags: '' })
  for (const vhost of vhosts)
    await targetApi.ask('PUT', ['permissions', vhost, MOVER], { configure: '.*', write: '.*', read: '.*' })
  const url = target ?? new URL(`amqp://127.0.0.1:${await amqpPort(targetApi)}`)
  url.username = MOVER
  url.password = password
  return {
    target: url,
    remove: async () => {
      await targetApi.ask('DELETE', ['users', MOVER])
    },
  }
}

async function amqpPort(api: BrokerClient): Promise<number> {
  const { listeners } = (await api.get('overview')) as { listeners: readonly JsonObject[] }
  const port = listeners.find(({ protocol }) => protocol === 'amqp')?.port
  if (port === undefined)
    throw new ControlError(
      ControlExit.unavailable,
      'the broker here listens for no AMQP without TLS: --to names where it does',
    )
  return Number(port)
}

async function move(
  { vhost, name }: QueueToMove,
  target: URL,
  { source, stop }: MigrationOptions,
  screen: MigrationScreen,
): Promise<boolean> {
  const ends = { source: within(source, vhost), target: within(target, vhost), prefetch: PREFETCH }
  try {
    const moved = await drainQueue(name, ends, { stop, onProgress: (progress) => screen.progress(name, progress) })
    if (moved > 0) screen.line(`${name}: ${moved} messages moved${stop.aborted ? ', stopped here' : ''}`)
    return true
  } catch (error) {
    screen.line(`${name}: ${(error as Error).message}. Its other messages are where they were.`)
    return false
  }
}

function within(url: URL, vhost: string): URL {
  const inside = new URL(url)
  inside.pathname = `/${encodeURIComponent(vhost)}`
  return inside
}
