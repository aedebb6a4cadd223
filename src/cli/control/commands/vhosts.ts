import type { JsonObject } from '../../../std/json.ts'
import type { BrokerClient } from '../broker-client.ts'
import { type ControlCommands, ControlError, ControlExit } from '../control-command.ts'
import { explained, noVhost } from '../refusals.ts'
import { definitionOf } from './users.ts'

/** Rejects with RabbitMQ's words unless there is such a virtual host. */
export async function requireVhost(broker: BrokerClient, name: string): Promise<JsonObject> {
  return (await explained(broker.get('vhosts', name), { 404: noVhost(name) })) as JsonObject
}

const columns = [
  'name',
  'description',
  'tags',
  'default_queue_type',
  'tracing',
  'cluster_state',
  'protected_from_deletion',
]

/** The options that describe a virtual host, as its definition has them. */
function metadataOf(options: Readonly<Record<string, string>>): JsonObject {
  const { description, tags, 'default-queue-type': type, 'protected-from-deletion': isProtected } = options
  return {
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags: tags.split(',').map((tag) => tag.trim()) }),
    ...(type === undefined ? {} : { default_queue_type: type }),
    ...(isProtected === undefined ? {} : { protected_from_deletion: isProtected === 'true' }),
  }
}

/** What a virtual host has of its own to be given again with what changes. */
async function update(broker: BrokerClient, name: string, changes: JsonObject): Promise<undefined> {
  const { metadata, tracing = false } = await requireVhost(broker, name)
  await broker.ask('PUT', ['vhosts', name], { ...((metadata ?? {}) as JsonObject), tracing, ...changes })
}

/** Virtual hosts and their limits. */
export const vhostCommands: ControlCommands = {
  list_vhosts: {
    summary: 'Lists virtual hosts',
    parameters: ['[column]...'],
    banner: () => 'Listing vhosts ...',
    run: async (broker, { args }) => {
      const unknown = args.filter((column) => !columns.includes(column))
      if (unknown.length > 0)
        throw new ControlError(ControlExit.usage, `Info key(s) ${unknown.join(',')} are not supported`)
      return {
        columns: args.length === 0 ? ['name'] : args,
        rows: (await broker.get('vhosts')) as readonly JsonObject[],
      }
    },
  },
  add_vhost: {
    summary: 'Creates a virtual host',
    parameters: ['vhost'],
    options: ['description', 'tags', 'default-queue-type', 'protected-from-deletion'],
    banner: ({ args }) => `Adding vhost "${args[0]}" ...`,
    run: async (broker, { args: [name], options }) => {
      await broker.ask('PUT', ['vhosts', name!], metadataOf(options))
      return undefined
    },
  },
  update_vhost_metadata: {
    summary: 'Updates metadata (tags, description, default queue type) of a virtual host',
    parameters: ['vhost'],
    options: ['description', 'tags', 'default-queue-type', 'protected-from-deletion'],
    banner: ({ args }) => `Updating metadata of vhost "${args[0]}" ...`,
    run: (broker, { args: [name], options }) => update(broker, name!, metadataOf(options)),
  },
  set_vhost_tags: {
    summary: 'Sets virtual host tags',
    parameters: ['vhost', '[tag]...'],
    banner: ({ args: [name, ...tags] }) => `Setting tags for virtual host "${name}" to [${tags.join(', ')}] ...`,
    run: (broker, { args: [name, ...tags] }) => update(broker, name!, { tags }),
  },
  delete_vhost: {
    summary: 'Deletes a virtual host',
    parameters: ['vhost'],
    banner: ({ args }) => `Deleting vhost "${args[0]}" ...`,
    run: async (broker, { args: [name] }) => {
      await explained(broker.ask('DELETE', ['vhosts', name!]), { 404: noVhost(name!) })
      return undefined
    },
  },
  enable_vhost_deletion_protection: {
    summary: 'Marks a virtual host as protected from deletion',
    parameters: ['vhost'],
    run: async (broker, { args: [name] }) => {
      await explained(broker.ask('POST', ['vhosts', name!, 'deletion', 'protection']), { 404: noVhost(name!) })
      return undefined
    },
  },
  disable_vhost_deletion_protection: {
    summary: 'Removes deletion protection from a virtual host',
    parameters: ['vhost'],
    run: async (broker, { args: [name] }) => {
      await explained(broker.ask('DELETE', ['vhosts', name!, 'deletion', 'protection']), { 404: noVhost(name!) })
      return undefined
    },
  },
  trace_on: {
    summary: 'Starts tracing messages of a virtual host',
    parameters: [],
    inVhost: true,
    banner: ({ vhost }) => `Starting tracing for vhost "${vhost}" ...`,
    run: async (broker, { vhost }) => {
      await update(broker, vhost, { tracing: true })
      return { text: `Trace enabled for vhost ${vhost}` }
    },
  },
  trace_off: {
    summary: 'Stops tracing messages of a virtual host',
    parameters: [],
    inVhost: true,
    banner: ({ vhost }) => `Stopping tracing for vhost "${vhost}" ...`,
    run: async (broker, { vhost }) => {
      await update(broker, vhost, { tracing: false })
      return { text: `Trace disabled for vhost ${vhost}` }
    },
  },
  list_vhost_limits: {
    summary: 'Displays configured virtual host limits',
    parameters: [],
    inVhost: true,
    options: ['global!'],
    banner: ({ vhost, options }) =>
      options.global === undefined ? `Listing limits for vhost "${vhost}" ...` : 'Listing limits for all vhosts ...',
    run: async (broker, { vhost, options }) => {
      if (options.global === undefined) await requireVhost(broker, vhost)
      const path = options.global === undefined ? ['vhost-limits', vhost] : ['vhost-limits']
      const all = (await broker.get(...path)) as readonly JsonObject[]
      if (options.global === undefined) {
        const limits = all[0]?.value ?? {}
        return { value: limits, text: all.length === 0 ? '' : JSON.stringify(limits) }
      }
      return {
        columns: ['vhost', 'limits'],
        rows: all.map((one) => ({ vhost: one.vhost!, limits: JSON.stringify(one.value) })),
      }
    },
  },
  set_vhost_limits: {
    summary: 'Sets virtual host limits',
    parameters: ['definition'],
    inVhost: true,
    banner: ({ args, vhost }) => `Setting vhost limits to "${args[0]}" for vhost "${vhost}" ...`,
    run: async (broker, { args: [definition], vhost }) => {
      await requireVhost(broker, vhost)
      for (const [limit, value] of Object.entries(definitionOf(definition!)))
        await broker.ask('PUT', ['vhost-limits', vhost, limit], { value })
      return undefined
    },
  },
  clear_vhost_limits: {
    summary: 'Clears virtual host limits',
    parameters: [],
    inVhost: true,
    banner: ({ vhost }) => `Clearing vhost "${vhost}" limits ...`,
    run: async (broker, { vhost }) => {
      await requireVhost(broker, vhost)
      for (const limit of ['max-connections', 'max-queues']) await broker.ask('DELETE', ['vhost-limits', vhost, limit])
      return undefined
    },
  },
}
