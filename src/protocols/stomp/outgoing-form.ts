import type { Delivery } from '../../broker/delivery.ts'
import type { Properties } from '../../broker/properties.ts'
import type { TableValue } from '../../std/table.ts'
import { isUtf8 } from '../../std/utf8.ts'
import { replyDestination, writeDestination } from './destination.ts'

/** How a delivery is named to its client. */
interface DeliveryNames {
  /** The subscription's `id`; undefined for one without. */
  readonly subscription: string | undefined
  readonly messageId: string
  /** STOMP 1.2, and the client acknowledges. */
  readonly acknowledged: boolean
  readonly topicExchange: string
}

type Headers = [name: string, value: string][]

const texts: readonly (readonly [string, keyof Properties])[] = [
  ['content-type', 'contentType'],
  ['content-encoding', 'contentEncoding'],
  ['priority', 'priority'],
  ['correlation-id', 'correlationId'],
  ['expiration', 'expiration'],
  ['amqp-message-id', 'messageId'],
  ['timestamp', 'timestamp'],
  ['type', 'type'],
  ['user-id', 'userId'],
  ['app-id', 'appId'],
]

/** The headers of a MESSAGE. Its own come first, because of repeated ones the first counts. */
export function messageHeaders({ message, redelivered }: Delivery, names: DeliveryNames): Headers {
  const { address, properties } = message
  const { subscription, messageId, topicExchange } = names
  const headers: Headers = []
  if (subscription !== undefined) headers.push(['subscription', subscription])
  headers.push(['destination', writeDestination(address.exchange, address.routingKey, topicExchange)])
  headers.push(['message-id', messageId], ['redelivered', String(redelivered)])
  if (names.acknowledged) headers.push(['ack', messageId])
  if (properties.deliveryMode === 2) headers.push(['persistent', 'true'])
  if (properties.replyTo !== undefined) headers.push(['reply-to', replyDestination(properties.replyTo)])
  for (const [header, property] of texts) {
    const value = properties[property]
    if (value !== undefined) headers.push([header, String(value)])
  }
  for (const [name, value] of properties.headers ?? []) {
    const text = name === 'content-length' ? undefined : textOf(value)
    if (text !== undefined) headers.push([name, text])
  }
  return headers
}

/** Undefined for what no header can say: tables, arrays, decimals, nothing, and bytes that are no text. */
function textOf(value: TableValue): string | undefined {
  switch (value.tag) {
    case 'S':
    case 'x':
      return isUtf8(value.value, 0, value.value.length) ? value.value.toString() : undefined
    case 'F':
    case 'A':
    case 'D':
    case 'V':
      return undefined
    default:
      return String(value.value)
  }
}
