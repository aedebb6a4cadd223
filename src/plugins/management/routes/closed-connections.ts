import type { ClosedConnection } from '../../../broker/closed-connections.ts'
import { hasLevel } from '../../../broker/user.ts'
import { type JsonObject, list } from '../listing.ts'
import type { Call, Route } from '../route.ts'
import type { Surroundings } from '../surroundings.ts'

/** The last connections that ended, and why: one's own, or with `monitoring` all. */
export function closedConnectionRoutes({ broker }: Surroundings): Route[] {
  const all = async (call: Call) => {
    const { actor, query } = call
    await broker.administration.authorize({ operation: 'connections.list', actor, resource: {} })
    const seesAll = hasLevel(actor.user, 'monitoring')
    const items = [...broker.closedConnections].filter(
      ({ user, vhost }) =>
        (seesAll || user === actor.user.name) &&
        (query.vhost === undefined || vhost === query.vhost) &&
        (query.user === undefined || user === query.user),
    )
    return list({ items, name: ({ name }) => name, write: showClosedConnection }, query)
  }
  return [{ method: 'GET', path: '/x/connections/closed', handle: all }]
}

/** A closed connection, with the names an open one has. */
export function showClosedConnection(closed: ClosedConnection) {
  const { userProvidedName } = closed
  return {
    name: closed.name,
    ...(userProvidedName === undefined ? {} : { user_provided_name: userProvidedName }),
    protocol: closed.protocol,
    user: closed.user ?? null,
    vhost: closed.vhost ?? null,
    peer_host: closed.peerHost,
    peer_port: closed.peerPort,
    ssl: closed.tls,
    client_properties: { product: closed.product, version: closed.productVersion, platform: closed.platform },
    connected_at: closed.connectedAt ?? null,
    closed_at: closed.closedAt,
    recv_oct: closed.bytesReceived,
    send_oct: closed.bytesSent,
    ended_by: closed.endedBy,
    reason: closed.reason,
    channel_errors: closed.channelErrors,
  } satisfies JsonObject
}
