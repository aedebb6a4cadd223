import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EmbeddedBroker } from './embedding/embedded-broker.ts'
import { WriteDelay } from './embedding/faults.ts'
import { refuseOldNode } from './embedding/node-version.ts'
import { readSettings } from './server/configuration.ts'
import { startServer } from './server/server.ts'
import type { Settings } from './server/settings.ts'
import type { JsonObject } from './std/json.ts'
import { type Logger, silentLogger } from './std/logger.ts'
import { VirtualClock } from './std/virtual-clock.ts'
import { openMemoryStore } from './store/memory-store.ts'

export type { Snapshot } from './embedding/content.ts'
export type { Duration } from './embedding/duration.ts'
export type { EmbeddedBroker } from './embedding/embedded-broker.ts'
export type { MessagePattern, MessageView } from './embedding/message-view.ts'
export type { QueueView } from './embedding/queue-view.ts'
export type { RecordedStep, Recording } from './embedding/recording.ts'

// Said at once, before something that an old one does not have is missed.
refuseOldNode()

/** How an embedded broker is to be. Everything has a default that suits a test. */
export interface CreateBrokerOptions {
  /** AMQP port; 0, the default, takes any that is free, `false` listens nowhere (`connectSocket` still connects). */
  readonly port?: number | false
  /** Address to listen on; 127.0.0.1 when absent. */
  readonly host?: string
  /** The HTTP API: on any free port (`true`), on this one, or (the default) not at all. */
  readonly management?: boolean | number
  /** Metrics for Prometheus; as `management`. */
  readonly prometheus?: boolean | number
  /** MQTT; as `management`. */
  readonly mqtt?: boolean | number
  /** STOMP; as `management`. */
  readonly stomp?: boolean | number
  /** MQTT over WebSocket; as `management`. */
  readonly webMqtt?: boolean | number
  /** STOMP over WebSocket; as `management`. */
  readonly webStomp?: boolean | number
  /** `memory`, the default, or a directory for what is to survive the process. */
  readonly data?: string
  /** Definitions as RabbitMQ exports them: an object, or a file. */
  readonly definitions?: JsonObject | string
  /** Keys of `rabbitmq.conf`. */
  readonly config?: Readonly<Record<string, string | number | boolean>>
  /** Real time, the default, or time that stands still until `broker.clock.advance` moves it. */
  readonly clock?: 'real' | 'virtual'
  /** `silent`, the default; a level to log from on standard error; or where lines go. */
  readonly log?: 'silent' | 'debug' | 'info' | 'warning' | 'error' | Logger
  /** Names and passwords, instead of guest/guest; each may do everything in every virtual host. */
  readonly users?: Readonly<Record<string, string>>
}

/**
 * Starts a broker inside this process. Throws a StartRefusal whose message says what is wrong with the options, or which
 * port is taken; a Fault, when the definitions cannot be read.
 */
export async function createBroker(options: CreateBrokerOptions = {}): Promise<EmbeddedBroker> {
  const { host = '127.0.0.1', data = 'memory' } = options
  const [[user, password] = ['guest', 'guest'], ...others] = Object.entries(options.users ?? {})
  const settings = await settingsOf(options, { user, password, host })
  const clock = options.clock === 'virtual' ? new VirtualClock(Date.now()) : undefined
  const delay = data === 'memory' ? new WriteDelay() : undefined
  const server = await startServer({
    settings,
    dataDirectory: data === 'memory' ? undefined : resolve(data),
    logger: await loggerOf(options.log ?? 'silent', settings),
    ...(clock === undefined ? {} : { clock }),
    ...(delay === undefined ? {} : { store: openMemoryStore(clock, () => delay.milliseconds) }),
  })
  const login = { user, password, vhost: settings.defaultVhost }
  return EmbeddedBroker.begin({ server, clock, delay, login, host }, definitionsOf(options, others, login.vhost))
}

async function settingsOf(
  options: CreateBrokerOptions,
  { user, password, host }: { user: string; password: string; host: string },
): Promise<Settings> {
  const { port = 0, config = {}, clock, data = 'memory' } = options
  const assignments = {
    default_user: user,
    default_pass: password,
    ...webListener('management', options.management, host),
    ...webListener('prometheus', options.prometheus, host),
    ...listener('mqtt', options.mqtt, host),
    ...listener('stomp', options.stomp, host),
    ...webListener('web_mqtt', options.webMqtt, host),
    ...webListener('web_stomp', options.webStomp, host),
    // What nobody can read once the process is gone need not take long to guess.
    ...(data === 'memory' ? { password_hashing_module: 'rabbit_password_hashing_sha256' } : {}),
    // Nothing is heard of a client while the time is moved on.
    ...(clock === 'virtual' ? { heartbeat: 0 } : {}),
    ...config,
    ...(port === false ? { 'listeners.tcp': 'none' } : {}),
  }
  const values = Object.fromEntries(Object.entries(assignments).map(([key, value]) => [key, String(value)]))
  const where = port === false ? {} : { port: String(port), host }
  const { settings } = await readSettings([], {}, { ...where, values })
  return settings
}

/** Where another protocol listens: nowhere, on any port, or on this one. */
function listener(name: string, port: boolean | number = false, host: string): Record<string, string> {
  if (port === false) return { [`${name}.listeners.tcp`]: 'none' }
  return { [`${name}.listeners.tcp.default`]: `${host}:${port === true ? 0 : port}` }
}

/** Where a part of the HTTP API listens: nowhere, on any port, or on this one. */
function webListener(name: string, port: boolean | number = false, host: string): Record<string, string | number> {
  if (port === false) return { [`${name}.tcp.port`]: 'none' }
  return { [`${name}.tcp.port`]: port === true ? 0 : port, [`${name}.tcp.ip`]: host }
}

async function loggerOf(log: NonNullable<CreateBrokerOptions['log']>, settings: Settings): Promise<Logger> {
  if (typeof log === 'object') return log
  if (log === 'silent') return silentLogger
  const { openLogger } = await import('./server/logger.ts')
  const console = { ...settings.log.outputs.console, level: log }
  return openLogger({
    ...settings.log,
    ...{ console: true, consoleStream: 'stderr', file: undefined, outputs: { ...settings.log.outputs, console } },
  })
}

function definitionsOf(
  { definitions }: CreateBrokerOptions,
  users: readonly (readonly [name: string, password: string])[],
  vhost: string,
): JsonObject | undefined {
  const given = typeof definitions === 'string' ? readDefinitions(definitions) : definitions
  if (users.length === 0) return given
  const all = { configure: '.*', write: '.*', read: '.*' }
  const known = given ?? {}
  const list = (key: string): readonly JsonObject[] => (known[key] as readonly JsonObject[] | undefined) ?? []
  const vhosts = new Set([vhost, ...list('vhosts').map(({ name }) => String(name))])
  return {
    ...known,
    users: [...list('users'), ...users.map(([name, password]) => ({ name, password, tags: 'administrator' }))],
    permissions: [
      ...list('permissions'),
      ...users.flatMap(([user]) => Array.from(vhosts, (vhost) => ({ user, vhost, ...all }))),
    ],
  }
}

function readDefinitions(path: string): JsonObject {
  return JSON.parse(readFileSync(path, 'utf8')) as JsonObject
}
