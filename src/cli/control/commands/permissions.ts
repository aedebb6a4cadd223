import type { JsonObject } from '../../../std/json.ts'
import type { ControlCommands } from '../control-command.ts'
import { explained, noUser, unlessGone } from '../refusals.ts'
import { requireVhost } from './vhosts.ts'

const plain = ['configure', 'write', 'read']
const topic = ['exchange', 'write', 'read']

/** What may be done by whom, and where. */
export const permissionCommands: ControlCommands = {
  list_permissions: {
    summary: 'Lists user permissions in a virtual host',
    parameters: [],
    inVhost: true,
    banner: ({ vhost }) => `Listing permissions for vhost "${vhost}" ...`,
    run: async (broker, { vhost }) => {
      await requireVhost(broker, vhost)
      return {
        columns: ['user', ...plain],
        rows: (await broker.get('vhosts', vhost, 'permissions')) as readonly JsonObject[],
      }
    },
  },
  list_user_permissions: {
    summary: 'Lists permissions of a user across all virtual hosts',
    parameters: ['username'],
    banner: ({ args }) => `Listing permissions for user "${args[0]}" ...`,
    run: async (broker, { args: [name] }) => {
      await explained(broker.get('users', name!), { 404: noUser(name!) })
      return {
        columns: ['vhost', ...plain],
        rows: (await broker.get('users', name!, 'permissions')) as readonly JsonObject[],
      }
    },
  },
  set_permissions: {
    summary: 'Sets user permissions for a vhost',
    parameters: ['username', 'conf', 'write', 'read'],
    inVhost: true,
    banner: ({ args, vhost }) => `Setting permissions for user "${args[0]}" in vhost "${vhost}" ...`,
    run: async (broker, { args: [name, configure = '', write = '', read = ''], vhost }) => {
      await requireVhost(broker, vhost)
      await explained(broker.get('users', name!), { 404: noUser(name!) })
      await broker.ask('PUT', ['permissions', vhost, name!], { configure, write, read })
      return undefined
    },
  },
  set_permissions_globally: {
    summary: 'Sets user permissions for all virtual hosts',
    parameters: ['username', 'conf', 'write', 'read'],
    banner: ({ args }) => `Setting permissions for user "${args[0]}" in all virtual hosts ...`,
    run: async (broker, { args: [name, configure = '', write = '', read = ''] }) => {
      await explained(broker.get('users', name!), { 404: noUser(name!) })
      for (const { name: vhost } of (await broker.get('vhosts')) as readonly JsonObject[]) {
        await broker.ask('PUT', ['permissions', String(vhost), name!], { configure, write, read })
      }
      return undefined
    },
  },
  clear_permissions: {
    summary: 'Revokes user permissions for a vhost',
    parameters: ['username'],
    inVhost: true,
    banner: ({ args, vhost }) => `Clearing permissions for user "${args[0]}" in vhost "${vhost}" ...`,
    run: async (broker, { args: [name], vhost }) => {
      await requireVhost(broker, vhost)
      await explained(broker.get('users', name!), { 404: noUser(name!) })
      // Clearing what is not there is no error.
      await unlessGone(broker.ask('DELETE', ['permissions', vhost, name!]))
      return undefined
    },
  },
  list_topic_permissions: {
    summary: 'Lists topic permissions in a virtual host',
    parameters: [],
    inVhost: true,
    banner: ({ vhost }) => `Listing topic permissions for vhost "${vhost}" ...`,
    run: async (broker, { vhost }) => {
      await requireVhost(broker, vhost)
      return {
        columns: ['user', ...topic],
        rows: (await broker.get('vhosts', vhost, 'topic-permissions')) as readonly JsonObject[],
      }
    },
  },
  list_user_topic_permissions: {
    summary: 'Lists user topic permissions',
    parameters: ['username'],
    banner: ({ args }) => `Listing topic permissions for user "${args[0]}" ...`,
    run: async (broker, { args: [name] }) => {
      await explained(broker.get('users', name!), { 404: noUser(name!) })
      return {
        columns: ['vhost', ...topic],
        rows: (await broker.get('users', name!, 'topic-permissions')) as readonly JsonObject[],
      }
    },
  },
  set_topic_permissions: {
    summary: 'Sets user topic permissions for an exchange',
    parameters: ['username', 'exchange', 'write', 'read'],
    inVhost: true,
    banner: ({ args, vhost }) =>
      `Setting topic permissions on "${args[1]}" for user "${args[0]}" in vhost "${vhost}" ...`,
    run: async (broker, { args: [name, exchange = '', write = '', read = ''], vhost }) => {
      await requireVhost(broker, vhost)
      await explained(broker.get('users', name!), { 404: noUser(name!) })
      await broker.ask('PUT', ['topic-permissions', vhost, name!], { exchange, write, read })
      return undefined
    },
  },
  clear_topic_permissions: {
    summary: 'Clears user topic permissions for a vhost or exchange',
    parameters: ['username', '[exchange]'],
    inVhost: true,
    banner: ({ args: [name, exchange], vhost }) =>
      exchange === undefined
        ? `Clearing topic permissions for user "${name}" in vhost "${vhost}" ...`
        : `Clearing topic permissions on "${exchange}" for user "${name}" in vhost "${vhost}" ...`,
    run: async (broker, { args: [name, exchange], vhost }) => {
      await requireVhost(broker, vhost)
      const kept = (
        (await explained(broker.get('users', name!, 'topic-permissions'), {
          404: noUser(name!),
        })) as readonly JsonObject[]
      ).filter((one) => one.vhost === vhost && exchange !== undefined && one.exchange !== exchange)
      await unlessGone(broker.ask('DELETE', ['topic-permissions', vhost, name!]))
      for (const { exchange: other, write, read } of kept) {
        await broker.ask('PUT', ['topic-permissions', vhost, name!], { exchange: other!, write: write!, read: read! })
      }
      return undefined
    },
  },
}
