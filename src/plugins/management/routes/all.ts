import type { Broker } from '../../../broker/broker.ts'
import type { Node } from '../../../plugin.ts'
import type { Route } from '../route.ts'
import { bindingRoutes } from './bindings.ts'
import { connectionRoutes } from './connections.ts'
import { definitionRoutes } from './definitions.ts'
import { exchangeRoutes } from './exchanges.ts'
import { healthRoutes } from './health.ts'
import { messageRoutes } from './messages.ts'
import { overviewRoutes } from './overview.ts'
import { parameterRoutes } from './parameters.ts'
import { permissionRoutes } from './permissions.ts'
import { policyRoutes } from './policies.ts'
import { queueRoutes } from './queues.ts'
import { userRoutes } from './users.ts'
import { vhostRoutes } from './vhosts.ts'

/** Every route there is below `/api`. */
export function allRoutes(broker: Broker, node: Node): Route[] {
  return [
    ...overviewRoutes(broker, node),
    ...healthRoutes(broker, node),
    ...definitionRoutes(broker),
    ...connectionRoutes(broker, node),
    ...exchangeRoutes(broker),
    ...queueRoutes(broker, node),
    ...messageRoutes(broker),
    ...bindingRoutes(broker),
    ...vhostRoutes(broker, node),
    ...userRoutes(broker),
    ...permissionRoutes(broker),
    ...policyRoutes(broker),
    ...parameterRoutes(broker),
  ]
}
