import type { ConsumerInfo } from '../../broker/connection-info.ts'
import type { Queue } from '../../broker/queue.ts'
import type { QueueFigures } from '../../broker/queue-figures.ts'
import type { Node } from '../../plugin.ts'
import { tableToJson } from '../../std/table-json.ts'
import { processGarbage, showConsumer } from './connection-json.ts'
import type { Json, JsonObject } from './listing.ts'
import { lengthNames, queueStatisticNames } from './statistics/meters.ts'
import type { SampleRanges } from './statistics/sample-range.ts'
import type { Surroundings } from './surroundings.ts'

/** Bytes a queue takes beside its messages, about. */
const EMPTY_QUEUE_BYTES = 2000

/** A queue in lists. */
export function showQueue(queue: Queue, surroundings: Surroundings, ranges: SampleRanges = {}): JsonObject {
  const history = ranges.lengths !== undefined || ranges.messages !== undefined
  const figures = surroundings.monitor.look('queues', queue, { history })
  const { policy } = queue
  const shown: Record<string, Json> = {
    ...identity(queue, surroundings.node),
    internal: false,
    internal_owner: false,
    consumers: queue.consumerCount,
    consumer_capacity: capacity(queue),
    consumer_utilisation: capacity(queue),
    message_stats: figures.section(queueStatisticNames, ranges.messages),
    policy: policy.policy ?? null,
    operator_policy: policy.operatorPolicy ?? null,
    effective_policy_definition: { ...policy.definition },
    ...membersOf(queue.type, surroundings.node.name),
    ...(queue.deliveryLimit === undefined ? {} : limitOf(queue.deliveryLimit)),
    garbage_collection: { ...processGarbage },
    reductions: 0,
    reductions_details: { rate: 0 },
    ...showFigures(queue, queue.figures(), surroundings.node),
  }
  figures.write(shown, lengthNames, ranges.lengths)
  return shown
}

/** A queue on its own, with those who read from it. */
export function showQueueDetails(queue: Queue, surroundings: Surroundings, ranges: SampleRanges): JsonObject {
  return {
    ...showQueue(queue, surroundings, ranges),
    consumer_details: consumersOf(queue, surroundings),
    deliveries: [],
    incoming: [],
    ...(queue.owner === undefined ? {} : { owner_pid_details: { name: queue.owner.name } }),
  }
}

/** A queue and how much is in it, for who wants nothing else (`disable_stats`). */
export function showQueueBriefly(queue: Queue, { node }: Surroundings): JsonObject {
  const { policy } = queue.policy
  return {
    ...identity(queue, node),
    ...(policy === undefined ? {} : { policy }),
    online: null,
    ...lengths(queue),
  }
}

/** How lists read what they are sorted by, without a look at anything else. */
export function peekQueue(path: string, { node, monitor }: Surroundings): ((queue: Queue) => Json) | undefined {
  const [, name, rate] = /^(?:message_stats\.)?(\w+?)(_details\.rate)?$/.exec(path) ?? []
  const names: readonly string[] = path.startsWith('message_stats.') ? queueStatisticNames : lengthNames
  if (name !== undefined && names.includes(name)) {
    if (rate !== undefined) return (queue) => monitor.rate('queues', queue, name)
    if (names === lengthNames) return (queue) => lengths(queue)[name]
    return (queue) => monitor.look('queues', queue).value(name)
  }
  if (path === 'consumers') return (queue) => queue.consumerCount
  if (path === 'policy') return (queue) => queue.policy.policy
  if (identityNames.has(path)) return (queue) => identity(queue, node)[path]
  if (figureNames.test(path)) return (queue) => showFigures(queue, queue.figures(), node)[path]
  return undefined
}

const identityNames: ReadonlySet<string> = new Set([
  'vhost',
  'type',
  'durable',
  'auto_delete',
  'exclusive',
  'state',
  'arguments',
])

/** What of a queue is told by its figures. */
const figureNames =
  /^(memory|message_bytes\w*|messages_(ram|ready_ram|unacknowledged_ram|persistent)|head_message_timestamp)$/

/** How often a delivery may fail. */
function limitOf(deliveryLimit: number): JsonObject {
  return { delivery_limit: deliveryLimit < 0 ? 'unlimited' : deliveryLimit }
}

/** Who has a queue that is made for several nodes: here one. */
function membersOf(type: string, node: string): JsonObject {
  return type === 'quorum' || type === 'stream' ? { leader: node, members: [node], online: [node] } : {}
}

function lengths({ depth, unsettled }: Queue): JsonObject {
  return { messages: depth + unsettled, messages_ready: depth, messages_unacknowledged: unsettled }
}

function identity(queue: Queue, node: Node): JsonObject {
  const { name, vhost, type, durable, autoDelete, owner } = queue
  return {
    name,
    vhost,
    type,
    durable,
    auto_delete: autoDelete,
    exclusive: owner !== undefined,
    arguments: tableToJson(queue.arguments),
    node: node.name,
    state: queue.paused === true ? 'paused' : 'running',
  }
}

/** Whether a message that came now would be handed out now. */
function capacity({ consumerCount, depth }: Queue): number {
  return consumerCount > 0 && depth === 0 ? 1 : 0
}

function showFigures(queue: Queue, figures: QueueFigures, node: Node): JsonObject {
  const { bytesReady, bytesUnsettled, readyInMemory, bytesReadyInMemory, stream } = figures
  const bytesInMemory = bytesReadyInMemory + bytesUnsettled
  return {
    memory: EMPTY_QUEUE_BYTES + bytesInMemory,
    message_bytes: bytesReady + bytesUnsettled,
    message_bytes_ready: bytesReady,
    message_bytes_unacknowledged: bytesUnsettled,
    message_bytes_ram: bytesInMemory,
    message_bytes_persistent: figures.bytesPersistent,
    messages_ready_ram: readyInMemory,
    messages_unacknowledged_ram: queue.unsettled,
    messages_ram: readyInMemory + queue.unsettled,
    messages_persistent: figures.persistent,
    head_message_timestamp: figures.headTimestamp ?? null,
    single_active_consumer_tag: figures.activeConsumer?.tag ?? null,
    exclusive_consumer_tag: figures.exclusiveConsumer?.tag ?? null,
    storage_version: 2,
    ...(stream === undefined ? {} : showStream(queue, stream, node)),
  }
}

/** What a stream has beside its messages. */
function showStream({ consumerCount }: Queue, stream: NonNullable<QueueFigures['stream']>, { name }: Node): JsonObject {
  const { segments, firstOffset, committedOffset, firstTimestamp } = stream
  return {
    readers: { [name]: consumerCount },
    segments,
    first_offset: firstOffset,
    committed_offset: committedOffset,
    first_timestamp: firstTimestamp ?? 0,
  }
}

function consumersOf({ name, vhost }: Queue, { node, broker }: Surroundings): JsonObject[] {
  const told = { name: node.name, consumerTimeoutMilliseconds: broker.settings.consumerTimeoutMilliseconds }
  const found: JsonObject[] = []
  for (const connection of node.connections()) {
    if (connection.vhost !== vhost) continue
    for (const channel of connection.channels()) {
      for (const consumer of channel.consumers() as Iterable<ConsumerInfo>) {
        if (consumer.queue === name) found.push(showConsumer(connection, channel, consumer, told))
      }
    }
  }
  return found
}
