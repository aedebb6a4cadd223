import type { Properties } from '../../broker/properties.ts'
import type { JsonObject as PlainObject } from '../../std/json.ts'
import { tableFromJson, tableToJson } from '../../std/table-json.ts'
import { badRequest } from './http-error.ts'
import type { Json, JsonObject } from './listing.ts'
import { objectField } from './route.ts'

/** Properties that are texts, by their names in JSON. */
const texts = {
  content_type: 'contentType',
  content_encoding: 'contentEncoding',
  correlation_id: 'correlationId',
  reply_to: 'replyTo',
  expiration: 'expiration',
  message_id: 'messageId',
  type: 'type',
  user_id: 'userId',
  app_id: 'appId',
  cluster_id: 'clusterId',
} as const satisfies Record<string, keyof Properties>

/** Properties as RabbitMQ's HTTP API writes them. */
export function showProperties(properties: Properties): JsonObject {
  const { headers, deliveryMode, priority, timestamp } = properties
  const shown: Record<string, Json> = {}
  for (const [name, key] of Object.entries(texts)) if (properties[key] !== undefined) shown[name] = properties[key]
  return {
    ...shown,
    ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }),
    ...(priority === undefined ? {} : { priority }),
    ...(deliveryMode === undefined ? {} : { delivery_mode: deliveryMode }),
    ...(headers === undefined ? {} : { headers: tableToJson(headers) }),
  }
}

/** Properties from JSON; throws an HttpError (400) for those of a wrong type. */
export function readProperties(json: JsonObject): Properties {
  const read: Record<string, unknown> = {}
  for (const [name, key] of Object.entries(texts)) {
    const value = json[name]
    if (value === undefined || value === null) continue
    // Numbers are taken too, which is how many scripts write an expiration.
    if (typeof value !== 'string' && typeof value !== 'number') throw badRequest(`${name} should be a string`)
    read[key] = String(value)
  }
  octet(json, 'delivery_mode', (value) => {
    read.deliveryMode = value
  })
  octet(json, 'priority', (value) => {
    read.priority = value
  })
  const { timestamp } = json
  if (timestamp !== undefined && timestamp !== null) {
    if (!Number.isSafeInteger(timestamp) || (timestamp as number) < 0)
      throw badRequest('timestamp should be an integer')
    read.timestamp = BigInt(timestamp as number)
  }
  if (json.headers !== undefined) read.headers = tableFromJson(objectField(json, 'headers') as PlainObject)
  return read as Properties
}

function octet(json: JsonObject, name: string, take: (value: number) => void): void {
  const value = json[name]
  if (value === undefined || value === null) return
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 255) {
    throw badRequest(`${name} should be an integer from 0 to 255`)
  }
  take(value as number)
}
