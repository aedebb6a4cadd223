import {
  type Table,
  type TableValue,
  tableBoolean,
  tableGet,
  tableInteger,
  tableString,
  tableTypeName,
} from '../std/table.ts'
import { tableValuesEqual } from '../std/table-equality.ts'
import { checkArguments, invalidArgument, type QueueTypeName } from './argument-rule.ts'
import { erlangTerm } from './erlang-term.ts'
import { Fault } from './fault.ts'
import {
  checkQueueType,
  type DeadLetterStrategy,
  type DelayedRetry,
  deadLetterStrategies,
  delayedRetries,
  type Overflow,
  overflows,
  queueArgumentRules,
  queueTypes,
} from './queue-argument-rules.ts'

/** The arguments of a queue, checked. */
export interface QueueArguments {
  readonly messageTtlMilliseconds: number | undefined
  readonly expiresMilliseconds: number | undefined
  readonly maxLength: number | undefined
  readonly maxLengthBytes: number | undefined
  /** Undefined: not said, which means `drop-head`. */
  readonly overflow: Overflow | undefined
  /** The empty string is the default exchange. */
  readonly deadLetterExchange: string | undefined
  /** Undefined: dead letters keep their routing keys. */
  readonly deadLetterRoutingKey: string | undefined
  /** Undefined: not said, which means `at-most-once`. */
  readonly deadLetterStrategy: DeadLetterStrategy | undefined
  readonly maxPriority: number | undefined
  readonly singleActiveConsumer: boolean
  readonly consumerTimeoutMilliseconds: number | undefined
  /** Failed attempts a message survives; negative for any number. */
  readonly deliveryLimit: number | undefined
  /** Which returned messages wait before they are handed out again. */
  readonly delayedRetry: DelayedRetry | undefined
  readonly delayedRetryMinMilliseconds: number | undefined
  readonly delayedRetryMaxMilliseconds: number | undefined
}

/** The queue type asked for by name; undefined when none is. Throws a Fault for one nobody knows. */
export function requestedQueueType(arguments_: Table, description: string): QueueTypeName | undefined {
  const value = tableGet(arguments_, 'x-queue-type')
  if (value === undefined) return undefined
  const reason = checkQueueType(value)
  if (reason !== undefined) throw invalidArgument('x-queue-type', description, reason)
  return queueTypes.find((type) => type === tableString(value))
}

/** The arguments of a queue of that type; throws a Fault for what RabbitMQ would refuse. */
export function parseQueueArguments(type: QueueTypeName, arguments_: Table, description: string): QueueArguments {
  requireStringArgument(arguments_, 'x-dead-letter-exchange', description)
  requestedQueueType(arguments_, description)
  checkArguments(queueArgumentRules, type, { arguments: arguments_, description })
  if (arguments_.every(([name]) => name === 'x-queue-type')) return noArguments
  return read(arguments_)
}

function read(arguments_: Table): QueueArguments {
  const number = (name: string) => numberOf(tableGet(arguments_, name))
  const text = (name: string) => tableString(tableGet(arguments_, name))
  return Object.freeze({
    messageTtlMilliseconds: number('x-message-ttl'),
    expiresMilliseconds: number('x-expires'),
    maxLength: number('x-max-length'),
    maxLengthBytes: number('x-max-length-bytes'),
    overflow: overflows.find((overflow) => overflow === text('x-overflow')),
    deadLetterExchange: text('x-dead-letter-exchange'),
    deadLetterRoutingKey: text('x-dead-letter-routing-key'),
    deadLetterStrategy: deadLetterStrategies.find((strategy) => strategy === text('x-dead-letter-strategy')),
    maxPriority: number('x-max-priority'),
    singleActiveConsumer: tableBoolean(tableGet(arguments_, 'x-single-active-consumer')) ?? false,
    consumerTimeoutMilliseconds: number('x-consumer-timeout'),
    deliveryLimit: number('x-delivery-limit'),
    delayedRetry: delayedRetries.find((type) => type === text('x-delayed-retry-type')),
    delayedRetryMinMilliseconds: number('x-delayed-retry-min'),
    delayedRetryMaxMilliseconds: number('x-delayed-retry-max'),
  })
}

/** Those of a queue that was declared without any, which most share. */
const noArguments = read([])

/**
 * The text of an argument that names an exchange, undefined without it. A wrong type has a text of
 * its own, which comes before all other checks.
 */
