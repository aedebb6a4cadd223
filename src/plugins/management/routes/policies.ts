import type { PolicyAdministration } from '../../../broker/administration/policy-administration.ts'
import type { Broker } from '../../../broker/broker.ts'
import type { Policy } from '../../../broker/policies/policies.ts'
import type { JsonValue } from '../../../std/json.ts'
import { notFound } from '../http-error.ts'
import { type JsonObject, list } from '../listing.ts'
import { bodyObject, type Call, noContent, put, type Route, requireField } from '../route.ts'

/** Policies and operator policies. */
export function policyRoutes({ administration }: Broker): Route[] {
  const { policies, operatorPolicies } = administration
  return [...routes('/policies', policies), ...routes('/operator-policies', operatorPolicies)]
}

function routes(path: string, policies: PolicyAdministration): Route[] {
  const all = async (call: Call) => {
    const items = await policies.list(call.actor, call.params.vhost)
    return list({ items, name: ({ name }) => name, write: showPolicy }, call.query)
  }
  return [
    { method: 'GET', path, handle: all },
    { method: 'GET', path: `${path}/:vhost`, handle: all },
    {
      method: 'GET',
      path: `${path}/:vhost/:name`,
      handle: async (call) => {
        const policy = await policies.get(call.actor, call.params.vhost!, call.params.name!)
        if (policy === undefined) throw notFound()
        return showPolicy(policy)
      },
    },
    {
      method: 'PUT',
      path: `${path}/:vhost/:name`,
      handle: async (call) => {
        const body = bodyObject(call) as Readonly<Record<string, JsonValue | undefined>>
        requireField(body, 'pattern')
        requireField(body, 'definition')
        const { pattern, definition, priority, 'apply-to': applyTo } = body
        const given = { pattern, definition, priority, applyTo }
        return put(await policies.set(call.actor, call.params.vhost!, call.params.name!, given))
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:vhost/:name`,
      handle: async (call) => {
        await policies.delete(call.actor, call.params.vhost!, call.params.name!)
        return noContent
      },
    },
  ]
}

function showPolicy({ vhost, name, pattern, applyTo, definition, priority }: Policy): JsonObject {
  return { vhost, name, pattern, 'apply-to': applyTo, definition: { ...definition }, priority }
}
