import { describePlugins, EnabledPlugins } from '../../../server/enabled-plugins.ts'
import { defaultDataDirectory } from '../../../server/environment.ts'
import type { JsonObject } from '../../../std/json.ts'
import { type BrokerClient, BrokerRefusal, BrokerUnreachable } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlError, ControlExit, type Given } from '../control-command.ts'

/** As the node (or, where none runs, the file) has it. */
interface PluginState {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly dependencies: readonly string[]
  readonly enabled: boolean
  readonly running: boolean
}

interface Plugins {
  readonly file: string | null
  readonly plugins: readonly PluginState[]
  /** Undefined where the node does not run. */
  readonly online: boolean
}

/** The file of a node that does not run, or that is not to be asked. */
function offlineFile({ dataDirectory, environment }: Given): EnabledPlugins {
  return EnabledPlugins.of(environment, dataDirectory ?? defaultDataDirectory(environment))
}

async function pluginsOf(broker: BrokerClient, given: Given): Promise<Plugins> {
  if (given.options.offline === undefined) {
    try {
      return { ...((await broker.get('x', 'node', 'plugins')) as unknown as Omit<Plugins, 'online'>), online: true }
    } catch (error) {
      if (error instanceof BrokerRefusal && error.status !== 503) throw error
      if (!(error instanceof BrokerRefusal) && !(error instanceof BrokerUnreachable)) throw error
      if (given.options.online !== undefined) throw error
    }
  }
  const file = offlineFile(given)
  return { file: file.path ?? null, plugins: describePlugins(file.names(), []), online: false }
}

/** Names running, of RabbitMQ or of a broker that tells nothing else. */
async function running(broker: BrokerClient): Promise<readonly string[]> {
  const [node] = (await broker.get('nodes')) as readonly JsonObject[]
  return (node?.enabled_plugins ?? []) as readonly string[]
}

/** `E` asked for, `e` brought by another, and a star while it runs. */
function marks(plugin: PluginState, all: readonly PluginState[]): string {
  return `${isImplicit(plugin, all) ? 'e' : plugin.enabled ? 'E' : ' '}${plugin.running ? '*' : ' '}`
}

function isImplicit({ name, enabled }: PluginState, all: readonly PluginState[]): boolean {
  return !enabled && all.some((other) => other.enabled && other.dependencies.includes(name))
}

async function list(broker: BrokerClient, given: Given) {
  const {
    args: [pattern = '.*'],
    options,
    node,
  } = given
  const { plugins, online } = await pluginsOf(broker, given)
  const shown = plugins.filter(
    (plugin) =>
      new RegExp(pattern).test(plugin.name) &&
      (options.enabled === undefined || plugin.enabled) &&
      (options['implicitly-enabled'] === undefined || plugin.enabled || isImplicit(plugin, plugins)),
  )
  const value = {
    status: online ? 'running' : 'node_down',
    format: options.minimal !== undefined ? 'minimal' : options.verbose !== undefined ? 'verbose' : 'normal',
    plugins: shown.map((plugin) => ({
      name: plugin.name,
      enabled: plugin.enabled ? 'enabled' : isImplicit(plugin, plugins) ? 'implicit' : 'not_enabled',
      running: plugin.running,
      version: plugin.version,
      running_version: plugin.running ? plugin.version : null,
    })),
  }
  if (options.minimal !== undefined) return { value, text: shown.map(({ name }) => name).join('\n') }
  const width = Math.max(0, ...shown.map(({ name }) => name.length))
  const lines = shown.map((plugin) => {
    const head = `[${marks(plugin, plugins)}] ${plugin.name.padEnd(width)} ${plugin.version}`
    if (options.verbose === undefined) return head
    return `${head}\n     Dependencies:\t[${plugin.dependencies.join(',')}]\n     Description: \t${plugin.description}`
  })
  const legend = [
    ' Configured: E = explicitly enabled; e = implicitly enabled',
    online ? ` | Status: * = running on ${node}` : ` | Status: [failed to contact ${node} - status not shown]`,
    ' |/',
  ]
  return { value, text: [...(options.silent === undefined ? legend : []), ...lines].join('\n') }
}

/** A command that changes the list of enabled plug-ins. */
function change(
  summary: string,
  verb: 'Enabling' | 'Disabling',
  names: (before: readonly string[], given: Given, all: readonly PluginState[]) => readonly string[],
): ControlCommand {
  return {
    summary,
    parameters: ['[plugin]...'],
    options: ['all!'],
    banner: ({ args, node, options }) =>
      `${verb} ${options.all === undefined ? '' : 'ALL '}plugins on node ${node}:\n${args.join('\n')}`,
    run: async (broker, given) => {
      const { plugins, online } = await pluginsOf(broker, given)
      const unknown = given.args.filter((name) => !plugins.some((plugin) => plugin.name === name))
      if (unknown.length > 0)
        throw new ControlError(
          ControlExit.software,
          `{:plugins_not_found, [${unknown.map((name) => `:${name}`).join(', ')}]}`,
        )
      const before = plugins.filter(({ enabled }) => enabled).map(({ name }) => name)
      const after = [...new Set(names(before, given, plugins))].sort()
      return describe(before, after, { online, write: () => write(broker, given, { after, online }) })
    },
  }
}

