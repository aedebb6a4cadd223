import { type Table, type TableValue, tableTypeName } from '../std/table.ts'
import { Fault } from './fault.ts'
import { type Message, withProperties } from './message.ts'
import { PropertyFlag, propertyFlags } from './properties.ts'

/** Sender-selected distribution: more routing keys in the headers `CC` (kept) and `BCC` (removed before delivery). */

/** The message's routing keys: its own and those of its `CC` header. */
export function routingKeys(message: Message): string[] {
  const { routingKey } = message.address
  const headers = message.properties.headers
  return headers === undefined ? [routingKey] : [routingKey, ...keysIn(headers, 'CC')]
}

/**
 * All keys a publish is routed by, and the message as it goes on, without `BCC`. Throws a Fault when
 * either header is not an array of long strings.
 */
export function selectRecipients(message: Message): { readonly keys: readonly string[]; readonly message: Message } {
  const keys = [message.address.routingKey]
  if (!hasHeaders(message)) return { keys, message }
  const headers = message.properties.headers!
  keys.push(...keysIn(headers, 'CC'), ...keysIn(headers, 'BCC'))
  if (!headers.some(([key]) => key === 'BCC')) return { keys, message }
  return { keys, message: withProperties(message, { headers: withoutHeader(headers, 'BCC') }) }
}

export function withoutHeader(headers: Table, name: string): Table {
  return headers.filter(([key]) => key !== name)
}

function hasHeaders(message: Message): boolean {
  return (propertyFlags(message.content, message.offset) & PropertyFlag.headers) !== 0
}

function keysIn(headers: Table, name: string): string[] {
  const value = headers.find(([key]) => key === name)?.[1]
  if (value === undefined) return []
  if (value.tag !== 'A') throw refused(name, value)
  return value.value.map((item) => {
    if (item.tag !== 'S') throw refused(name, item)
    return item.value.toString('utf8')
  })
}

function refused(name: string, value: TableValue): Fault {
  const reason = `{unacceptable_type_in_header,"${name}",${tableTypeName(value)}}`
  return new Fault('precondition-failed', `invalid message: ${reason}`)
}
