import type { Broker } from '../../../broker/broker.ts'
import type { Route } from '../route.ts'

/** What did not verify on disk, and what that cost: ours alone, hence below `/x`. */
export function damageRoutes(broker: Broker): Route[] {
  return [
    {
      method: 'GET',
      path: '/x/damage',
      handle: async ({ actor }) => {
        await broker.administration.authorize({ operation: 'damage.list', actor, resource: {} })
        return broker.damage.map((found) => ({ ...found }))
      },
    },
  ]
}
