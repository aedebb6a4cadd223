import { deprecatedFeatures } from '../deprecated-feature-json.ts'
import { showExchangeTypes } from '../exchange-type-json.ts'
import { badRequest, notFound } from '../http-error.ts'
import type { Json, JsonObject } from '../listing.ts'
import { showMemory, showRelativeMemory } from '../memory-json.ts'
import { showContexts, showNode, showRuntime } from '../node-json.ts'
import { bodyObject, type Call, noContent, type Route, requireField } from '../route.ts'
import { churnNames, diskNames, lengthNames, messageStatisticNames } from '../statistics/meters.ts'
import { readRanges } from '../statistics/sample-range.ts'
import type { Surroundings } from '../surroundings.ts'

/** The broker as a whole, and the node it runs on. */
export function overviewRoutes(surroundings: Surroundings): Route[] {
  return [
    { method: 'GET', path: '/overview', handle: (call) => showOverview(surroundings, call) },
    ...nodes(surroundings),
    ...cluster(surroundings),
    ...features(surroundings),
  ]
}

function nodes({ broker, node, monitor }: Surroundings): Route[] {
  const look = async (call: Call) => {
    await broker.administration.authorize({ operation: 'node.look', actor: call.actor, resource: {} })
    if (call.params.node !== undefined && call.params.node !== node.name) throw notFound()
  }
  const one = async (call: Call) => {
    await look(call)
    return showNode(broker, node, monitor.look('overview', broker, { history: true }), readRanges(call.query))
  }
  const memory = (path: string, show: () => JsonObject): Route => ({
    method: 'GET',
    path: `/nodes/:node/memory${path}`,
    handle: async (call) => {
      await look(call)
      return { memory: show() }
    },
  })
  const attempts = async (call: Call) => {
    await look(call)
    return Array.from(broker.loginAttempts, ([protocol, { succeeded, failed }]) => ({
      protocol,
      auth_attempts: succeeded + failed,
      auth_attempts_failed: failed,
      auth_attempts_succeeded: succeeded,
    }))
  }
  const reset = async (call: Call) => {
    const matter = { operation: 'node.resetLoginAttempts', actor: call.actor, resource: {} } as const
    await broker.administration.authorize(matter)
    broker.loginAttempts.reset()
    return noContent
  }
  return [
    { method: 'GET', path: '/auth/attempts/:node', handle: attempts },
    { method: 'DELETE', path: '/auth/attempts/:node', handle: reset },
    // By their source they are not counted, as in RabbitMQ unless it is told to.
    {
      method: 'GET',
      path: '/auth/attempts/:node/source',
      handle: async (call) => {
        await look(call)
        return []
      },
    },
    { method: 'GET', path: '/nodes', handle: async (call) => [await one(call)] },
    { method: 'GET', path: '/nodes/:node', handle: one },
    memory('', () => showMemory(node)),
    memory('/relative', () => showRelativeMemory(node)),
  ]
}

function cluster({ broker: { administration }, node }: Surroundings): Route[] {
  return [
    { method: 'GET', path: '/cluster-name', handle: async () => ({ name: node.clusterName }) },
    {
      method: 'PUT',
      path: '/cluster-name',
      handle: async (call) => {
        const name = requireField(bodyObject(call), 'name')
        if (typeof name !== 'string' || name === '') throw badRequest('name should be a non-empty string')
        await administration.globalParameters.set(call.actor, 'cluster_name', name)
        return noContent
      },
    },
    { method: 'GET', path: '/version', handle: async () => node.rabbitVersion },
    // What the web interface is made of, for the tools that look whether it is there.
    { method: 'GET', path: '/extensions', handle: async () => [{ javascript: 'dispatcher.js' }] },
    {
      method: 'POST',
      path: '/rebalance/queues',
      handle: async (call) => {
        await administration.authorize({ operation: 'node.rebalance', actor: call.actor, resource: {} })
        return noContent
      },
    },
  ]
}

function features({ broker: { administration } }: Surroundings): Route[] {
  return [
    { method: 'GET', path: '/deprecated-features', handle: async () => deprecatedFeatures },
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
            require_level: 'none',
            experiment_level: 'unsupported',
            callbacks: [],
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
  ]
}

async function showOverview({ broker, node, monitor }: Surroundings, call: Call): Promise<JsonObject> {
  const { topology } = broker.administration
  const ranges = readRanges(call.query)
  const exchanges = await topology.listExchanges(call.actor)
  const queues = await topology.listQueues(call.actor)
  const figures = monitor.look('overview', broker, { history: true })
  const statistics: Record<string, Json> = {}
  figures.write(statistics, [...messageStatisticNames, ...diskNames], ranges.messages)
  return {
    management_version: node.rabbitVersion,
    rates_mode: 'basic',
    sample_retention_policies: { global: [600, 3600, 28800, 86400], basic: [600, 3600], detailed: [600] },
    exchange_types: showExchangeTypes(broker),
    product_name: node.productName,
    product_version: node.productVersion,
    rabbitmq_version: node.rabbitVersion,
    cluster_name: node.clusterName,
    cluster_tags: node.clusterTags,
    node_tags: node.tags,
    ...showRuntime(node),
    release_series_support_status: 'supported',
    disable_stats: false,
    enable_queue_totals: false,
    default_queue_type: broker.settings.defaultQueueType ?? 'classic',
    is_op_policy_updating_enabled: true,
    require_definition_json_extension: false,
    message_stats: statistics,
    churn_rates: figures.section(churnNames, ranges.messages),
    queue_totals: figures.section(lengthNames, ranges.lengths),
    object_totals: { ...clientTotals(node), exchanges: exchanges.length, queues: queues.length },
    statistics_db_event_queue: 0,
    node: node.name,
    listeners: showListeners(node),
    contexts: showContexts(node),
  }
}

function clientTotals(node: Surroundings['node']): JsonObject {
  let connections = 0
  let channels = 0
  let consumers = 0
  for (const connection of node.connections()) {
    connections++
    for (const channel of connection.channels()) {
      channels++
      consumers += channel.consumerCount
    }
  }
  return { connections, channels, consumers }
}

function showListeners(node: Surroundings['node']): JsonObject[] {
  return node.listeners.map(({ protocol, address, port, tls }) => ({
    node: node.name,
    protocol,
    ip_address: address,
    port,
    tls,
    socket_opts: { backlog: 511, nodelay: true, linger: [true, 0], exit_on_close: false },
  }))
}
