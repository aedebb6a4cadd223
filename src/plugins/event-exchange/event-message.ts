import { Address } from '../../broker/address.ts'
import type { BrokerEvent, EventValue } from '../../broker/events.ts'
import { Message } from '../../broker/message.ts'
import { encodeProperties } from '../../broker/properties.ts'
import { longString, type Table, type TableValue } from '../../std/table.ts'

/** The exchange that events are published to. */
export const EVENT_EXCHANGE = 'amq.rabbitmq.event'

/** An event as a message: its type is the routing key, its properties are the headers, and there is no body. */
export function eventMessage(event: BrokerEvent): Message {
  const properties = encodeProperties({
    headers: eventHeaders(event),
    deliveryMode: 2,
    timestamp: BigInt(Math.floor(event.time / 1000)),
  })
  return new Message(new Address(EVENT_EXCHANGE, event.type), properties, 0, properties.length, 0)
}

/** The headers, of the types RabbitMQ gives them: every integer is a long, and what has parts is written as Erlang terms. */
export function eventHeaders({ properties, time }: BrokerEvent): Table {
  const headers: (readonly [string, TableValue])[] = []
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined) headers.push([name, headerValue(value)])
  }
  headers.push(['timestamp_in_ms', { tag: 'l', value: BigInt(time) }])
  return headers
}

function headerValue(value: Exclude<EventValue, undefined>): TableValue {
  if (typeof value === 'boolean') return { tag: 't', value }
  if (typeof value === 'string') return longString(value)
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { tag: 'l', value: BigInt(value) } : { tag: 'd', value }
  }
  if (isList(value)) return { tag: 'A', value: value.filter((item) => item !== undefined).map(headerValue) }
  return { tag: 'A', value: entries(value).map(longString) }
}

function entries(value: Readonly<Record<string, EventValue>>): string[] {
  return Object.entries(value).map(([name, item]) => `{${term(name)},${term(item)}}`)
}

function term(value: EventValue): string {
  if (typeof value === 'string') return `<<${JSON.stringify(value)}>>`
  if (value === undefined || typeof value !== 'object') return String(value)
  return isList(value) ? `[${value.map(term).join(',')}]` : `[${entries(value).join(',')}]`
}

/** `Array.isArray` does not tell a list that may not be changed from an object. */
function isList(value: EventValue): value is readonly EventValue[] {
  return Array.isArray(value)
}
