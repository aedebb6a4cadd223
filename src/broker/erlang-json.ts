import { isJsonObject, type JsonValue } from '../std/json.ts'
import { longString } from '../std/table.ts'
import { erlangTerm } from './erlang-term.ts'

/** A JSON value the way RabbitMQ prints it inside its error texts, which is Erlang's notation. */
export function erlangJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'undefined'
  if (typeof value === 'string') return erlangTerm(longString(value))
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => erlangJson(item)).join(',')}]`
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([name, item]) => `${erlangJson(name)} => ${erlangJson(item)}`)
    return `#{${entries.join(',')}}`
  }
  return String(value)
}

/** An object as the list of pairs Erlang makes of it. */
export function erlangPairs(entries: readonly (readonly [name: string, value: JsonValue])[]): string {
  return `[${entries.map(([name, value]) => `{${erlangJson(name)},${erlangJson(value)}}`).join(',')}]`
}
