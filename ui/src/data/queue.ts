import type { Details } from './samples.ts'
import { type QueueNow, queueKey, queuesNow } from './stream.ts'

/** A queue as lists have it; what was not asked for is absent. */
export interface Queue {
  readonly name: string
  readonly vhost: string
  readonly type: string
  readonly state?: string
  readonly durable?: boolean
  readonly auto_delete?: boolean
  readonly exclusive?: boolean
  readonly arguments?: Readonly<Record<string, unknown>>
  readonly policy?: string | null
  readonly operator_policy?: string | null
  readonly effective_policy_definition?: Readonly<Record<string, unknown>>
  readonly consumers?: number
  readonly messages?: number
  readonly messages_ready?: number
  readonly messages_unacknowledged?: number
  readonly message_bytes?: number
  readonly message_bytes_ready?: number
  readonly message_bytes_unacknowledged?: number
  readonly memory?: number
  readonly node?: string
  readonly messages_details?: Details
  readonly messages_ready_details?: Details
  readonly messages_unacknowledged_details?: Details
  readonly message_stats?: Readonly<Record<string, number | Details>>
  readonly head_message_timestamp?: number | null
  readonly first_timestamp?: number
  readonly segments?: number
  readonly first_offset?: number
  readonly committed_offset?: number
}

/** The rate of one of its counters, per second. */
export function rateOf(queue: Queue, counter: string): number | undefined {
  const details = queue.message_stats?.[`${counter}_details`]
  return typeof details === 'object' ? details.rate : undefined
}

/** The queue with what was told of it since it was asked for. */
export function currentQueue<T extends Queue>(queue: T): T {
  const now = queuesNow.value.get(queueKey(queue))
  return now === undefined ? queue : { ...queue, ...figures(queue, now) }
}

function figures(queue: Queue, now: QueueNow): Partial<Queue> {
  const rates = Object.entries(now.rates).map(([name, rate]) => [`${name}_details`, { rate }] as const)
  return {
    messages: now.messages,
    messages_ready: now.messages_ready,
    messages_unacknowledged: now.messages_unacknowledged,
    consumers: now.consumers,
    state: now.state,
    message_stats: { ...queue.message_stats, ...Object.fromEntries(rates) },
  }
}
