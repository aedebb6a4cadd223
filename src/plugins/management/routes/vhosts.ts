import type { VhostInfo, VhostMetadata } from '../../../broker/administration/vhost-administration.ts'
import type { Broker } from '../../../broker/broker.ts'
import { notFound } from '../http-error.ts'
import { type Json, type JsonObject, list } from '../listing.ts'
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
import { lengthNames, messageStatisticNames, octetNames } from '../statistics/meters.ts'
import { readRanges, type SampleRanges } from '../statistics/sample-range.ts'
import type { Surroundings } from '../surroundings.ts'

/** Virtual hosts, and how much may be in them. */
export function vhostRoutes(surroundings: Surroundings): Route[] {
  return [...vhosts(surroundings), ...limits(surroundings.broker)]
}

function vhosts(surroundings: Surroundings): Route[] {
  const { vhosts } = surroundings.broker.administration
  return [
    {
      method: 'GET',
      path: '/vhosts',
      handle: async (call) => {
        const items = await vhosts.list(call.actor)
        surroundings.monitor.watch('vhosts')
        return list({ items, name: ({ name }) => name, write: (item) => showVhost(item, surroundings, {}) }, call.query)
      },
    },
    {
      method: 'GET',
      path: '/vhosts/:vhost',
      handle: async (call) => {
        const vhost = await vhosts.get(call.actor, call.params.vhost!)
        if (vhost === undefined) throw notFound()
        return showVhost(vhost, surroundings, readRanges(call.query))
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

function showVhost(info: VhostInfo, { broker, node, monitor }: Surroundings, ranges: SampleRanges): JsonObject {
  const { name, description, tags, defaultQueueType } = info
  const shown: Record<string, Json> = {
    name,
    description,
    tags,
    default_queue_type: defaultQueueType,
    metadata: { description, tags, default_queue_type: defaultQueueType },
    protected_from_deletion: info.protected,
    tracing: info.tracing,
    cluster_state: { [node.name]: 'running' },
  }
  const vhost = broker.virtualHost(name)
  if (vhost === undefined) return shown
  const figures = monitor.look('vhosts', vhost, { history: Object.values(ranges).some((range) => range !== undefined) })
  figures.write(shown, lengthNames, ranges.lengths)
  figures.write(shown, octetNames, ranges.data)
  return { ...shown, message_stats: figures.section(messageStatisticNames, ranges.messages) }
}
