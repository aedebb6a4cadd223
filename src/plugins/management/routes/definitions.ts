import type { Broker } from '../../../broker/broker.ts'
import type { JsonValue } from '../../../std/json.ts'
import { Answer, type Call, noContent, type Route } from '../route.ts'

/** All that is defined, as one file. */
export function definitionRoutes({ administration: { definitions } }: Broker): Route[] {
  const read = async (call: Call) => {
    const exported = await definitions.export(call.actor, call.params.vhost)
    const { download } = call.query
    if (download === undefined) return exported
    // The name comes from the URL: nothing but what is harmless in a header.
    const name = download.replace(/[^\w.@-]/g, '_')
    return new Answer(200, { 'content-disposition': `attachment; filename=${name}` }, exported)
  }
  const write = async (call: Call) => {
    await definitions.import(call.actor, call.body as JsonValue, call.params.vhost)
    return noContent
  }
  return ['/definitions', '/definitions/:vhost'].flatMap((path): Route[] => [
    { method: 'GET', path, handle: read },
    { method: 'POST', path, handle: write },
  ])
}
