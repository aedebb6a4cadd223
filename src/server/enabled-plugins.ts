import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../broker/fault.ts'
import type { PluginDescription } from '../plugin.ts'
import type { Environment } from './environment.ts'
import { knownPlugins } from './known-plugins.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'
import { packageVersion } from './version.ts'

/** The file that says which plug-ins run: an Erlang term, as RabbitMQ writes it: `[rabbitmq_management,rabbitmq_mqtt].` */
export class EnabledPlugins {
  /** Undefined where nothing is kept on a disk. */
  readonly path: string | undefined
  readonly #fixed: readonly string[] | undefined

  constructor(path: string | undefined, fixed?: readonly string[]) {
    this.path = path
    this.#fixed = fixed
  }

  /** Where the environment says (RABBITMQ_ENABLED_PLUGINS, RABBITMQ_ENABLED_PLUGINS_FILE), else in the data directory. */
  static of(environment: Environment, dataDirectory: string | undefined): EnabledPlugins {
    const { RABBITMQ_ENABLED_PLUGINS: list, RABBITMQ_ENABLED_PLUGINS_FILE: file } = environment
    const fixed = list === undefined || list === '' ? undefined : list.split(/[\s,]+/).filter((name) => name !== '')
    if (file !== undefined && file !== '') return new EnabledPlugins(file, fixed)
    return new EnabledPlugins(dataDirectory === undefined ? undefined : join(dataDirectory, 'enabled_plugins'), fixed)
  }

  /** Those asked for; undefined where nobody has said, which means all there are. Throws a StartRefusal for a file that is none. */
  names(): readonly string[] | undefined {
    if (this.#fixed !== undefined) return this.#fixed
    if (this.path === undefined || !existsSync(this.path)) return undefined
    const content = readFileSync(this.path, 'utf8').replace(/%.*$/gm, '')
    const list = /^\s*\[([\s\w,']*)\]\s*\.\s*$/.exec(content)?.[1]
    if (list === undefined) {
      throw new StartRefusal(ExitCode.config, `${this.path} is no list of plug-ins such as [rabbitmq_management].`)
    }
    return list.split(/[\s,']+/).filter((name) => name !== '')
  }

  /** Throws a Fault for a name that no plug-in of Lapine or RabbitMQ has, or where there is no file to write. */
  write(names: readonly string[]): void {
    const unknown = names.filter((name) => !knownPlugins.some((plugin) => plugin.name === name))
    if (unknown.length > 0) {
      throw new Fault('precondition-failed', `{:plugins_not_found, [${unknown.map((name) => `:${name}`).join(', ')}]}`)
    }
    if (this.#fixed !== undefined)
      throw new Fault('precondition-failed', 'RABBITMQ_ENABLED_PLUGINS says which plug-ins run')
    if (this.path === undefined)
      throw new Fault('precondition-failed', 'a broker in memory keeps no file of enabled plug-ins')
    const fresh = `${this.path}.new`
    writeFileSync(fresh, `[${[...new Set(names)].sort().join(',')}].\n`)
    renameSync(fresh, this.path)
  }
}

/** What runs for those asked for: they and all they need. Undefined for everything. */
export function withDependencies(names: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (names === undefined) return undefined
  const wanted = new Set<string>()
  const add = (name: string): void => {
    if (wanted.has(name)) return
    wanted.add(name)
    for (const needed of knownPlugins.find((plugin) => plugin.name === name)?.dependencies ?? []) add(needed)
  }
  for (const name of names) add(name)
  return wanted
}

/** All plug-ins, as `rabbitmq-plugins list` shows them. `enabled` undefined: those that run by themselves. */
export function describePlugins(
  enabled: readonly string[] | undefined,
  running: readonly string[],
): readonly PluginDescription[] {
  return knownPlugins.map(({ name, description, dependencies = [] }) => ({
    name,
    version: packageVersion(),
    description,
    dependencies,
    enabled: enabled?.includes(name) ?? running.includes(name),
    running: running.includes(name),
  }))
}
