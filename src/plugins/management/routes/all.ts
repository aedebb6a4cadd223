import { openApiDocument } from '../openapi/openapi-document.ts'
import type { Route } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'
import { absentRoutes } from './absent.ts'
import { auditRoutes } from './audit.ts'
import { bindingRoutes } from './bindings.ts'
import { closedConnectionRoutes } from './closed-connections.ts'
import { connectionRoutes } from './connections.ts'
import { damageRoutes } from './damage.ts'
import { definitionRoutes } from './definitions.ts'
import { eventRoutes } from './events.ts'
import { exchangeRoutes } from './exchanges.ts'
import { findingRoutes } from './findings.ts'
import { healthRoutes } from './health.ts'
import { inspectionRoutes } from './inspection.ts'
import { jobRoutes } from './jobs.ts'
import { loginRoutes } from './login.ts'
import { messageRoutes } from './messages.ts'
import { nodeControlRoutes } from './node-control.ts'
import { overviewRoutes } from './overview.ts'
import { parameterRoutes } from './parameters.ts'
import { permissionRoutes } from './permissions.ts'
import { policyRoutes } from './policies.ts'
import { queueRoutes } from './queues.ts'
import { tailRoutes } from './tail.ts'
import { userRoutes } from './users.ts'
import { vhostRoutes } from './vhosts.ts'

/** Every route there is below `/api`. */
export function allRoutes(surroundings: Surroundings): Route[] {
  const { broker, node } = surroundings
  const routes: Route[] = [
    ...overviewRoutes(surroundings),
    ...healthRoutes(broker, node),
    ...damageRoutes(broker),
    ...nodeControlRoutes(surroundings),
    ...definitionRoutes(broker),
    ...connectionRoutes(surroundings),
    ...exchangeRoutes(surroundings),
    ...queueRoutes(surroundings),
    ...messageRoutes(broker),
    ...bindingRoutes(broker),
    ...vhostRoutes(surroundings),
    ...userRoutes(broker),
    ...permissionRoutes(broker),
    ...policyRoutes(broker),
    ...parameterRoutes(broker),
    ...inspectionRoutes(surroundings),
    ...eventRoutes(surroundings),
    ...loginRoutes(surroundings),
    ...tailRoutes(surroundings),
    ...auditRoutes(surroundings),
    ...jobRoutes(surroundings),
    ...findingRoutes(surroundings),
    ...closedConnectionRoutes(surroundings),
    ...absentRoutes,
  ]
  routes.push({
    method: 'GET',
    path: '/openapi.json',
    handle: async () => openApiDocument(routes, node.productVersion),
  })
  return routes
}
