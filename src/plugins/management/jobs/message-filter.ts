import type { BrowsedMessage } from '../../../broker/browsed-message.ts'
import { tableToJson } from '../../../std/table-json.ts'
import { badRequest } from '../http-error.ts'
import type { Json, JsonObject } from '../listing.ts'
import { integerField, objectField, textField } from '../route.ts'

/** Messages that can be named one by one. */
const SEQUENCES_MAX = 10_000

/**
 * Reads which messages are meant: `sequences` as browse tells them, or all that have `text` in their body, the given
 * `routing_key`, and each of `headers` with that value.
 */
export function readMessageFilter(body: JsonObject): (message: BrowsedMessage) => boolean {
  const sequences = readSequences(body.sequences)
  const filter = objectField(body, 'filter')
  const text = textField(filter, 'text')
  const wanted = text === undefined ? undefined : Buffer.from(text)
  const routingKey = textField(filter, 'routing_key')
  const headers = Object.entries(objectField(filter, 'headers'))
  const reason = textField(filter, 'death_reason')
  const minimum = filter.body_bytes_min === undefined ? 0 : integerField(filter, 'body_bytes_min', undefined)
  return ({ sequence, message }) => {
    if (sequences !== undefined && !sequences.has(sequence)) return false
    if (message.bodySize < minimum) return false
    if (routingKey !== undefined && message.address.routingKey !== routingKey) return false
    if (wanted !== undefined && !message.body.includes(wanted)) return false
    if (headers.length === 0 && reason === undefined) return true
    const given = tableToJson(message.properties.headers ?? []) as JsonObject
    if (reason !== undefined && given['x-last-death-reason'] !== reason) return false
    return headers.every(([name, value]) => isSame(given[name], value))
  }
}

function readSequences(value: Json): ReadonlySet<number> | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every((one) => Number.isSafeInteger(one))) {
    throw badRequest('sequences should be a list of integers')
  }
  if (value.length > SEQUENCES_MAX) throw badRequest(`sequences should be at most ${SEQUENCES_MAX}`)
  return new Set(value as number[])
}

function isSame(a: Json, b: Json): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
