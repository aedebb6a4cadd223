import { basename } from 'node:path'
import { assignmentsFrom, type ConfigurationFile, type Environment, listenerFrom } from './environment.ts'
import { idleVariableNotes } from './environment-notes.ts'
import { type ErlangConfiguration, readErlangArguments, readErlangConfiguration } from './erlang-config.ts'
import { type Assignment, interpolate, type Problem, readConfiguration, splitKey, writeKey } from './rabbitmq-conf.ts'
import { resolveSettings, type Settings } from './settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** What the command line sets, over files and environment. */
export interface Overrides {
  readonly port?: string
  readonly host?: string
  /** Lines in the dialect of the files. */
  readonly set?: readonly string[]
  /** Values by their keys, as they are. */
  readonly values?: Readonly<Record<string, string>>
}

export interface ReadSettings {
  readonly settings: Settings
  /** What was set, as text, by its key; of several the last. */
  readonly assigned: ReadonlyMap<string, string>
  /** Lines to log once there is a log. */
  readonly warnings: readonly string[]
}

/** Settings from files, then environment, then options. Throws a StartRefusal that tells every problem at once. */
export async function readSettings(
  files: readonly ConfigurationFile[],
  environment: Environment,
  overrides: Overrides,
): Promise<ReadSettings> {
  const assignments: Assignment[] = []
  const problems: Problem[] = []
  const notes = idleVariableNotes(environment)
  const takeErlang = (read: ErlangConfiguration): void => {
    assignments.push(...read.assignments)
    problems.push(...read.problems)
    notes.push(...read.passedOver)
  }
  for (const file of files) {
    const name = basename(file.path)
    if (isErlang(file.path)) takeErlang(readErlangConfiguration(file.content, name))
    else {
      const read = interpolate(readConfiguration(file.content, name), environment)
      assignments.push(...read.assignments)
      problems.push(...read.problems)
    }
  }
  for (const variable of ['RABBITMQ_SERVER_START_ARGS', 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS']) {
    takeErlang(readErlangArguments(environment[variable] ?? '', variable))
  }
  assignments.push(...assignmentsFrom(environment))
  const set = readConfiguration((overrides.set ?? []).join('\n'), '--set')
  assignments.push(...set.assignments)
  problems.push(...set.problems)
  for (const [key, value] of Object.entries(overrides.values ?? {})) {
    assignments.push({ key: splitKey(key), value, source: 'config' })
  }
  const all = listeningOn(assignments, environment, overrides)
  const resolved = await resolveSettings(all)
  problems.push(...resolved.problems)
  if (problems.length > 0) throw new StartRefusal(ExitCode.config, describe(problems))
  const assigned = new Map(all.map(({ key, value }) => [writeKey(key), value]))
  return { settings: resolved.settings, assigned, warnings: [...resolved.warnings, ...notes].map(write) }
}

/** `advanced.config`, and the `rabbitmq.config` of old. */
function isErlang(path: string): boolean {
  return path.endsWith('.config')
}

/** A port or address of the environment or the command line replaces all listeners of the files. */
function listeningOn(
  assignments: readonly Assignment[],
  environment: Environment,
  overrides: Overrides,
): readonly Assignment[] {
  const variables = listenerFrom(environment)
  const { port = variables?.port ?? '5672', host = variables?.host } = overrides
  const source = overrides.port !== undefined ? '--port' : overrides.host !== undefined ? '--host' : variables?.source
  if (source === undefined) return assignments
  const others = assignments.filter(({ key }) => !(key[0] === 'listeners' && key[1] === 'tcp'))
  const value = host === undefined ? port : `${host}:${port}`
  const listening = [...others, { key: ['listeners', 'tcp', 'default'], value, source }]
  // Whoever asks for any free port does not want to find another one taken.
  if (Number(port) === 0)
    for (const key of otherPorts) listening.unshift({ key, value: onHost('0', host, key), source })
  return listening
}

/** Ports that are open without being asked for. */
const otherPorts = [
  ['management', 'tcp', 'port'],
  ['prometheus', 'tcp', 'port'],
  ['mqtt', 'listeners', 'tcp', 'default'],
  ['stomp', 'listeners', 'tcp', 'default'],
  ['web_mqtt', 'tcp', 'port'],
  ['web_stomp', 'tcp', 'port'],
]

/** Where listeners are addresses, not ports alone, they are where AMQP is. */
function onHost(port: string, host: string | undefined, key: readonly string[]): string {
  return host === undefined || key.at(-1) === 'port' ? port : `${host}:${port}`
}

function describe(problems: readonly Problem[]): string {
  return ['the configuration cannot be used:', ...problems.map((problem) => `  ${write(problem)}`)].join('\n')
}

function write(problem: Problem): string {
  return `${problem.source}: ${problem.text}`
}
