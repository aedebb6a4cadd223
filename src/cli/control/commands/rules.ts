import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommand, type ControlCommands, ControlExit } from '../control-command.ts'
import { explained } from '../refusals.ts'
import { definitionOf, jsonOf } from './users.ts'
import { requireVhost } from './vhosts.ts'

/** Policies and operator policies have the same commands under other names. */
function policyCommands(word: string, plural: string, path: string): ControlCommands {
  const title = word.replace('_', ' ')
  const list: ControlCommand = {
    summary: `Lists all ${title === 'policy' ? 'policies' : 'operator policy overrides'} in a virtual host`,
    parameters: [],
    inVhost: true,
    banner: ({ vhost }) =>
      `Listing ${word === 'policy' ? 'policies' : 'operator policy overrides'} for vhost "${vhost}" ...`,
    run: async (broker, { vhost }) => {
      await requireVhost(broker, vhost)
      const found = (await broker.get(path, vhost)) as readonly JsonObject[]
      const rows = found.map((policy) => ({ ...policy, definition: JSON.stringify(policy.definition) }))
      return { columns: ['vhost', 'name', 'pattern', 'apply-to', 'definition', 'priority'], rows }
    },
  }
  const set: ControlCommand = {
    summary: `Sets or updates a ${title}`,
    parameters: ['name', 'pattern', 'definition'],
    inVhost: true,
    options: ['priority', 'apply-to'],
    banner: ({ args: [name, pattern, definition], options, vhost }) =>
      `Setting ${title}${word === 'policy' ? '' : ' override'} "${name}" for pattern "${pattern}" to "${definition}" with priority "${options.priority ?? 0}" for vhost "${vhost}" ...`,
    run: async (broker, { args: [name, pattern, definition], options, vhost }) => {
      await requireVhost(broker, vhost)
      await broker.ask('PUT', [path, vhost, name!], {
        pattern: pattern!,
        definition: definitionOf(definition!),
        priority: Number(options.priority ?? 0),
        'apply-to': options['apply-to'] ?? (word === 'policy' ? 'all' : 'queues'),
      })
      return undefined
    },
  }
  const clear: ControlCommand = {
    summary: `Clears (removes) a ${title}`,
    parameters: ['name'],
    inVhost: true,
    banner: ({ args, vhost }) =>
      `Clearing ${title}${word === 'policy' ? '' : ' override'} "${args[0]}" on vhost "${vhost}" ...`,
    run: async (broker, { args: [name], vhost }) => {
      await requireVhost(broker, vhost)
      await explained(broker.ask('DELETE', [path, vhost, name!]), {
        404: [ControlExit.unavailable, 'Parameter does not exist'],
      })
      return undefined
    },
  }
  return { [`list_${plural}`]: list, [`set_${word}`]: set, [`clear_${word}`]: clear }
}

async function listed(broker: BrokerClient, ...path: string[]): Promise<JsonObject[]> {
  const found = (await broker.get(...path)) as readonly JsonObject[]
  return found.map((parameter) => ({ ...parameter, value: JSON.stringify(parameter.value) }))
}

/** Policies, runtime parameters and global ones. */
export const ruleCommands: ControlCommands = {
  ...policyCommands('policy', 'policies', 'policies'),
  ...policyCommands('operator_policy', 'operator_policies', 'operator-policies'),
  list_parameters: {
    summary: 'Lists runtime parameters for a virtual host',
    parameters: [],
    inVhost: true,
    banner: ({ vhost }) => `Listing runtime parameters for vhost "${vhost}" ...`,
    run: async (broker, { vhost }) => {
      await requireVhost(broker, vhost)
      const rows = (await listed(broker, 'parameters')).filter((parameter) => parameter.vhost === vhost)
      return { columns: ['component', 'name', 'value'], rows }
    },
  },
  set_parameter: {
    summary: 'Sets a runtime parameter.',
    parameters: ['component_name', 'name', 'value'],
    inVhost: true,
    banner: ({ args: [component, name, value], vhost }) =>
      `Setting runtime parameter "${name}" for component "${component}" to "${value}" in vhost "${vhost}" ...`,
    run: async (broker, { args: [component, name, value], vhost }) => {
      await requireVhost(broker, vhost)
      await broker.ask('PUT', ['parameters', component!, vhost, name!], { value: jsonOf(value!) })
      return undefined
    },
  },
  clear_parameter: {
    summary: 'Clears a runtime parameter.',
    parameters: ['component_name', 'name'],
    inVhost: true,
    banner: ({ args: [component, name], vhost }) =>
      `Clearing runtime parameter "${name}" for component "${component}" on vhost "${vhost}" ...`,
    run: async (broker, { args: [component, name], vhost }) => {
      await explained(broker.ask('DELETE', ['parameters', component!, vhost, name!]), {
        404: [ControlExit.unavailable, 'Parameter does not exist'],
      })
      return undefined
    },
  },
  list_global_parameters: {
    summary: 'Lists global runtime parameters',
    parameters: [],
    banner: () => 'Listing global runtime parameters ...',
    run: async (broker) => ({ columns: ['name', 'value'], rows: await listed(broker, 'global-parameters') }),
  },
  set_global_parameter: {
    summary: 'Sets a runtime parameter.',
    parameters: ['name', 'value'],
    banner: ({ args: [name, value] }) => `Setting global runtime parameter "${name}" to "${value}" ...`,
    run: async (broker, { args: [name, value] }) => {
      await broker.ask('PUT', ['global-parameters', name!], { value: jsonOf(value!) })
      return undefined
    },
  },
  clear_global_parameter: {
    summary: 'Clears a global runtime parameter',
    parameters: ['name'],
    banner: ({ args: [name] }) => `Clearing global runtime parameter "${name}" ...`,
    run: async (broker, { args: [name] }) => {
      await explained(broker.ask('DELETE', ['global-parameters', name!]), {
        404: [ControlExit.unavailable, 'Parameter does not exist'],
      })
      return undefined
    },
  },
}
