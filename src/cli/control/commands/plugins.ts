import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommands, ControlError, ControlExit } from '../control-command.ts'

async function running(broker: BrokerClient): Promise<readonly string[]> {
  const [node] = (await broker.get('nodes')) as readonly JsonObject[]
  return (node?.enabled_plugins ?? []) as readonly string[]
}

/** `rabbitmq-plugins`: what is built in runs; nothing else can be had. */
export const pluginCommands: ControlCommands = {
  list: {
    summary: 'Lists plugins and their state',
    parameters: ['[pattern]'],
    options: ['verbose!', 'minimal!', 'enabled!', 'implicitly-enabled!'],
    banner: () => 'Listing plugins ...',
    run: async (broker, { args: [pattern = ''], options }) => {
      const rows = (await running(broker))
        .filter((name) => name.includes(pattern))
        .map((name) => ({ name, state: 'E*' }))
      return { columns: options.minimal === undefined ? ['state', 'name'] : ['name'], rows }
    },
  },
  is_enabled: {
    summary: 'Health check that exits with a non-zero code if provided plugins are not enabled on target node',
    parameters: ['plugin...'],
    run: async (broker, { args }) => {
      const known = await running(broker)
      const missing = args.filter((name) => !known.includes(name))
      if (missing.length > 0)
        throw new ControlError(ControlExit.unavailable, `Plugin ${missing.join(', ')} is not enabled`)
      return { value: { result: 'ok' }, text: `Plugin ${args.join(', ')} is enabled` }
    },
  },
  enable: {
    summary: 'Makes sure that plugins are enabled',
    parameters: ['plugin...'],
    banner: ({ args }) => `Enabling plugins on node:\n${args.join('\n')}`,
    run: async (broker, { args }) => {
      const known = await running(broker)
      const missing = args.filter((name) => !known.includes(name))
      if (missing.length > 0) {
        throw new ControlError(
          ControlExit.data,
          `{:plugins_not_found, [${missing.map((name) => `:${name}`).join(', ')}]}`,
        )
      }
      return { text: 'Plugin configuration unchanged.' }
    },
  },
}
