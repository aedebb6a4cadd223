// Node.js 20 has no `globSync`, and would say that instead of that it is too old.
import fs, { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir, platform } from 'node:os'
import { basename, join } from 'node:path'
import type { Assignment } from './rabbitmq-conf.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables of the official image that were replaced by configuration; it refuses to start with them, and so do we. */
const refusedVariables = [
  'RABBITMQ_DEFAULT_PASS_FILE',
  'RABBITMQ_DEFAULT_USER_FILE',
  ...['CACERTFILE', 'CERTFILE', 'DEPTH', 'FAIL_IF_NO_PEER_CERT', 'KEYFILE', 'VERIFY'].flatMap((name) => [
    `RABBITMQ_MANAGEMENT_SSL_${name}`,
    `RABBITMQ_SSL_${name}`,
  ]),
  'RABBITMQ_VM_MEMORY_HIGH_WATERMARK',
]

/** Variables that set what a key of the configuration sets, and win over it. */
const variableKeys: Readonly<Record<string, readonly string[]>> = {
  RABBITMQ_DEFAULT_USER: ['default_user'],
  RABBITMQ_DEFAULT_PASS: ['default_pass'],
  RABBITMQ_DEFAULT_VHOST: ['default_vhost'],
  RABBITMQ_PRODUCT_NAME: ['product', 'name'],
  RABBITMQ_PRODUCT_VERSION: ['product', 'version'],
  RABBITMQ_LOG_BASE: ['log', 'dir'],
}

/** Throws a StartRefusal that names every refused variable. */
export function refuseDeprecatedVariables(environment: Environment): void {
  const found = refusedVariables.filter((name) => (environment[name] ?? '') !== '')
  if (found.length === 0) return
  const lines = found.map((name) => `error: ${name} is set but deprecated`)
  throw new StartRefusal(ExitCode.failed, [...lines, 'Set the matching key of rabbitmq.conf instead.'].join('\n'))
}

/** What the environment sets. Listeners are told apart by `listenersFrom`. */
export function assignmentsFrom(environment: Environment): Assignment[] {
  const assignments: Assignment[] = []
  for (const [variable, key] of Object.entries(variableKeys)) {
    const value = environment[variable]
    if (value !== undefined && value !== '') assignments.push({ key, value, source: variable })
  }
  return [...assignments, ...logAssignments(environment), ...argumentAssignments(environment)]
}

