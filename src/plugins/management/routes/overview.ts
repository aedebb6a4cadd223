import type { Broker } from '../../../broker/broker.ts'
import type { ChannelCounts } from '../../../broker/connection-info.ts'
import type { Node } from '../../../plugin.ts'
import { showCounts } from '../connection-json.ts'
import { notFound } from '../http-error.ts'
import type { JsonObject } from '../listing.ts'
import { showNode } from '../node-json.ts'
import { bodyObject, type Call, noContent, type Route, requireField } from '../route.ts'
import { consumersOf } from './connections.ts'
import { totals } from './vhosts.ts'

/** The broker as a whole, and the node it runs on. */
export function overviewRoutes(broker: Broker, node: Node): Route[] {
  const { administration } = broker
  const nodes = async (call: Call) => {
    await administration.authorize({ operation: 'node.look', actor: call.actor, resource: {} })
    return showNode(broker, node)
  }
  return [
    { method: 'GET', path: '/overview', handle: (call) => showOverview(broker, node, call) },
    { method: 'GET', path: '/nodes', handle: async (call) => [await nodes(call)] },
    {
      method: 'GET',
      path: '/nodes/:node',
      handle: async (call) => {
        if (call.params.node !== node.name) throw notFound()
        return nodes(call)
      },
    },
    { method: 'GET', path: '/cluster-name', handle: async () => ({ name: node.clusterName }) },
    {
      method: 'PUT',
      path: '/cluster-name',
      handle: async (call) => {
        const name = String(requireField(bodyObject(call), 'name'))
        await administration.globalParameters.set(call.actor, 'cluster_name', name)
        return noContent
      },
    },
    { method: 'GET', path: '/version', handle: async () => node.rabbitVersion },
    { method: 'GET', path: '/extensions', handle: async () => [] },
    { method: 'GET', path: '/deprecated-features', handle: async () => [] },
    { method: 'GET', path: '/deprecated-features/used', handle: async () => [] },
    {
      method: 'GET',
      path: '/feature-flags',
      handle: async (call) =>
        (await administration.featureFlags.list(call.actor)).map(
          ({ name, description, state, stability, providedBy }) => ({
            name,
            desc: description,
            doc_url: '',
            state,
            stability,
            provided_by: providedBy,
          }),
        ),
    },
    {
      method: 'PUT',
      path: '/feature-flags/:name/enable',
      handle: async (call) => {
        await administration.featureFlags.enable(call.actor, call.params.name!)
        return noContent
      },
    },
    { method: 'POST', path: '/rebalance/queues', handle: async () => noContent },
  ]
}

async function showOverview(broker: Broker, node: Node, call: Call): Promise<JsonObject> {
  const { topology } = broker.administration
  const [exchanges, queues] = await Promise.all([topology.listExchanges(call.actor), topology.listQueues(call.actor)])
  const ready = queues.reduce((sum, { depth }) => sum + depth, 0)
  const unacknowledged = queues.reduce((sum, { unsettled }) => sum + unsettled, 0)
  const connections = [...node.connections()]
  const channels = connections.flatMap((connection) => [...connection.channels()])
  return {
    management_version: node.rabbitVersion,
    rates_mode: 'basic',
    sample_retention_policies: { global: [600, 3600, 28800, 86400], basic: [600, 3600], detailed: [600] },
    product_name: node.productName,
    product_version: node.productVersion,
    rabbitmq_version: node.rabbitVersion,
    cluster_name: node.clusterName,
    cluster_tags: {},
    node_tags: {},
    erlang_version: node.runtime.node,
    erlang_full_version: `Node.js ${node.runtime.node}, V8 ${node.runtime.v8}`,
    crypto_lib_version: `OpenSSL ${node.runtime.openssl}`,
    disable_stats: false,
    enable_queue_totals: false,
    default_queue_type: 'classic',
    is_op_policy_updating_enabled: true,
    require_definition_json_extension: false,
    message_stats: showCounts(sum(channels.map(({ counts }) => counts))),
    queue_totals: totals(ready, unacknowledged),
    object_totals: {
      channels: channels.length,
      connections: connections.length,
      consumers: consumersOf(connections, broker, node).length,
      exchanges: exchanges.length,
      queues: queues.length,
    },
    statistics_db_event_queue: 0,
    node: node.name,
    listeners: node.listeners.map((listener) => ({
      node: node.name,
      protocol: listener.protocol,
      ip_address: listener.address,
      port: listener.port,
      tls: listener.tls,
      socket_opts: {},
    })),
    contexts: [],
  }
}

const none: ChannelCounts = {
  publish: 0,
  confirm: 0,
  returnUnroutable: 0,
  dropUnroutable: 0,
  deliver: 0,
  deliverNoAck: 0,
  get: 0,
  getNoAck: 0,
  getEmpty: 0,
  redeliver: 0,
  ack: 0,
}

function sum(counts: readonly Readonly<ChannelCounts>[]): ChannelCounts {
  const total = { ...none }
  for (const one of counts) for (const key of Object.keys(none) as (keyof ChannelCounts)[]) total[key] += one[key]
  return total
}
