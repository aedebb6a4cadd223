import type { JsonObject } from '../../../std/json.ts'
import { type ControlCommands, ControlExit } from '../control-command.ts'
import { explained } from '../refusals.ts'

/** Shovels and federation links. */
export const linkCommands: ControlCommands = {
  shovel_status: {
    summary: 'Displays status of Shovel on a node',
    parameters: [],
    options: ['all!'],
    banner: ({ node }) => `Shovel status on node ${node}`,
    run: async (broker) => ({
      columns: ['name', 'vhost', 'type', 'state'],
      rows: (await broker.get('shovels')) as readonly JsonObject[],
    }),
  },
  delete_shovel: {
    summary: 'Deletes a Shovel',
    parameters: ['name'],
    inVhost: true,
    options: ['force!'],
    banner: ({ args: [name], vhost }) => `Deleting shovel ${name} in vhost ${vhost} ...`,
    run: async (broker, { args: [name], vhost }) => {
      await explained(broker.ask('DELETE', ['parameters', 'shovel', vhost, name!]), {
        404: [ControlExit.unavailable, `Shovel with the given name was not found in vhost '${vhost}'`],
      })
      return undefined
    },
  },
  restart_shovel: {
    summary: 'Restarts a Shovel',
    parameters: ['name'],
    inVhost: true,
    banner: ({ args: [name] }) => `Restarting dynamic Shovel ${name} ...`,
    run: async (broker, { args: [name], vhost }) => {
      await explained(broker.ask('DELETE', ['shovels', 'vhost', vhost, name!, 'restart']), {
        404: [ControlExit.unavailable, `Shovel with the given name was not found in vhost '${vhost}'`],
      })
      return undefined
    },
  },
  federation_status: {
    summary: 'Displays federation link status',
    parameters: [],
    options: ['only-down!'],
    banner: ({ node }) => `Listing federation links on node ${node}...`,
    run: async (broker, { options }) => {
      const links = (await broker.get('federation-links')) as readonly JsonObject[]
      const rows = links.filter(({ status }) => options['only-down'] === undefined || status !== 'running')
      return { columns: ['upstream', 'vhost', 'exchange', 'queue', 'status', 'error'], rows }
    },
  },
  restart_federation_link: {
    summary: 'Restarts a running federation link',
    parameters: ['link_id'],
    banner: ({ args: [id] }) => `Restarting federation link ${id} ...`,
    run: async (broker, { args: [id], vhost, node }) => {
      await explained(broker.ask('DELETE', ['federation-links', 'vhost', vhost, id!, node, 'restart']), {
        404: [ControlExit.unavailable, `Link with the given ID was not found`],
      })
      return undefined
    },
  },
}
