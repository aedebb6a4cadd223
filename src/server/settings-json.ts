import type { JsonObject, JsonValue } from '../std/json.ts'
import type { Settings } from './settings.ts'

const SECRET = /pass(word)?$|secret|token$|key$/i

/** Settings for operators to read: what is secret is left out. */
export function settingsToJson(settings: Settings): JsonObject {
  return toJson(settings, '') as JsonObject
}

function toJson(value: unknown, name: string): JsonValue {
  if (value === undefined || value === null) return null
  if (SECRET.test(name) && typeof value === 'string' && value !== '') return '[redacted]'
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : 'infinity'
    case 'object':
      break
    default:
      return String(value)
  }
  if (value instanceof RegExp) return value.source
  if (Buffer.isBuffer(value)) return `${value.length} bytes`
  if (value instanceof Set) return [...value].map((one) => toJson(one, ''))
  if (Array.isArray(value)) return value.map((one) => toJson(one, ''))
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(entries.map(([key, inner]) => [String(key), toJson(inner, String(key))]))
}
