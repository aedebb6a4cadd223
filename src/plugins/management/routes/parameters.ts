import type { Broker } from '../../../broker/broker.ts'
import type { Parameter } from '../../../broker/parameters.ts'
import type { JsonValue } from '../../../std/json.ts'
import { notFound } from '../http-error.ts'
import type { JsonObject } from '../listing.ts'
import { bodyObject, type Call, noContent, put, type Route, requireField } from '../route.ts'

/** Runtime parameters, and those of the whole. */
export function parameterRoutes(broker: Broker): Route[] {
  return [...ofVhosts(broker), ...global(broker)]
}

function ofVhosts({ administration: { parameters } }: Broker): Route[] {
  const all = async (call: Call) => {
    const { component, vhost } = call.params
    const filter = { ...(component === undefined ? {} : { component }), ...(vhost === undefined ? {} : { vhost }) }
    return (await parameters.list(call.actor, filter)).map(show)
  }
  const place = ({ params: { component, vhost, name } }: Call) => ({
    component: component!,
    vhost: vhost!,
    name: name!,
  })
  return [
    ...['/parameters', '/parameters/:component', '/parameters/:component/:vhost'].map(
      (path): Route => ({ method: 'GET', path, handle: all }),
    ),
    {
      method: 'GET',
      path: '/parameters/:component/:vhost/:name',
      handle: async (call) => {
        const parameter = await parameters.get(call.actor, place(call))
        if (parameter === undefined) throw notFound()
        return show(parameter)
      },
    },
    {
      method: 'PUT',
      path: '/parameters/:component/:vhost/:name',
      handle: async (call) => {
        const value = requireField(bodyObject(call), 'value') as JsonValue
        return put(await parameters.set(call.actor, { ...place(call), value }))
      },
    },
    {
      method: 'DELETE',
      path: '/parameters/:component/:vhost/:name',
      handle: async (call) => {
        await parameters.clear(call.actor, place(call))
        return noContent
      },
    },
  ]
}

function global({ administration: { globalParameters } }: Broker): Route[] {
  return [
    {
      method: 'GET',
      path: '/global-parameters',
      handle: async (call) => (await globalParameters.list(call.actor)).map(({ name, value }) => ({ name, value })),
    },
    {
      method: 'GET',
      path: '/global-parameters/:name',
      handle: async (call) => {
        const value = await globalParameters.get(call.actor, call.params.name!)
        if (value === undefined) throw notFound()
        return { name: call.params.name!, value }
      },
    },
    {
      method: 'PUT',
      path: '/global-parameters/:name',
      handle: async (call) => {
        const value = requireField(bodyObject(call), 'value') as JsonValue
        return put(await globalParameters.set(call.actor, call.params.name!, value))
      },
    },
    {
      method: 'DELETE',
      path: '/global-parameters/:name',
      handle: async (call) => {
        await globalParameters.clear(call.actor, call.params.name!)
        return noContent
      },
    },
  ]
}

function show({ value, vhost, component, name }: Parameter): JsonObject {
  return { value, vhost, component, name }
}
