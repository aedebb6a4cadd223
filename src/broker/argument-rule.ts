import { type Table, type TableValue, tableGet, tableInteger, tableString, tableTypeName } from '../std/table.ts'
import { Fault } from './fault.ts'

/** The queue types `x-queue-type` may name; which of them exist here is for the caller to say. */
export type QueueTypeName = 'classic' | 'quorum' | 'stream'

/** What is wrong with a value, in the Erlang notation of RabbitMQ's texts; undefined when it is fine. */
export type Reason = string | undefined

/** One optional argument of a command: who accepts it and what it may be. */
export interface ArgumentRule {
  readonly name: string
  readonly acceptedBy: readonly QueueTypeName[]
  /** Queue types that must be redeclared with the same value; those that accept it unless said. */
  readonly comparedBy?: readonly QueueTypeName[]
  check?(value: TableValue, all: Table): Reason
}

/** Throws a Fault for a bad value, then for an argument only other queue types know; unknown ones are ignored. */
export function checkArguments(
  rules: readonly ArgumentRule[],
  type: QueueTypeName,
  subject: { readonly arguments: Table; readonly description: string },
): void {
  const { arguments: arguments_, description } = subject
  for (const rule of rules) {
    const value = rule.acceptedBy.includes(type) ? tableGet(arguments_, rule.name) : undefined
    const reason = value === undefined ? undefined : rule.check?.(value, arguments_)
    if (reason !== undefined) throw invalidArgument(rule.name, description, reason)
  }
  for (const [name] of arguments_) {
    const rule = rules.find((rule) => rule.name === name)
    if (rule === undefined || rule.acceptedBy.includes(type)) continue
    const text = `invalid arg '${name}' for ${description} of queue type rabbit_${type}_queue`
    throw new Fault('precondition-failed', text)
  }
}

/** The Fault for a value that is not allowed. */
export function invalidArgument(name: string, description: string, reason: string): Fault {
  return new Fault('precondition-failed', `invalid arg '${name}' for ${description}: ${reason}`)
}

/** Ten years, the longest time RabbitMQ lets anything live. */
const millisecondsMax = 315_360_000_000

/** Any integer. */
export function checkInteger(value: TableValue): Reason {
  return tableInteger(value) === undefined ? `"expected integer, got ${tableTypeName(value)}"` : undefined
}

/** An integer from zero on. */
export function checkNotNegative(value: TableValue): Reason {
  const number = tableInteger(value)
  if (number === undefined) return checkInteger(value)
  return number < 0 ? `{value_negative,${number}}` : undefined
}

/** An integer from one on. */
export function checkPositive(value: TableValue): Reason {
  return tableInteger(value) === 0 ? '{value_zero,0}' : checkNotNegative(value)
}

/** A time to live. */
export function checkMilliseconds(value: TableValue): Reason {
  const number = tableInteger(value)
  if (number !== undefined && number > millisecondsMax) return `{value_too_large,${number}}`
  return checkNotNegative(value)
}

/** A priority a queue can keep apart from the others. */
export function checkPriorityMax(value: TableValue): Reason {
  const number = tableInteger(value)
  return number !== undefined && number > 255 ? `{max_value_exceeded,${number}}` : checkNotNegative(value)
}

/** True or false. */
export function checkBoolean(value: TableValue): Reason {
  return value.tag === 't' ? undefined : unacceptableType(value)
}

/** Any string. */
export function checkString(value: TableValue): Reason {
  return value.tag === 'S' ? undefined : unacceptableType(value)
}

/** One of some words; `reason` is what RabbitMQ says of any other. */
export function checkWord(words: readonly string[], reason: string): (value: TableValue) => Reason {
  return (value) => {
    const text = tableString(value)
    if (text === undefined) return unacceptableType(value)
    return words.includes(text) ? undefined : reason
  }
}

function unacceptableType(value: TableValue): Reason {
  return `{unacceptable_type,${tableTypeName(value)}}`
}
