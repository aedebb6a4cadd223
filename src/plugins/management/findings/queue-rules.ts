import type { Broker } from '../../../broker/broker.ts'
import type { Queue } from '../../../broker/queue.ts'
import type { Node } from '../../../plugin.ts'
import { tableGet } from '../../../std/table.ts'
import { counted, type Finding } from './finding.ts'
import type { Observations } from './observations.ts'

const MINUTE = 60_000
const WEEK = 7 * 24 * 60 * MINUTE

/** A queue grows for so long before it is told of. */
const GROWING_MILLISECONDS = 5 * MINUTE

/** A delivery is with a consumer for so long before that seems stuck. */
const STUCK_MILLISECONDS = MINUTE

/** Messages delivered again, for each that is done with. */
const REDELIVERIES_MAX = 3

/** A limit is near beyond this share of it. */
const NEAR = 0.8

/** What looks wrong about queues. */
export function findInQueues(broker: Broker, node: Node, observations: Observations): Finding[] {
  const full = fullConsumers(node)
  const idle = broker.clock.now() - node.startedAt >= WEEK
  const found: Finding[] = []
  for (const vhost of broker.virtualHosts) {
    for (const queue of vhost.queues) {
      const about = { vhost: queue.vhost, kind: 'queue', name: queue.name }
      const findings = [
        growing(queue, observations, broker.clock.monotonic()),
        unconsumed(queue),
        stuck(queue, full.get(queueKey(queue.vhost, queue.name)), broker.clock.monotonic()),
        looping(queue, observations),
        dying(queue, observations),
        nearlyFull(queue),
        idle ? neverConsumed(queue) : undefined,
      ]
      for (const finding of findings) if (finding !== undefined) found.push({ ...about, ...finding })
    }
  }
  return found
}

type QueueFinding = Omit<Finding, 'vhost' | 'kind' | 'name'> | undefined

function growing(queue: Queue, observations: Observations, now: number): QueueFinding {
  const change = observations.of(queue)
  if (change?.growingSince === undefined || now - change.growingSince < GROWING_MILLISECONDS) return undefined
  const { growthRate } = change
  const max = lengthMax(queue)
  const left = max === undefined ? undefined : Math.round((max - queue.depth) / growthRate)
  const until = left === undefined ? '' : `; it reaches its limit in ${counted(Math.max(0, left), 'second')}`
  return {
    rule: 'queue_growing',
    severity: 'warning',
    text: `Queue '${queue.name}' has grown for ${counted(Math.round((now - change.growingSince) / MINUTE), 'minute')}, by ${growthRate.toFixed(1)} messages a second${until}.`,
    fix: 'Add consumers, make them faster, or publish less.',
    values: { rate: growthRate, messages: queue.depth, ...(left === undefined ? {} : { seconds_to_limit: left }) },
  }
}

function unconsumed(queue: Queue): QueueFinding {
  if (queue.depth === 0 || queue.consumerCount > 0 || queue.type === 'stream') return undefined
  return {
    rule: 'queue_without_consumer',
    severity: 'warning',
    text: `Queue '${queue.name}' has ${counted(queue.depth, 'message')} and no consumer.`,
    fix: 'Start a consumer, or give messages a time to live.',
    values: { messages: queue.depth },
  }
}

/** Every consumer has all it may have, and has had it for long. */
function stuck(queue: Queue, isFull: boolean | undefined, now: number): QueueFinding {
  if (isFull !== true || queue.unsettled === 0) return undefined
  const [oldest] = queue.handedOut()
  const age = oldest === undefined ? 0 : now - oldest.deliveredAt
  if (age < STUCK_MILLISECONDS) return undefined
  return {
    rule: 'consumer_stuck',
    severity: 'warning',
    text: `All consumers of queue '${queue.name}' hold as many messages as they may, the oldest for ${counted(Math.round(age / 1000), 'second')}.`,
    fix: 'See what they are waiting for; they do not acknowledge. A higher prefetch only hides it.',
    values: { messages_unacknowledged: queue.unsettled, oldest_seconds: Math.round(age / 1000) },
  }
}

function looping(queue: Queue, observations: Observations): QueueFinding {
  const change = observations.of(queue)
  if (change === undefined || change.redelivered < 10) return undefined
  if (change.redelivered <= REDELIVERIES_MAX * Math.max(1, change.acknowledged)) return undefined
  return {
    rule: 'redelivery_loop',
    severity: 'warning',
    text: `Queue '${queue.name}' delivered ${counted(change.redelivered, 'message')} again within ${counted(Math.round(change.elapsed / 1000), 'second')}, and ${counted(change.acknowledged, 'message')} were acknowledged.`,
    fix: 'Consumers put messages back that they cannot handle: reject them into a dead-letter exchange instead.',
    values: { redelivered: change.redelivered, acknowledged: change.acknowledged },
  }
}

function dying(queue: Queue, observations: Observations): QueueFinding {
  const change = observations.of(queue)
  if (change === undefined || change.died === 0) return undefined
  return {
    rule: 'dead_letters_rising',
    severity: 'info',
    text: `Queue '${queue.name}' threw out ${counted(change.died, 'message')} within ${counted(Math.round(change.elapsed / 1000), 'second')}: expired, rejected, or beyond its length.`,
    fix: 'Look at the dead letters; their header x-death says why.',
    values: { died: change.died },
  }
}

function nearlyFull(queue: Queue): QueueFinding {
  const max = lengthMax(queue)
  if (max === undefined || max === 0 || queue.depth < max * NEAR || queue.depth === 0) return undefined
  return {
    rule: 'queue_length_limit',
    severity: 'warning',
    text: `Queue '${queue.name}' has ${counted(queue.depth, 'message')} of the ${max.toLocaleString('en')} it may have.`,
    fix: 'Add consumers, or raise max-length.',
    values: { messages: queue.depth, limit: max },
  }
}

function neverConsumed(queue: Queue): QueueFinding {
  const { deliver, deliverNoAck, get, getNoAck } = queue.counters
  if (deliver + deliverNoAck + get + getNoAck > 0 || queue.consumerCount > 0 || queue.depth === 0) return undefined
  return {
    rule: 'queue_never_consumed',
    severity: 'info',
    text: `Nobody has taken a message from queue '${queue.name}' since the broker started, more than 7 days ago.`,
    fix: 'If nobody needs it any more, delete it.',
    values: { messages: queue.depth },
  }
}

/** The lower of argument and policy. */
function lengthMax(queue: Queue): number | undefined {
  const declared = tableGet(queue.arguments, 'x-max-length')
  const own = declared !== undefined && 'value' in declared ? declared.value : undefined
  const limits = [own, queue.policy.definition['max-length']]
    .filter((limit) => typeof limit === 'number' || typeof limit === 'bigint')
    .map(Number)
  return limits.length === 0 ? undefined : Math.min(...limits)
}

/** Whether all consumers of a queue hold as many deliveries as they may, by queue. */
function fullConsumers(node: Node): Map<string, boolean> {
  const full = new Map<string, boolean>()
  for (const connection of node.connections()) {
    for (const channel of connection.channels()) {
      if (channel.consumerCount === 0) continue
      for (const { queue, prefetchCount, unacknowledged } of channel.consumers()) {
        const key = queueKey(connection.vhost, queue)
        const isFull = prefetchCount > 0 && unacknowledged >= prefetchCount
        full.set(key, (full.get(key) ?? true) && isFull)
      }
    }
  }
  return full
}

function queueKey(vhost: string, name: string): string {
  return `${vhost}\0${name}`
}
