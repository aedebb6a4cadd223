import type { Broker } from '../../../broker/broker.ts'
import { notFound } from '../http-error.ts'
import type { Json, JsonObject } from '../listing.ts'
import { bodyObject, type Call, noContent, put, type Route, requireField } from '../route.ts'

/** Who may do what where. */
export function permissionRoutes({ administration }: Broker): Route[] {
  const { permissions } = administration
  const filtered = (call: Call) => filter(call.params)
  const plain = async (call: Call): Promise<Json> =>
    (await permissions.list(call.actor, filtered(call))).map(({ user, vhost, configure, write, read }) => ({
      user,
      vhost,
      configure,
      write,
      read,
    }))
  const topic = async (call: Call): Promise<Json> =>
    (await permissions.listTopic(call.actor, filtered(call))).map(({ user, vhost, exchange, write, read }) => ({
      user,
      vhost,
      exchange,
      write,
      read,
    }))
  return [
    ...['/permissions', '/users/:user/permissions', '/vhosts/:vhost/permissions'].map((path) => get(path, plain)),
    ...['/topic-permissions', '/users/:user/topic-permissions', '/vhosts/:vhost/topic-permissions'].map((path) =>
      get(path, topic),
    ),
    get('/permissions/:vhost/:user', async (call) => first(await plain(call))),
    get('/topic-permissions/:vhost/:user', async (call) => {
      const found = await topic(call)
      first(found)
      return found
    }),
    {
      method: 'PUT',
      path: '/permissions/:vhost/:user',
      handle: async (call) => {
        const { vhost, user } = call.params
        const body = bodyObject(call)
        const [configure, write, read] = ['configure', 'write', 'read'].map((name) => String(requireField(body, name)))
        const isNew = (await permissions.list(call.actor, { vhost: vhost!, user: user! })).length === 0
        await permissions.set(call.actor, user!, vhost!, { configure: configure!, write: write!, read: read! })
        return put(isNew ? 'created' : 'updated')
      },
    },
    {
      method: 'DELETE',
      path: '/permissions/:vhost/:user',
      handle: async (call) => {
        first(await plain(call))
        await permissions.clear(call.actor, call.params.user!, call.params.vhost!)
        return noContent
      },
    },
    {
      method: 'PUT',
      path: '/topic-permissions/:vhost/:user',
      handle: async (call) => {
        const { vhost, user } = call.params
        const body = bodyObject(call)
        const exchange = String(requireField(body, 'exchange'))
        const patterns = { write: String(requireField(body, 'write')), read: String(requireField(body, 'read')) }
        const isNew = (await permissions.listTopic(call.actor, { vhost: vhost!, user: user!, exchange })).length === 0
        await permissions.setTopic(call.actor, { user: user!, vhost: vhost!, exchange }, patterns)
        return put(isNew ? 'created' : 'updated')
      },
    },
    {
      method: 'DELETE',
      path: '/topic-permissions/:vhost/:user',
      handle: async (call) => {
        first(await topic(call))
        await permissions.clearTopic(call.actor, { user: call.params.user!, vhost: call.params.vhost! })
        return noContent
      },
    },
  ]
}

function get(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, handle }
}

function first(found: Json): JsonObject {
  const [one] = found as readonly JsonObject[]
  if (one === undefined) throw notFound()
  return one
}

function filter({ user, vhost }: Readonly<Record<string, string>>): { user?: string; vhost?: string } {
  return { ...(user === undefined ? {} : { user }), ...(vhost === undefined ? {} : { vhost }) }
}
