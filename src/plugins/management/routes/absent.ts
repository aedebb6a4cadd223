import type { Route } from '../route.ts'

/** Lists of what plug-ins of RabbitMQ have and nothing here has: tools look at them, and are to find nothing. */
const lists = [
  '/shovels',
  '/shovels/:vhost',
  '/federation-links',
  '/federation-links/:vhost',
  '/stream/connections',
  '/stream/connections/:vhost',
  '/stream/publishers',
  '/stream/publishers/:vhost',
  '/stream/consumers',
  '/stream/consumers/:vhost',
] as const

/** Of which there are none. */
export const absentRoutes: readonly Route[] = lists.map((path) => ({ method: 'GET', path, handle: async () => [] }))
