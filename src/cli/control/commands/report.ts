import type { BrokerClient } from '../broker-client.ts'
import type { ControlCommand, ControlCommands, Given } from '../control-command.ts'
import { format } from '../output.ts'

/** What a report is made of, in this order. */
const sections = ['status', 'cluster_status', 'environment', 'list_connections', 'list_channels'] as const
const vhostSections = [
  'list_queues',
  'list_exchanges',
  'list_bindings',
  'list_permissions',
  'list_policies',
  'list_operator_policies',
  'list_parameters',
  'list_vhost_limits',
] as const

/** `report` and `autocomplete`, which look at all the others. */
export function reportCommands(others: ControlCommands): ControlCommands {
  return {
    report: {
      summary: 'Generates a server status report containing a concatenation of all server status information',
      parameters: [],
      banner: ({ node }) => `Reporting server status of node ${node} ...\n`,
      run: async (broker, given) => {
        for (const name of sections) given.print(await section(others[name]!, broker, { ...given, args: [] }))
        for (const { name: vhost } of (await broker.get('vhosts')) as readonly { name: string }[]) {
          for (const name of vhostSections)
            given.print(await section(others[name]!, broker, { ...given, args: [], vhost }))
        }
        return undefined
      },
    },
    autocomplete: {
      summary: 'Provides command name autocomplete variants',
      parameters: ['[prefix]'],
      run: async (_broker, { args: [prefix = ''] }) => {
        const names = ['help', ...Object.keys(others)].filter((name) => name.startsWith(prefix))
        return { value: names, text: names.sort().join('\n') }
      },
    },
  }
}

async function section(command: ControlCommand, broker: BrokerClient, given: Given): Promise<string> {
  const text = format(await command.run(broker, given), 'table', { headers: true })
  return `${command.banner?.(given) ?? ''}\n${text}\n`
}
