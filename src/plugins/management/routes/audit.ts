import type { AuditEntry } from '../../../broker/audit-log.ts'
import { type JsonObject, list } from '../listing.ts'
import type { Call, Route } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

/** Who changed what, and who logged in. */
export function auditRoutes({ broker }: Surroundings): Route[] {
  const all = async (call: Call) => {
    const { operation, user, vhost, outcome } = call.query
    const items = (await broker.administration.audit.list(call.actor)).filter(
      (entry) =>
        (operation === undefined || entry.operation === operation) &&
        (user === undefined || entry.user === user) &&
        (vhost === undefined || entry.vhost === vhost) &&
        (outcome === undefined || entry.outcome === outcome),
    )
    return list({ items, name: ({ what }) => what ?? '', write: show }, call.query)
  }
  return [{ method: 'GET', path: '/x/audit', handle: all }]
}

function show({ time, operation, user, via, peer, what, vhost, outcome, reason }: AuditEntry): JsonObject {
  const where = { via: via ?? null, peer: peer ?? null, vhost: vhost ?? null }
  return { time, operation, user, ...where, what: what ?? null, outcome, reason: reason ?? null }
}
