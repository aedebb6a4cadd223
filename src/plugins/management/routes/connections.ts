import type { Broker } from '../../../broker/broker.ts'
import { hasLevel } from '../../../broker/user.ts'
import type { Node, ProtocolConnection } from '../../../plugin.ts'
import { channelName, type PlacedChannel, showChannel, showConnection, showConsumer } from '../connection-json.ts'
import { notFound } from '../http-error.ts'
import { type JsonObject, list } from '../listing.ts'
import { type Call, noContent, type Route } from '../route.ts'
import { readRanges } from '../statistics/sample-range.ts'
import type { Surroundings } from '../surroundings.ts'

/** Connections, their channels and consumers: to look at, and to close. */
export function connectionRoutes(surroundings: Surroundings): Route[] {
  const { broker, node } = surroundings
  return [...connections(surroundings), ...closing(broker, node), ...channels(surroundings), ...consumers(broker, node)]
}

function connections(surroundings: Surroundings): Route[] {
  const { broker, node, monitor } = surroundings
  const all = async (call: Call) => {
    const { user } = call.params
    const seen = await visibleOfVhost(broker, node, call)
    const items = user === undefined ? seen : seen.filter((connection) => connection.user === user)
    monitor.watch('connections')
    return list({ items, name: ({ name }) => name, write: (item) => showConnection(item, surroundings) }, call.query)
  }
  return [
    ...['/connections', '/connections/username/:user', '/vhosts/:vhost/connections'].map(
      (path): Route => ({ method: 'GET', path, handle: all }),
    ),
    {
      method: 'GET',
      path: '/connections/:connection',
      handle: async (call) =>
        showConnection(await requireConnection(broker, node, call), surroundings, readRanges(call.query)),
    },
    {
      method: 'GET',
      path: '/connections/:connection/channels',
      handle: async (call) => {
        const connection = await requireConnection(broker, node, call)
        return listChannels(channelsOf([connection]), surroundings, call)
      },
    },
  ]
}

function closing(broker: Broker, node: Node): Route[] {
  const { administration } = broker
  const reasonOf = (reason: string | undefined): [string?] => (reason === undefined ? [] : [reason])
  return [
    {
      method: 'DELETE',
      path: '/connections/:connection',
      handle: async (call) => {
        await requireConnection(broker, node, call)
        await administration.connections.close(call.actor, call.params.connection!, ...reasonOf(call.reason))
        return noContent
      },
    },
    {
      method: 'DELETE',
      path: '/connections/username/:user',
      handle: async (call) => {
        await administration.connections.closeAllOfUser(call.actor, call.params.user!, ...reasonOf(call.reason))
        return noContent
      },
    },
  ]
}

function channels(surroundings: Surroundings): Route[] {
  const { broker, node } = surroundings
  const all = async (call: Call) => {
    return listChannels(channelsOf(await visibleOfVhost(broker, node, call)), surroundings, call)
  }
  return [
    { method: 'GET', path: '/channels', handle: all },
    { method: 'GET', path: '/vhosts/:vhost/channels', handle: all },
    {
      method: 'GET',
      path: '/channels/:channel',
      handle: async (call) => {
        const placed = channelsOf(await visible(broker, node, call)).find(
          ({ connection, channel }) => channelName(connection, channel) === call.params.channel,
        )
        if (placed === undefined) throw notFound()
        const { connection, channel } = placed
        const told = { name: node.name, consumerTimeoutMilliseconds: broker.settings.consumerTimeoutMilliseconds }
        const consumers = Array.from(channel.consumers(), (consumer) =>
          showConsumer(connection, channel, consumer, told),
        )
        return {
          ...showChannel(placed, surroundings, readRanges(call.query)),
          consumer_details: consumers,
          deliveries: [],
          publishes: [],
        }
      },
    },
  ]
}

function consumers(broker: Broker, node: Node): Route[] {
  const all = async (call: Call) => {
    const { vhost } = call.params
    const items = consumersOf(await visible(broker, node, call), broker, node).filter(
      ({ queue }) => vhost === undefined || (queue as JsonObject).vhost === vhost,
    )
    return list({ items, name: ({ consumer_tag: tag }) => String(tag), write: (item) => item }, call.query)
  }
  return ['/consumers', '/consumers/:vhost'].map((path): Route => ({ method: 'GET', path, handle: all }))
}

/** Consumers of some connections. */
function consumersOf(seen: readonly ProtocolConnection[], broker: Broker, node: Node): JsonObject[] {
  const told = { name: node.name, consumerTimeoutMilliseconds: broker.settings.consumerTimeoutMilliseconds }
  return channelsOf(seen).flatMap(({ connection, channel }) =>
    Array.from(channel.consumers(), (consumer) => showConsumer(connection, channel, consumer, told)),
  )
}

/** What is asked of one virtual host needs one that is there and that the user may see. */
async function visibleOfVhost(broker: Broker, node: Node, call: Call): Promise<readonly ProtocolConnection[]> {
  const { vhost } = call.params
  if (vhost === undefined) return visible(broker, node, call)
  const { administration } = broker
  const { actor } = call
  await administration.authorize({ operation: 'connections.listOfVhost', actor, vhost, resource: {} })
  if (!(await administration.vhosts.list(actor)).some(({ name }) => name === vhost)) throw notFound()
  return (await visible(broker, node, call)).filter((one) => one.vhost === vhost)
}

/** A user sees its own connections, who watches over the broker all of them. */
async function visible({ administration }: Broker, node: Node, call: Call): Promise<readonly ProtocolConnection[]> {
  await administration.authorize({ operation: 'connections.list', actor: call.actor, resource: {} })
  const all = [...node.connections()]
  return hasLevel(call.user, 'monitoring') ? all : all.filter(({ user }) => user === call.user.name)
}

async function requireConnection(broker: Broker, node: Node, call: Call): Promise<ProtocolConnection> {
  const found = (await visible(broker, node, call)).find(({ name }) => name === call.params.connection)
  if (found === undefined) throw notFound()
  return found
}

function channelsOf(connections: readonly ProtocolConnection[]): readonly PlacedChannel[] {
  return connections.flatMap((connection) => Array.from(connection.channels(), (channel) => ({ connection, channel })))
}

function listChannels(items: readonly PlacedChannel[], surroundings: Surroundings, call: Call) {
  surroundings.monitor.watch('channels')
  return list(
    {
      items,
      name: ({ connection, channel }) => channelName(connection, channel),
      write: (placed) => showChannel(placed, surroundings),
    },
    call.query,
  )
}