/** What the arguments of Erlang say in the few forms that people use; the rest is for a runtime that is not here. */
function argumentAssignments({ RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: text = '' }: Environment): Assignment[] {
  const known: readonly (readonly [pattern: RegExp, key: readonly string[]])[] = [
    [/-rabbitmq_management\s+load_definitions\s+"?([^"\s]+)"?/, ['load_definitions']],
    [/-rabbit\s+load_definitions\s+"?([^"\s]+)"?/, ['load_definitions']],
    [/-rabbit\s+disk_free_limit\s+(\d+)/, ['disk_free_limit', 'absolute']],
    [/-rabbit\s+consumer_timeout\s+(\d+)/, ['consumer_timeout']],
    [/-rabbit\s+heartbeat\s+(\d+)/, ['heartbeat']],
  ]
  return known.flatMap(([pattern, key]) => {
    const value = pattern.exec(text)?.[1]
    return value === undefined ? [] : [{ key, value, source: 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS' }]
  })
}

function logAssignments(environment: Environment): Assignment[] {
  const assignments: Assignment[] = []
  const { RABBITMQ_LOGS: logs, RABBITMQ_LOG: levels } = environment
  if (logs === '-') {
    assignments.push({ key: ['log', 'console'], value: 'true', source: 'RABBITMQ_LOGS' })
    assignments.push({ key: ['log', 'file'], value: 'false', source: 'RABBITMQ_LOGS' })
  } else if (logs !== undefined && logs !== '') {
    assignments.push({ key: ['log', 'file'], value: logs, source: 'RABBITMQ_LOGS' })
  }
  // `debug`, `connection=debug`, several by comma; `+color` and the like are for Erlang's formatter.
  for (const item of (levels ?? '').split(',')) {
    const parts = /^(?:(\w+)=)?(\w+)$/.exec(item.trim())
    if (parts === null) continue
    assignments.push({ key: ['log', parts[1] ?? 'default', 'level'], value: parts[2]!, source: 'RABBITMQ_LOG' })
  }
  return assignments
}

/** Port and interface that replace every listener of the configuration; undefined where neither is set. */
export function listenerFrom(environment: Environment): { host?: string; port?: string; source: string } | undefined {
  const { RABBITMQ_NODE_PORT: port, RABBITMQ_NODE_IP_ADDRESS: host } = environment
  if (!port && !host) return undefined
  return {
    ...(host && host !== 'auto' ? { host } : {}),
    ...(port ? { port } : {}),
    source: port ? 'RABBITMQ_NODE_PORT' : 'RABBITMQ_NODE_IP_ADDRESS',
  }
}

/** A configuration file: its content and the name it goes by in messages. */
export interface ConfigurationFile {
  readonly path: string
  readonly content: string
}

/** Reads the file of `--config`, else those of RABBITMQ_CONFIG_FILE, RABBITMQ_CONFIG_FILES and RABBITMQ_ADVANCED_CONFIG_FILE, in this order. */
export function readConfigurationFiles(option: string | undefined, environment: Environment): ConfigurationFile[] {
  const paths: string[] = []
  const single = option ?? environment.RABBITMQ_CONFIG_FILE
  if (single !== undefined && single !== '') paths.push(existsSync(single) ? single : withExtension(single))
  const several = option === undefined ? environment.RABBITMQ_CONFIG_FILES : undefined
  if (several !== undefined && several !== '') paths.push(...expand(several))
  const advanced = option === undefined ? environment.RABBITMQ_ADVANCED_CONFIG_FILE : undefined
  // RabbitMQ takes it where it is there; images name one that most do not have.
  if (advanced !== undefined && advanced !== '')
    paths.push(...[advanced, `${advanced}.config`].filter((path) => existsSync(path)))
  return paths.map((path) => ({ path, content: readConfigurationFile(path) }))
}

/** RabbitMQ's variable names the file with or without its extension. */
function withExtension(path: string): string {
  return [`${path}.conf`, `${path}.config`].find((candidate) => existsSync(candidate)) ?? path
}

function expand(pattern: string): string[] {
  const isFolder = existsSync(pattern) && statSync(pattern).isDirectory()
  return fs.globSync(isFolder ? join(pattern, '*.conf') : pattern).sort()
}

function readConfigurationFile(path: string): string {
  try {
    if (statSync(path).size > 2 ** 20) throw new Error('it is larger than 1 MiB')
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new StartRefusal(ExitCode.config, `cannot read the configuration ${path}: ${reason}`)
  }
}

/**
 * Where data lives unless `--data-dir` says: RABBITMQ_MNESIA_DIR, RABBITMQ_MNESIA_BASE and the node's name, else a
 * folder of the user's own. The host's name is no part of it: a machine that is renamed keeps its messages.
 */
export function defaultDataDirectory(environment: Environment, system: NodeJS.Platform = platform()): string {
  if (environment.RABBITMQ_MNESIA_DIR) return environment.RABBITMQ_MNESIA_DIR
  if (environment.RABBITMQ_MNESIA_BASE) {
    return join(environment.RABBITMQ_MNESIA_BASE, basename(environment.RABBITMQ_NODENAME || 'lapine'))
  }
  if (environment.XDG_DATA_HOME) return join(environment.XDG_DATA_HOME, 'lapine')
  const home = environment.HOME || homedir()
  switch (system) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'lapine')
    case 'win32':
      return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'lapine')
    default:
      return join(home, '.local', 'share', 'lapine')
  }
}
