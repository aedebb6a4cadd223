import type { Queue } from '../../broker/queue.ts'
import type { Node } from '../../plugin.ts'
import { tableToJson } from '../../std/table-json.ts'
import type { JsonObject } from './listing.ts'

/** A queue in lists. */
export function showQueue(queue: Queue, node: Node): JsonObject {
  const { name, vhost, type, durable, autoDelete, owner, depth, unsettled, consumerCount, policy } = queue
  return {
    name,
    vhost,
    type,
    durable,
    auto_delete: autoDelete,
    exclusive: owner !== undefined,
    arguments: tableToJson(queue.arguments),
    node: node.name,
    state: 'running',
    internal: false,
    internal_owner: false,
    consumers: consumerCount,
    messages: depth + unsettled,
    messages_details: { rate: 0 },
    messages_ready: depth,
    messages_ready_details: { rate: 0 },
    messages_unacknowledged: unsettled,
    messages_unacknowledged_details: { rate: 0 },
    policy: policy.policy ?? null,
    operator_policy: policy.operatorPolicy ?? null,
    effective_policy_definition: { ...policy.definition },
    ...membersOf(type, node.name),
    ...(queue.deliveryLimit === undefined ? {} : limitOf(queue.deliveryLimit)),
  }
}

/** How often a delivery may fail. */
function limitOf(deliveryLimit: number): JsonObject {
  return { delivery_limit: deliveryLimit < 0 ? 'unlimited' : deliveryLimit }
}

/** Who has a queue that is made for several nodes: here one. */
function membersOf(type: string, node: string): JsonObject {
  return type === 'quorum' || type === 'stream' ? { leader: node, members: [node], online: [node] } : {}
}

/** A queue on its own. */
export function showQueueDetails(queue: Queue, node: Node): JsonObject {
  return { ...showQueue(queue, node), consumer_details: [], deliveries: [], incoming: [] }
}