async function describe(
  before: readonly string[],
  after: readonly string[],
  { online, write: store }: { online: boolean; write(): Promise<void> },
) {
  const added = after.filter((name) => !before.includes(name))
  const removed = before.filter((name) => !after.includes(name))
  const value = { set: after, enabled: added, disabled: removed, mode: 'offline' }
  const configured = `The following plugins have been configured:\n${after.map((name) => `  ${name}`).join('\n')}\n`
  if (added.length + removed.length === 0) return { value, text: `${configured}Plugin configuration unchanged.` }
  await store()
  const section = (word: string, names: readonly string[]): string =>
    names.length === 0
      ? ''
      : `The following plugins have been ${word}:\n${names.map((name) => `  ${name}`).join('\n')}\n\n`
  const when = online
    ? 'Changes will take effect at broker restart (or by stop_app and start_app).'
    : 'Offline change; changes will take effect at broker restart.'
  const text = `${configured}${section('enabled', added)}${section('disabled', removed)}set ${after.length} plugins.\n${when}`
  return { value, text }
}

async function write(
  broker: BrokerClient,
  given: Given,
  { after, online }: { after: readonly string[]; online: boolean },
): Promise<void> {
  if (online) await broker.ask('PUT', ['x', 'node', 'plugins'], { names: after })
  else offlineFile(given).write(after)
}

/** `rabbitmq-plugins`: which of the plug-ins that are built in run. Nothing else can be had. */
export const pluginCommands: ControlCommands = {
  list: {
    summary: 'Lists plugins and their state',
    parameters: ['[pattern]'],
    options: ['verbose!', 'minimal!', 'enabled!', 'implicitly-enabled!'],
    banner: ({ args: [pattern = '.*'] }) => `Listing plugins with pattern "${pattern}" ...`,
    run: list,
  },
  is_enabled: {
    summary: 'Health check that exits with a non-zero code if provided plugins are not enabled on target node',
    parameters: ['plugin...'],
    banner: ({ args, node }) =>
      `Asking node ${node} if plugin${args.length === 1 ? '' : 's'} ${args.join(', ')} ${args.length === 1 ? 'is' : 'are'} enabled...`,
    run: async (broker, { args, node }) => {
      const known = await running(broker)
      const missing = args.filter((name) => !known.includes(name))
      if (missing.length > 0) {
        const what = missing.length === 1 ? `Plugin ${missing[0]} is` : `Plugins ${missing.join(', ')} are`
        throw new ControlError(
          ControlExit.unavailable,
          `${what} not enabled on node ${node}. Enabled plugins and dependencies: ${known.join(', ')}`,
        )
      }
      const what = args.length === 1 ? `Plugin ${args[0]} is` : `Plugins ${args.join(', ')} are`
      return { value: { result: 'ok' }, text: `${what} enabled on node ${node}` }
    },
  },
  enable: change('Enables one or more plugins', 'Enabling', (before, { args, options }, all) => [
    ...before,
    ...(options.all === undefined ? args : all.map(({ name }) => name)),
  ]),
  disable: change('Disables one or more plugins', 'Disabling', (before, { args, options }, all) =>
    options.all === undefined ? before.filter((name) => !args.includes(name) && !needs(name, args, all)) : [],
  ),
  set: change('Enables one or more plugins, disables the rest', 'Enabling', (_before, { args }) => args),
  directories: {
    summary: 'Displays plugin directory and enabled plugin file paths',
    parameters: [],
    banner: ({ node }) => `Listing plugin directories used by node ${node}`,
    run: async (broker, given) => {
      const { file } = await pluginsOf(broker, given)
      const value = { plugins_dist_dir: '', plugins_dir: '', enabled_plugins_file: file ?? '' }
      return {
        value,
        text: `Plugin archives directory: (plug-ins are built in)\nEnabled plugins file: ${file ?? '(none)'}`,
      }
    },
  },
}

/** Whether a plug-in cannot run without one of those. */
function needs(name: string, others: readonly string[], all: readonly PluginState[]): boolean {
  const plugin = all.find((one) => one.name === name)
  return plugin?.dependencies.some((needed) => others.includes(needed) || needs(needed, others, all)) ?? false
}