export function requireStringArgument(arguments_: Table, name: string, description: string): string | undefined {
  const value = tableGet(arguments_, name)
  if (value === undefined || value.tag === 'S') return tableString(value)
  throw new Fault('precondition-failed', `invalid type '${tableTypeName(value)}' for arg '${name}' in ${description}`)
}

function numberOf(value: TableValue | undefined): number | undefined {
  const integer = tableInteger(value)
  return integer === undefined ? undefined : Number(integer)
}

/** What a redeclaration of an exchange must repeat. */
export interface ExchangeShape {
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: Table
}

/** What a redeclaration of a queue must repeat. */
export interface QueueShape {
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly arguments: Table
}

/** Throws a Fault unless `declared` is what the exchange already is. */
export function requireEquivalentExchange(current: ExchangeShape, declared: ExchangeShape, description: string): void {
  requireSame('type', description, [declared.type, current.type])
  requireSame('durable', description, [declared.durable, current.durable])
  requireSame('auto_delete', description, [declared.autoDelete, current.autoDelete])
  requireSame('internal', description, [declared.internal, current.internal])
  requireSameArgument('alternate-exchange', description, [declared.arguments, current.arguments])
}

/** Throws a Fault unless `declared` is what the queue already is; arguments its type does not list may differ. */
export function requireEquivalentQueue(
  current: QueueShape & { readonly type: string },
  declared: QueueShape,
  description: string,
): void {
  requireSame('durable', description, [declared.durable, current.durable])
  requireSame('auto_delete', description, [declared.autoDelete, current.autoDelete])
  for (const { name, acceptedBy, comparedBy = acceptedBy } of queueArgumentRules) {
    if (!comparedBy.includes(current.type as QueueTypeName)) continue
    requireSameArgument(name, description, [declared.arguments, current.arguments])
  }
}

type Pair<T> = readonly [received: T, current: T]

function requireSame(name: string, description: string, [received, current]: Pair<string | boolean>): void {
  if (received !== current) throw inequivalent(name, description, [`'${received}'`, `'${current}'`])
}

/** Types show only where one side has nothing: RabbitMQ compares and prints bare values. */
function requireSameArgument(name: string, description: string, [received, current]: Pair<Table>): void {
  const values = [tableGet(received, name), tableGet(current, name)] as const
  if (same(values) || (name === 'x-queue-type' && isClassicSaidAndUnsaid(values))) return
  const shown = values[0] === undefined || values[1] === undefined ? typed : bare
  throw inequivalent(name, description, [shown(values[0]), shown(values[1])])
}

function inequivalent(name: string, description: string, [received, current]: Pair<string>): Fault {
  const text = `inequivalent arg '${name}' for ${description}: received ${received} but current is ${current}`
  return new Fault('precondition-failed', text)
}

/** Integers of any width, floats of either, and strings of either type are the same when their values are. */
function same([a, b]: Pair<TableValue | undefined>): boolean {
  if (tableValuesEqual(a, b)) return true
  if (a === undefined || b === undefined) return false
  if ((a.tag === 'S' || a.tag === 'x') && (b.tag === 'S' || b.tag === 'x')) return a.value.equals(b.value)
  if (isFloat(a) || isFloat(b)) return isFloat(a) && isFloat(b) && a.value === b.value
  const number = numeric(a)
  // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint of the same value are equal
  return number !== undefined && number == numeric(b)
}

function numeric(value: TableValue): number | bigint | undefined {
  return value.tag === 'T' ? value.value : tableInteger(value)
}

function isFloat(value: TableValue): value is TableValue & { readonly tag: 'f' | 'd' } {
  return value.tag === 'f' || value.tag === 'd'
}

/** A queue that was declared without a type is a classic one. */
function isClassicSaidAndUnsaid([a, b]: Pair<TableValue | undefined>): boolean {
  return (a === undefined && tableString(b) === 'classic') || (b === undefined && tableString(a) === 'classic')
}

function typed(value: TableValue | undefined): string {
  return value === undefined ? 'none' : `the value ${bare(value)} of type '${tableTypeName(value)}'`
}

function bare(value: TableValue | undefined): string {
  if (value === undefined) return 'none'
  return `'${value.tag === 'S' || value.tag === 'x' ? value.value.toString('utf8') : erlangTerm(value)}'`
}
