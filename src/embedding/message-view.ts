import type { BrowsedMessage } from '../broker/browsed-message.ts'
import type { JsonObject, JsonValue } from '../std/json.ts'
import { tableToJson } from '../std/table-json.ts'

/** A message as it waits in a queue of an embedded broker. Looking at it changed nothing. */
export interface MessageView {
  /** How many are delivered before it. */
  readonly position: number
  readonly exchange: string
  readonly routingKey: string
  readonly redelivered: boolean
  readonly headers: JsonObject
  /** `contentType`, `correlationId`, `deliveryMode`, …: those it has. */
  readonly properties: Readonly<Record<string, string | number>>
  /** Milliseconds of the broker's time until it expires; undefined for never. */
  readonly expiresIn: number | undefined
  readonly body: Buffer
  /** The body as UTF-8. */
  readonly text: string
  /** The body, parsed. Throws a SyntaxError where it is no JSON. */
  json(): JsonValue
}

/** What a message must have: every header and property named, and the body where one is given. */
export interface MessagePattern {
  readonly exchange?: string
  readonly routingKey?: string
  readonly headers?: JsonObject
  readonly properties?: Readonly<Record<string, string | number>>
  /** The very text. */
  readonly text?: string
  /** The same value, as JSON. */
  readonly json?: JsonValue
}

export function viewOf({ position, message, redelivered, expiresIn }: BrowsedMessage): MessageView {
  const { headers, timestamp, ...properties } = message.properties
  const { body, address } = message
  return {
    position,
    exchange: address.exchange,
    routingKey: address.routingKey,
    redelivered,
    headers: headers === undefined ? {} : tableToJson(headers),
    properties: {
      ...(properties as Record<string, string | number>),
      ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }),
    },
    expiresIn: expiresIn === Number.POSITIVE_INFINITY ? undefined : expiresIn,
    body,
    get text() {
      return body.toString()
    },
    json: () => JSON.parse(body.toString()) as JsonValue,
  }
}

export function matches(view: MessageView, pattern: MessagePattern): boolean {
  const { exchange, routingKey, headers = {}, properties = {}, text, json } = pattern
  if (exchange !== undefined && view.exchange !== exchange) return false
  if (routingKey !== undefined && view.routingKey !== routingKey) return false
  if (Object.entries(headers).some(([name, value]) => !isSame(view.headers[name], value))) return false
  if (Object.entries(properties).some(([name, value]) => view.properties[name] !== value)) return false
  if (text !== undefined && view.text !== text) return false
  return json === undefined || isSame(parsed(view), json)
}

function parsed(view: MessageView): JsonValue | undefined {
  try {
    return view.json()
  } catch {
    return undefined
  }
}

/** Whether two JSON values are the same, whatever the order of keys. */
function isSame(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every(
    (name) => Object.hasOwn(other, name) && isSame((one as JsonObject)[name], (other as JsonObject)[name]),
  )
}
