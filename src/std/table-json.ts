import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import { longString, type Table, type TableValue } from './table.ts'

/**
 * A field table as JSON, the way RabbitMQ's definitions have it. What JSON cannot tell apart comes back as the
 * commonest: integers as 64-bit ones, timestamps as integers, bytes as a string.
 */
export function tableToJson(table: Table): JsonObject {
  const first = new Map<string, JsonValue>()
  for (const [key, value] of table) if (!first.has(key)) first.set(key, valueToJson(value))
  return Object.fromEntries(first)
}

/** A field table from JSON. */
export function tableFromJson(json: JsonObject): Table {
  return Object.entries(json).map(([key, value]) => [key, valueFromJson(value)])
}

function valueToJson(value: TableValue): JsonValue {
  switch (value.tag) {
    case 'S':
    case 'x':
      return value.value.toString('utf8')
    case 'F':
      return tableToJson(value.value)
    case 'A':
      return value.value.map(valueToJson)
    case 'V':
      return null
    case 'D':
      return value.value / 10 ** value.scale
    case 'l':
    case 'L':
    case 'T':
      return Number(value.value)
    default:
      // JSON has no infinity and no NaN.
      return typeof value.value === 'number' && !Number.isFinite(value.value) ? null : value.value
  }
}

function valueFromJson(value: JsonValue): TableValue {
  if (typeof value === 'string') return longString(value)
  if (typeof value === 'boolean') return { tag: 't', value }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { tag: 'l', value: BigInt(value) } : { tag: 'd', value }
  }
  if (isJsonObject(value)) return { tag: 'F', value: tableFromJson(value) }
  return value === null ? { tag: 'V' } : { tag: 'A', value: (value as readonly JsonValue[]).map(valueFromJson) }
}
