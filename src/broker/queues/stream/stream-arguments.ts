import { type Table, type TableValue, tableBoolean, tableGet, tableInteger, tableString } from '../../../std/table.ts'
import type { QueueDeclaration } from '../../access.ts'
import { ageMilliseconds } from '../../age.ts'
import type { EffectivePolicy, PolicyValue } from '../../effective-policy.ts'
import { Fault } from '../../fault.ts'
import { parseQueueArguments } from '../../queue-arguments.ts'
import type { RetentionRules } from './retention.ts'
import { StreamFilter } from './stream-filter.ts'

/** What a stream goes by: its arguments and policies together. */
export interface StreamRules extends RetentionRules {
  /** Bytes of the filter of a chunk. */
  readonly filterBytes: number
}

/** Where a consumer begins. */
export type StreamStart =
  | { readonly from: 'first' | 'last' | 'next' }
  | { readonly from: 'offset'; readonly offset: number }
  /** With the first chunk that is not older. */
  | { readonly from: 'time'; readonly timestamp: number }

const SEGMENT_BYTES = 500_000_000
const SEGMENT_BYTES_MAX = 3_000_000_000
const FILTER_BYTES_MIN = 16
const FILTER_BYTES_MAX = 255

/** Throws a Fault with RabbitMQ's text for a declaration it would refuse. */
export function validateStream(declaration: QueueDeclaration, description: string): void {
  parseQueueArguments('stream', declaration.arguments, description)
  if (declaration.name === '') {
    throw new Fault('precondition-failed', 'Cannot declare a server-named queue for type rabbit_stream_queue')
  }
  for (const [property, isWrong] of [
    ['auto-delete', declaration.autoDelete],
    ['exclusive-owner', declaration.exclusive],
    ['non-durable', !declaration.durable],
  ] as const) {
    if (isWrong) throw new Fault('precondition-failed', `invalid property '${property}' for ${description}`)
  }
  const segmentBytes = integer(declaration.arguments, 'x-stream-max-segment-size-bytes')
  if (segmentBytes !== undefined && segmentBytes > SEGMENT_BYTES_MAX) {
    throw new Fault('precondition-failed', 'Exceeded max value for x-stream-max-segment-size-bytes')
  }
  const filterBytes = integer(declaration.arguments, 'x-stream-filter-size-bytes')
  if (filterBytes !== undefined && (filterBytes < FILTER_BYTES_MIN || filterBytes > FILTER_BYTES_MAX)) {
    throw new Fault('precondition-failed', 'Invalid value for  x-stream-filter-size-bytes')
  }
}

/** What a stream goes by: what policies say counts before what arguments say. */
export function streamRules(arguments_: Table, { definition }: EffectivePolicy): StreamRules {
  const either = (key: string): PolicyValue | undefined => {
    const value = tableGet(arguments_, `x-${key}`)
    return definition[key] ?? tableString(value) ?? integer(arguments_, `x-${key}`)
  }
  const number = (key: string): number | undefined => {
    const value = either(key)
    return typeof value === 'number' ? value : undefined
  }
  const age = either('max-age')
  const filterBytes = number('stream-filter-size-bytes') ?? FILTER_BYTES_MIN
  return {
    maxLengthBytes: number('max-length-bytes'),
    maxAgeMilliseconds: typeof age === 'string' ? ageMilliseconds(age) : undefined,
    segmentBytes: Math.min(number('stream-max-segment-size-bytes') ?? SEGMENT_BYTES, SEGMENT_BYTES_MAX),
    filterBytes: Math.min(Math.max(filterBytes, FILTER_BYTES_MIN), FILTER_BYTES_MAX),
  }
}

/** Where a consumer with these arguments begins; they were checked before (`consumer-arguments.ts`). */
export function streamStart(arguments_: Table, now: number): StreamStart {
  const value = tableGet(arguments_, 'x-stream-offset')
  if (value === undefined) return { from: 'next' }
  if (value.tag === 'T') return { from: 'time', timestamp: Number(value.value) * 1000 }
  const offset = tableInteger(value)
  if (offset !== undefined) return { from: 'offset', offset: Math.max(0, Number(offset)) }
  const text = tableString(value) ?? ''
  if (text === 'first' || text === 'last' || text === 'next') return { from: text }
  return { from: 'time', timestamp: now - (ageMilliseconds(text) ?? 0) }
}

/** What a consumer with these arguments wants to see; undefined for everything. */
export function streamFilter(arguments_: Table): StreamFilter | undefined {
  const wanted = tableGet(arguments_, 'x-stream-filter')
  const values = wanted?.tag === 'A' ? wanted.value : [wanted]
  if (wanted?.tag !== 'A' && wanted?.tag !== 'S') return undefined
  const texts = values.flatMap((value: TableValue | undefined) => (value?.tag === 'S' ? [value.value] : []))
  return new StreamFilter(texts, tableBoolean(tableGet(arguments_, 'x-stream-match-unfiltered')) ?? false)
}

function integer(arguments_: Table, name: string): number | undefined {
  const value = tableInteger(tableGet(arguments_, name))
  return value === undefined ? undefined : Number(value)
}
