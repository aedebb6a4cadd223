import {
  emptyTable,
  longString,
  type Table,
  type TableValue,
  tableGet,
  tableInteger,
  tableSet,
  tableString,
} from '../std/table.ts'
import type { Properties } from './properties.ts'
import type { DeadLetterReason } from './queues/context.ts'

/** How a message was thrown out of a queue. */
export interface Death {
  readonly reason: DeadLetterReason
  readonly queue: string
  /** Where the message had been published to, and with which keys (those of `CC` too, of `BCC` not). */
  readonly exchange: string
  readonly routingKeys: readonly string[]
  readonly timeSeconds: number
}

/**
 * The headers of a dead letter: those of the message, with `x-death` telling of this death too.
 * `x-death` is an array of tables, the last death first, with one entry for each queue and reason;
 * another death of the same kind counts it up, and keeps what was said of the first one.
 */
export function withDeath(properties: Properties, death: Death): Table {
  const headers = properties.headers ?? emptyTable
  const history = deathsIn(headers)
  const index = history.findIndex((entry) => isOf(entry, death))
  const again = history[index]
  const entry = again === undefined ? newEntry(properties, death) : countedUp(again)
  const deaths = [entry, ...history.filter((_, other) => other !== index)]
  let result = tableSet(headers, 'x-death', { tag: 'A', value: deaths.map((value) => ({ tag: 'F', value })) })
  if (history.length === 0) result = withSummary(result, 'x-first-death', death)
  return withSummary(result, 'x-last-death', death)
}

/**
 * Whether giving the message to `queue` would close a circle that nobody but the broker turns: it
 * died there before, and neither then nor since because a consumer rejected it.
 */
export function isAutomaticCycle(headers: Table, queue: string): boolean {
  for (const entry of deathsIn(headers)) {
    if (reasonOf(entry) === 'rejected') return false
    if (queueOf(entry) === queue) return true
  }
  return false
}

/** Where a dead letter was before it died: the queue, and what it had been published with. */
export interface DeathOrigin {
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
}

/** Of the last death; undefined for a message that never died. */
export function originOf({ headers = emptyTable }: Properties): DeathOrigin | undefined {
  const [last] = deathsIn(headers)
  const queue = last === undefined ? undefined : queueOf(last)
  if (last === undefined || queue === undefined) return undefined
  const keys = tableGet(last, 'routing-keys')
  const routingKey = keys?.tag === 'A' ? tableString(keys.value[0]) : undefined
  return { queue, exchange: tableString(tableGet(last, 'exchange')) ?? '', routingKey: routingKey ?? '' }
}

/** The deaths so far; whatever a client put there that cannot be one is not counted. */
function deathsIn(headers: Table): Table[] {
  const value = tableGet(headers, 'x-death')
  if (value?.tag !== 'A') return []
  return value.value.flatMap((item) => (item.tag === 'F' && isDeath(item.value) ? [item.value] : []))
}

function isDeath(entry: Table): boolean {
  const count = countOf(entry)
  return queueOf(entry) !== undefined && reasonOf(entry) !== undefined && typeof count === 'number' && count > 0
}

function isOf(entry: Table, death: Death): boolean {
  return queueOf(entry) === death.queue && reasonOf(entry) === death.reason
}

function queueOf(entry: Table): string | undefined {
  return tableString(tableGet(entry, 'queue'))
}

function reasonOf(entry: Table): string | undefined {
  return tableString(tableGet(entry, 'reason'))
}

function countOf(entry: Table): number | bigint | undefined {
  return tableInteger(tableGet(entry, 'count'))
}

function countedUp(entry: Table): Table {
  return tableSet(entry, 'count', long(BigInt(countOf(entry) ?? 0) + 1n))
}

function newEntry(properties: Properties, death: Death): Table {
  const entry: Table = [
    ['count', long(1n)],
    ['reason', longString(death.reason)],
    ['queue', longString(death.queue)],
    ['time', { tag: 'T', value: BigInt(death.timeSeconds) }],
    ['exchange', longString(death.exchange)],
    ['routing-keys', { tag: 'A', value: death.routingKeys.map(longString) }],
  ]
  if (properties.expiration === undefined) return entry
  return [...entry, ['original-expiration', longString(properties.expiration)]]
}

function withSummary(headers: Table, prefix: 'x-first-death' | 'x-last-death', death: Death): Table {
  let result = tableSet(headers, `${prefix}-reason`, longString(death.reason))
  result = tableSet(result, `${prefix}-queue`, longString(death.queue))
  return tableSet(result, `${prefix}-exchange`, longString(death.exchange))
}

function long(value: bigint): TableValue {
  return { tag: 'l', value }
}
