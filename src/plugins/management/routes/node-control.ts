import type { NodeControl, ResourceLimit } from '../../../plugin.ts'
import { badRequest } from '../http-error.ts'
import type { Json, JsonObject } from '../listing.ts'
import { bodyObject, type Call, noContent, type Route, textField } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

type Work = (control: NodeControl, call: Call) => Json | Promise<Json>

/** What `rabbitmqctl` does to a node beyond what RabbitMQ's HTTP API can. */
export function nodeControlRoutes({ broker, node }: Surroundings): Route[] {
  const route = (method: Route['method'], path: string, work: Work): Route => ({
    method,
    path: `/x/node${path}`,
    handle: async (call) => {
      await broker.administration.authorize({ operation: 'node.control', actor: call.actor, resource: {} })
      if (node.control === undefined) throw badRequest('this broker is part of another program')
      return (await work(node.control, call)) ?? noContent
    },
  })
  return [
    route('GET', '', () => ({ running: true, state: 'running' })),
    route('GET', '/settings', (control) => control.settings),
    route('PUT', '/limits', (control, call) => setLimits(control, bodyObject(call))),
    route('PUT', '/log-level', (control, call) => {
      const body = bodyObject(call)
      control.setLogLevel(textField(body, 'level') ?? '', textField(body, 'category'))
      return undefined
    }),
    route('POST', '/reopen-logs', async (control) => void (await control.reopenLogs())),
    route('POST', '/suspend-listeners', async (control) => void (await control.suspendListeners())),
    route('POST', '/resume-listeners', async (control) => void (await control.resumeListeners())),
    route('POST', '/reload', async (control) => ({ ...(await control.reload()) })),
    route('GET', '/plugins', ({ pluginsFile, pluginCatalogue }) => ({
      file: pluginsFile ?? null,
      plugins: pluginCatalogue.map((plugin) => ({ ...plugin, dependencies: [...plugin.dependencies] })),
    })),
    route('PUT', '/plugins', (control, call) => {
      const { names } = bodyObject(call)
      if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
        throw badRequest('names should be a list of strings')
      control.enablePlugins(names)
      return undefined
    }),
    route('POST', '/stop-app', (control) => {
      if (!control.stopApplication()) throw badRequest('a broker without a control socket could not be started again')
      return {}
    }),
    route('POST', '/start-app', () => ({})),
    route('POST', '/reset', () => {
      throw badRequest('the application must be stopped first: stop_app')
    }),
    route('POST', '/stop', (control) => {
      control.stop()
      return {}
    }),
  ]
}

async function setLimits(control: NodeControl, body: JsonObject): Promise<undefined> {
  const memory = limitIn(body, 'memory', 1)
  const disk = limitIn(body, 'disk', 1000)
  await control.setLimits({ ...(memory === undefined ? {} : { memory }), ...(disk === undefined ? {} : { disk }) })
}

/** `{"bytes": 1000}`, or `{"of_memory": 0.5}` for a share of the machine's memory. */
function limitIn(body: JsonObject, name: string, shareMax: number): ResourceLimit | undefined {
  const limit = body[name]
  if (limit === undefined) return undefined
  const { bytes, of_memory: share } = (typeof limit === 'object' && limit !== null ? limit : {}) as JsonObject
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return { bytes }
  if (typeof share === 'number' && share >= 0 && share <= shareMax) return { ofMemory: share }
  throw badRequest(`${name} should be {"bytes": number} or {"of_memory": fraction}`)
}
