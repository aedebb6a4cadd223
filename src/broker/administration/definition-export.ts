import type { JsonObject, JsonValue } from '../../std/json.ts'
import { tableToJson } from '../../std/table-json.ts'
import { Exchange } from '../exchange.ts'
import type { Parameters } from '../parameters.ts'
import { passwordHashingModule } from '../password.ts'
import type { Permissions } from '../permissions.ts'
import type { Policies } from '../policies/policies.ts'
import type { Topology } from '../topology.ts'
import type { Limits, Users } from '../users.ts'
import type { VhostRecord, VirtualHosts } from '../virtual-hosts.ts'
import { policyJson } from './policy-administration.ts'

/** What a file of definitions says of where it comes from. */
export interface Origin {
  readonly productName: string
  readonly productVersion: string
  /** The version of RabbitMQ whose definitions these are. */
  readonly rabbitmqVersion: string
  readonly clusterName: string
}

export interface ExportPorts {
  readonly users: Users
  readonly permissions: Permissions
  readonly vhosts: VirtualHosts
  readonly policies: Policies
  readonly parameters: Parameters
  readonly defaultQueueType: string
  origin(): Origin
  vhostLimits(name: string): Limits
}

/** All definitions, as RabbitMQ writes them. */
export function exportAll(ports: ExportPorts): JsonObject {
  const origin = ports.origin()
  const { vhosts } = ports
  const topologies = [...vhosts.topologies]
  return {
    ...header(origin),
    rabbitmq_definition_format: 'cluster',
    original_cluster_name: origin.clusterName,
    explanation: `Definitions of cluster '${origin.clusterName}'`,
    users: Array.from(ports.users.all, ({ name, passwordHash, hashing, tags }) => ({
      name,
      password_hash: passwordHash,
      hashing_algorithm: passwordHashingModule(hashing),
      tags,
      limits: ports.users.limits(name),
    })),
    vhosts: Array.from(vhosts.records, (record) => ({
      name: record.name,
      limits: ports.vhostLimits(record.name),
      metadata: metadata(record, ports.defaultQueueType),
    })),
    permissions: Array.from(ports.permissions.all(), ({ kind: _, ...permission }) => permission),
    topic_permissions: Array.from(ports.permissions.allTopics(), ({ kind: _, ...permission }) => permission),
    parameters: parameters(ports, undefined),
    global_parameters: Array.from(ports.parameters.allGlobal, ({ name, value }) => ({ name, value })).filter(
      ({ name }) => !kept.includes(name),
    ),
    policies: Array.from(ports.policies.all('policy'), policyJson),
    exchanges: topologies.flatMap((topology) => exchanges(topology)),
    queues: topologies.flatMap((topology) => queues(topology)),
    bindings: topologies.flatMap((topology) => bindings(topology)),
  }
}

/** The definitions of one virtual host, which can be read into any other. */
export function exportVhost(ports: ExportPorts, record: VhostRecord): JsonObject {
  const topology = ports.vhosts.topology(record.name)!
  return {
    ...header(ports.origin()),
    rabbitmq_definition_format: 'single_virtual_host',
    original_vhost_name: record.name,
    explanation: `Definitions of virtual host '${record.name}'`,
    metadata: metadata(record, ports.defaultQueueType),
    description: record.description ?? '',
    limits: ports.vhostLimits(record.name),
    parameters: parameters(ports, record.name).map(placeless),
    policies: Array.from(ports.policies.all('policy'), policyJson)
      .filter(({ vhost }) => vhost === record.name)
      .map(placeless),
    exchanges: exchanges(topology).map(placeless),
    queues: queues(topology).map(placeless),
    bindings: bindings(topology).map(placeless),
  }
}

/** Global parameters that belong to this broker and to no other. */
const kept = ['internal_cluster_id', 'imported_definition_hash_value', 'cluster_name']

function header({ productName, productVersion, rabbitmqVersion }: Origin): JsonObject {
  return {
    rabbit_version: rabbitmqVersion,
    rabbitmq_version: rabbitmqVersion,
    product_name: productName,
    product_version: productVersion,
  }
}

function placeless({ vhost: _, ...rest }: JsonObject): JsonObject {
  return rest
}

function metadata(record: VhostRecord, defaultQueueType: string): JsonObject {
  return {
    description: record.description ?? '',
    tags: record.tags ?? [],
    default_queue_type: record.defaultQueueType ?? defaultQueueType,
  }
}

/** Operator policies are parameters to RabbitMQ. */
function parameters(ports: ExportPorts, vhost: string | undefined): JsonObject[] {
  const operatorPolicies = Array.from(ports.policies.all('operator-policy'), (policy): JsonObject => {
    const { vhost, name, ...value } = policyJson(policy)
    return { vhost: vhost!, component: 'operator_policy', name: name!, value }
  })
  const others = Array.from(ports.parameters.all, ({ vhost, component, name, value }): JsonObject => {
    return { vhost, component, name, value }
  })
  return [...operatorPolicies, ...others].filter((parameter) => vhost === undefined || parameter.vhost === vhost)
}

function exchanges({ vhost }: Topology): JsonObject[] {
  return [...vhost.exchanges]
    .filter(({ name, durable }) => durable && !name.startsWith('amq.'))
    .map((exchange) => ({
      name: exchange.name,
      vhost: vhost.name,
      type: exchange.type.name,
      durable: exchange.durable,
      auto_delete: exchange.autoDelete,
      internal: exchange.internal,
      arguments: tableToJson(exchange.arguments),
    }))
}

function queues({ vhost }: Topology): JsonObject[] {
  return [...vhost.queues]
    .filter(({ durable, owner }) => durable && owner === undefined)
    .map((queue) => ({
      name: queue.name,
      vhost: vhost.name,
      type: queue.type,
      durable: queue.durable,
      auto_delete: queue.autoDelete,
      arguments: tableToJson(queue.arguments),
    }))
}

function bindings({ vhost }: Topology): JsonObject[] {
  const result: { [name: string]: JsonValue }[] = []
  for (const exchange of vhost.exchanges) {
    if (!exchange.durable) continue
    for (const { destination, routingKey, arguments: arguments_ } of exchange.bindings) {
      if (!destination.durable) continue
      result.push({
        source: exchange.name,
        vhost: vhost.name,
        destination: destination.name,
        destination_type: destination instanceof Exchange ? 'exchange' : 'queue',
        routing_key: routingKey,
        arguments: tableToJson(arguments_),
      })
    }
  }
  return result
}
