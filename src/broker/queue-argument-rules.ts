import { type Table, type TableValue, tableGet, tableInteger, tableString } from '../std/table.ts'
import { ageMilliseconds } from './age.ts'
import {
  type ArgumentRule,
  checkBoolean,
  checkInteger,
  checkMilliseconds,
  checkNotNegative,
  checkPositive,
  checkPriorityMax,
  checkString,
  checkWord,
  type QueueTypeName,
  type Reason,
} from './argument-rule.ts'

/** What a queue does with a message that would make it longer than it may be. */
export type Overflow = 'drop-head' | 'reject-publish' | 'reject-publish-dlx'

/** The values of `x-overflow`. */
export const overflows: readonly Overflow[] = ['drop-head', 'reject-publish', 'reject-publish-dlx']
/** Whether a dead letter may be lost on its way, or stays where it is until it has arrived. */
export type DeadLetterStrategy = 'at-most-once' | 'at-least-once'

/** The values of `x-dead-letter-strategy`. */
export const deadLetterStrategies: readonly DeadLetterStrategy[] = ['at-most-once', 'at-least-once']

/** Which returned messages are held back: none, all, those of failed attempts, or the others. */
export type DelayedRetry = 'disabled' | 'all' | 'failed' | 'returned'

/** The values of `x-delayed-retry-type`. */
export const delayedRetries: readonly DelayedRetry[] = ['disabled', 'all', 'failed', 'returned']
/** The values of `x-queue-type`. */
export const queueTypes: readonly QueueTypeName[] = ['classic', 'quorum', 'stream']
const locators = ['client-local', 'balanced', 'random', 'least-leaders', 'min-masters']
const all = queueTypes
const classic = ['classic'] as const
const quorum = ['quorum'] as const
const stream = ['stream'] as const
const classicAndQuorum = ['classic', 'quorum'] as const

/** Every argument of queue.declare, in the order in which RabbitMQ checks and compares them. */
export const queueArgumentRules: readonly ArgumentRule[] = [
  { name: 'x-expires', acceptedBy: classicAndQuorum, check: checkExpires },
  { name: 'x-message-ttl', acceptedBy: classicAndQuorum, check: checkMilliseconds },
  { name: 'x-dead-letter-exchange', acceptedBy: classicAndQuorum, check: checkString },
  { name: 'x-dead-letter-routing-key', acceptedBy: classicAndQuorum, check: checkDeadLetterRoutingKey },
  {
    name: 'x-dead-letter-strategy',
    acceptedBy: quorum,
    check: checkWord(deadLetterStrategies, 'invalid_dlx_strategy'),
  },
  { name: 'x-max-length', acceptedBy: classicAndQuorum, check: checkNotNegative },
  { name: 'x-max-length-bytes', acceptedBy: all, check: checkNotNegative },
  { name: 'x-max-in-memory-length', acceptedBy: quorum, check: checkNotNegative },
  { name: 'x-max-in-memory-bytes', acceptedBy: quorum, check: checkNotNegative },
  { name: 'x-max-priority', acceptedBy: classic, check: checkPriorityMax },
  { name: 'x-overflow', acceptedBy: classicAndQuorum, check: checkWord(overflows, 'invalid_overflow') },
  // Kept so that old clients can declare; nothing is lazy or eager here.
  { name: 'x-queue-mode', acceptedBy: classic },
  { name: 'x-queue-version', acceptedBy: classic, check: checkVersion },
  { name: 'x-single-active-consumer', acceptedBy: classicAndQuorum, check: checkBoolean },
  { name: 'x-queue-type', acceptedBy: all, check: checkQueueType },
  { name: 'x-quorum-initial-group-size', acceptedBy: quorum, check: checkPositive },
  { name: 'x-max-age', acceptedBy: stream, check: checkMaxAge },
  { name: 'x-stream-max-segment-size-bytes', acceptedBy: stream, check: checkNotNegative },
  { name: 'x-stream-filter-size-bytes', acceptedBy: stream, check: checkNotNegative },
  { name: 'x-initial-cluster-size', acceptedBy: stream, check: checkPositive },
  { name: 'x-queue-master-locator', acceptedBy: classic },
  { name: 'x-queue-leader-locator', acceptedBy: all, check: checkWord(locators, 'invalid_queue_locator_arg') },
  { name: 'x-delivery-limit', acceptedBy: quorum, check: checkInteger },
  // RabbitMQ up to 4.2 took it on every type and compared it on none; from 4.3 only quorum queues know it.
  { name: 'x-consumer-timeout', acceptedBy: all, comparedBy: quorum, check: checkNotNegative },
  // RabbitMQ's plug-in for it adds no rule: any value is taken, and only classic queues heed it.
  { name: 'x-message-deduplication', acceptedBy: all, comparedBy: [] },
  { name: 'x-consumer-disconnected-timeout', acceptedBy: quorum, check: checkNotNegative },
  { name: 'x-quorum-target-group-size', acceptedBy: quorum, check: checkPositive },
  { name: 'x-delayed-retry-type', acceptedBy: quorum, check: checkDelayedRetry },
  { name: 'x-delayed-retry-min', acceptedBy: quorum, check: checkNotNegative },
  { name: 'x-delayed-retry-max', acceptedBy: quorum, check: checkDelayedRetryMax },
]

function checkExpires(value: TableValue): Reason {
  return tableInteger(value) === 0 ? '{value_zero,0}' : checkMilliseconds(value)
}

function checkDeadLetterRoutingKey(value: TableValue, arguments_: Table): Reason {
  if (value.tag !== 'S') return checkString(value)
  return tableGet(arguments_, 'x-dead-letter-exchange') === undefined ? 'routing_key_but_no_dlx_defined' : undefined
}

function checkDelayedRetry(value: TableValue, arguments_: Table): Reason {
  const reason = checkWord(delayedRetries, 'invalid_delayed_retry_type')(value)
  if (reason !== undefined || tableString(value) === 'disabled') return reason
  return tableGet(arguments_, 'x-delayed-retry-min') === undefined ? 'delayed_retry_min_required' : undefined
}

function checkDelayedRetryMax(value: TableValue, arguments_: Table): Reason {
  const max = tableInteger(value)
  const min = tableInteger(tableGet(arguments_, 'x-delayed-retry-min'))
  if (max !== undefined && min !== undefined && max < min) return 'delayed_retry_max_less_than_min'
  return checkNotNegative(value)
}

function checkVersion(value: TableValue): Reason {
  const version = tableInteger(value)
  if (version === undefined) return checkInteger(value)
  return version === 1 || version === 2 ? undefined : `"unsupported queue version '${version}'"`
}

/** The name of a queue type. */
export function checkQueueType(value: TableValue): Reason {
  const text = tableString(value)
  if (text === undefined) return checkString(value)
  return queueTypes.some((type) => type === text) ? undefined : `"unsupported queue type '${text}'"`
}

function checkMaxAge(value: TableValue): Reason {
  const text = tableString(value)
  if (text === undefined) return checkString(value)
  return ageMilliseconds(text) === undefined ? 'invalid_max_age' : undefined
}
