import { type Table, type TableValue, tableGet, tableInteger, tableString, tableTypeName } from '../std/table.ts'
import { ageMilliseconds } from './age.ts'
import {
  type ArgumentRule,
  checkArguments,
  checkInteger,
  checkNotNegative,
  type QueueTypeName,
  type Reason,
} from './argument-rule.ts'
import { erlangTerm } from './erlang-term.ts'

/** The arguments of a consumer, checked. */
export interface ConsumerArguments {
  /** Higher is served first. */
  readonly priority: number
  readonly consumerTimeoutMilliseconds: number | undefined
}

const all = ['classic', 'quorum', 'stream'] as const
const stream = ['stream'] as const

/** Every argument of basic.consume. */
const consumerArgumentRules: readonly ArgumentRule[] = [
  { name: 'x-priority', acceptedBy: ['classic', 'quorum'], check: checkInteger },
  // Quorum queues only, says RabbitMQ 4.3; taken from everybody here, as `x-consumer-timeout` of queues is.
  { name: 'x-consumer-timeout', acceptedBy: all, check: checkNotNegative },
  { name: 'x-stream-offset', acceptedBy: stream, check: checkStreamOffset },
  { name: 'x-stream-filter', acceptedBy: stream },
  { name: 'x-stream-match-unfiltered', acceptedBy: stream },
]

/** The arguments of a consumer of a queue of that type; throws a Fault for what RabbitMQ would refuse. */
export function parseConsumerArguments(type: string, arguments_: Table, description: string): ConsumerArguments {
  // A type that is none of the three (the reply-to pseudo queue) takes what classic queues take.
  const judge: QueueTypeName = type === 'quorum' || type === 'stream' ? type : 'classic'
  checkArguments(consumerArgumentRules, judge, { arguments: arguments_, description })
  const timeout = tableInteger(tableGet(arguments_, 'x-consumer-timeout'))
  return {
    priority: Number(tableInteger(tableGet(arguments_, 'x-priority')) ?? 0),
    consumerTimeoutMilliseconds: timeout === undefined ? undefined : Number(timeout),
  }
}

const streamStarts = ['first', 'last', 'next']

function checkStreamOffset(value: TableValue): Reason {
  if (value.tag === 'T' || tableInteger(value) !== undefined) return undefined
  const text = tableString(value)
  if (text !== undefined && (streamStarts.includes(text) || ageMilliseconds(text) !== undefined)) return undefined
  return `{invalid_stream_offset_arg,{${tableTypeName(value)},${erlangTerm(value)}}}`
}
