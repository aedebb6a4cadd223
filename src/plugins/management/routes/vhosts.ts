import type { VhostInfo, VhostMetadata } from '../../../broker/administration/vhost-administration.ts'
import type { Broker } from '../../../broker/broker.ts'
import type { Node } from '../../../plugin.ts'
import { notFound } from '../http-error.ts'
import { type JsonObject, list } from '../listing.ts'
import {
  bodyObject,
  type Call,
  flagField,
  noContent,
  put,
  type Route,
  requireField,
  tagsField,
  textField,
} from '../route.ts'

/** Virtual hosts, and how much may be in them. */
export function vhostRoutes(broker: Broker, node: Node): Route[] {
  return [...vhosts(broker, node), ...limits(broker)]
}

function vhosts({ administration }: Broker, node: Node): Route[] {
  const { vhosts, topology } = administration
  const show = async (call: Call, vhost: VhostInfo): Promise<JsonObject> => {
    const queues = await topology.listQueues(call.actor, vhost.name).catch(() => [])
    const ready = queues.reduce((sum, { depth }) => sum + depth, 0)
    const unacknowledged = queues.reduce((sum, { unsettled }) => sum + unsettled, 0)
    return { ...showVhost(vhost, node.name), ...totals(ready, unacknowledged) }
  }
  return [
    {
      method: 'GET',
      path: '/vhosts',
      handle: async (call) => {
        const items = await Promise.all((await vhosts.list(call.actor)).map((vhost) => show(call, vhost)))
        return list({ items, name: ({ name }) => String(name), write: (item) => item }, call.query)
      },
    },
    {
      method: 'GET',
      path: '/vhosts/:vhost',
      handle: async (call) => {
        const vhost = await vhosts.get(call.actor, call.params.vhost!)
        if (vhost === undefined) throw notFound()
        return show(call, vhost)
      },
    },
    {
      method: 'PUT',
      path: '/vhosts/:vhost',
      handle: async (call) => put(await vhosts.put(call.actor, call.params.vhost!, readMetadata(bodyObject(call)))),
    },
    {
      method: 'DELETE',
      path: '/vhosts/:vhost',
      handle: async (call) => {
        await vhosts.delete(call.actor, call.params.vhost!)
        return noContent
      },
    },
    ...[true, false].map(
      (isProtected): Route => ({
        method: isProtected ? 'POST' : 'DELETE',
        path: '/vhosts/:vhost/deletion/protection',
        handle: async (call) => {
          await vhosts.protect(call.actor, call.params.vhost!, isProtected)
          return noContent
        },
      }),
    ),
    {
      method: 'POST',
      path: '/vhosts/:vhost/start/:node',
      handle: async (call) => {
        if ((await vhosts.get(call.actor, call.params.vhost!)) === undefined) throw notFound()
        return noContent
      },
    },
  ]
}

function limits({ administration: { vhosts } }: Broker): Route[] {
  const read = async (call: Call) =>
    (await vhosts.listLimits(call.actor, call.params.vhost)).map(({ vhost, limits }) => ({
      vhost,
      value: { ...limits },
    }))
  return [
    { method: 'GET', path: '/vhost-limits', handle: read },
    { method: 'GET', path: '/vhost-limits/:vhost', handle: read },
    {
      method: 'PUT',
      path: '/vhost-limits/:vhost/:name',
      handle: async (call) => {
        const { vhost, name } = call.params
        await vhosts.setLimits(call.actor, vhost!, { [name!]: requireField(bodyObject(call), 'value') })
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/vhost-limits/:vhost/:name',
      handle: async (call) => {
        await vhosts.clearLimits(call.actor, call.params.vhost!, call.params.name)
        return noContent
      },
    },
  ]
}

function readMetadata(body: JsonObject): VhostMetadata {
  const description = textField(body, 'description')
  const defaultQueueType = textField(body, 'default_queue_type') ?? textField(body, 'defaultqueuetype')
  return {
    ...(description === undefined ? {} : { description }),
    ...(body.tags === undefined ? {} : { tags: tagsField(body.tags) }),
    ...(defaultQueueType === undefined || defaultQueueType === 'undefined' ? {} : { defaultQueueType }),
    ...(body.tracing === undefined ? {} : { tracing: flagField(body, 'tracing', false) }),
    ...(body.protected_from_deletion === undefined
      ? {}
      : { protected: flagField(body, 'protected_from_deletion', false) }),
  }
}

function showVhost(vhost: VhostInfo, node: string): JsonObject {
  const { name, description, tags, defaultQueueType } = vhost
  return {
    name,
    description,
    tags,
    default_queue_type: defaultQueueType,
    metadata: { description, tags, default_queue_type: defaultQueueType },
    protected_from_deletion: vhost.protected,
    tracing: vhost.tracing,
    cluster_state: { [node]: 'running' },
    recv_oct: 0,
    recv_oct_details: { rate: 0 },
    send_oct: 0,
    send_oct_details: { rate: 0 },
  }
}

/** Messages of some queues together. */
export function totals(ready: number, unacknowledged: number): JsonObject {
  return {
    messages: ready + unacknowledged,
    messages_details: { rate: 0 },
    messages_ready: ready,
    messages_ready_details: { rate: 0 },
    messages_unacknowledged: unacknowledged,
    messages_unacknowledged_details: { rate: 0 },
  }
}
