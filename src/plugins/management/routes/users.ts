import type { GivenPassword, UserInfo } from '../../../broker/administration/user-administration.ts'
import type { Broker } from '../../../broker/broker.ts'
import { badRequest, notFound } from '../http-error.ts'
import { type Json, type JsonObject, list } from '../listing.ts'
import { bodyObject, type Call, noContent, put, type Route, requireField, tagsField, textField } from '../route.ts'

/** Users, and what they may have. */
export function userRoutes(broker: Broker): Route[] {
  return [...lists(broker), ...single(broker), ...limits(broker), ...self(broker)]
}

function lists({ administration }: Broker): Route[] {
  const { users, permissions } = administration
  return [
    { method: 'GET', path: '/users', handle: async (call) => listUsers(await users.list(call.actor), call) },
    {
      method: 'GET',
      path: '/users/without-permissions',
      handle: async (call) => {
        const permitted = new Set((await permissions.list(call.actor)).map(({ user }) => user))
        const without = (await users.list(call.actor)).filter(({ name }) => !permitted.has(name))
        return listUsers(without, call)
      },
    },
    {
      method: 'POST',
      path: '/users/bulk-delete',
      handle: async (call) => {
        const names = bodyObject(call).users
        if (!Array.isArray(names)) throw badRequest('users should be a list')
        // Deleting nobody is for administrators too.
        await administration.authorize({ operation: 'users.delete', actor: call.actor, resource: {} })
        for (const name of names) await users.delete(call.actor, String(name))
        return noContent
      },
    },
  ]
}

function single(broker: Broker): Route[] {
  const { users } = broker.administration
  return [
    { method: 'GET', path: '/users/:user', handle: async (call) => showUser(await requireUser(broker, call)) },
    {
      method: 'PUT',
      path: '/users/:user',
      handle: async (call) => {
        const body = bodyObject(call)
        const tags = tagsField(requireField(body, 'tags'))
        return put(await users.put(call.actor, call.params.user!, { password: readPassword(body), tags }))
      },
    },
    {
      method: 'DELETE',
      path: '/users/:user',
      handle: async (call) => {
        await users.delete(call.actor, call.params.user!)
        return noContent
      },
    },
  ]
}

function limits(broker: Broker): Route[] {
  const { users } = broker.administration
  const show = ({ user, limits }: { readonly user: string; readonly limits: object }) => ({
    user,
    value: { ...limits },
  })
  return [
    { method: 'GET', path: '/user-limits', handle: async (call) => (await users.listLimits(call.actor)).map(show) },
    {
      method: 'GET',
      path: '/user-limits/:user',
      handle: async (call) => {
        await requireUser(broker, call)
        return (await users.listLimits(call.actor)).filter(({ user }) => user === call.params.user).map(show)
      },
    },
    {
      method: 'PUT',
      path: '/user-limits/:user/:name',
      handle: async (call) => {
        const { user, name } = call.params
        await users.setLimits(call.actor, user!, { [name!]: requireField(bodyObject(call), 'value') })
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/user-limits/:user/:name',
      handle: async (call) => {
        await users.clearLimits(call.actor, call.params.user!, call.params.name)
        return noContent
      },
    },
  ]
}

function self({ administration: { users } }: Broker): Route[] {
  return [
    {
      method: 'GET',
      path: '/whoami',
      handle: async ({ user }) => ({
        name: user.name,
        tags: user.tags,
        is_internal_user: user.authorizations.some(({ backend }) => backend.includes('internal')),
      }),
    },
    {
      method: 'GET',
      path: '/auth/hash_password/:password',
      handle: async (call) => ({ ok: await users.hashPassword(call.actor, call.params.password!) }),
    },
  ]
}

async function requireUser({ administration: { users } }: Broker, call: Call): Promise<UserInfo> {
  const found = await users.get(call.actor, call.params.user!)
  if (found === undefined) throw notFound()
  return found
}

function listUsers(users: readonly UserInfo[], call: Call): Json {
  return list({ items: users, name: ({ name }) => name, write: showUser }, call.query)
}

function showUser({ name, passwordHash, hashingAlgorithm, tags, limits }: UserInfo): JsonObject {
  return { name, password_hash: passwordHash, hashing_algorithm: hashingAlgorithm, tags, limits: { ...limits } }
}

/** `password`, or `password_hash` with its algorithm; an empty hash, or neither, is a user without a password. */
function readPassword(body: JsonObject): GivenPassword {
  const password = textField(body, 'password')
  const passwordHash = textField(body, 'password_hash')
  if (password !== undefined && passwordHash !== undefined) {
    throw badRequest('specified both password_hash and password')
  }
  if (password !== undefined) return { password }
  if (passwordHash === undefined || passwordHash === '') return 'none'
  const hashingAlgorithm = textField(body, 'hashing_algorithm')
  return { passwordHash, ...(hashingAlgorithm === undefined ? {} : { hashingAlgorithm }) }
}
