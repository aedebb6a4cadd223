import { isJsonObject, type JsonObject, type JsonValue } from '../../std/json.ts'
import type { Table } from '../../std/table.ts'
import { tableFromJson } from '../../std/table-json.ts'
import { erlangJson } from '../erlang-json.ts'
import { Fault } from '../fault.ts'

/** One thing in a file of definitions, read with suspicion: every getter throws a Fault for what is not of its type. */
export class DefinitionItem {
  readonly json: JsonObject
  readonly #category: string
  readonly #vhost: string | undefined

  /** `vhost` is where all is read into, whatever the file says. */
  constructor(json: JsonObject, category: string, vhost: string | undefined) {
    this.json = json
    this.#category = category
    this.#vhost = vhost
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined
  }

  text(key: string, fallback?: string): string {
    const value = this.#get(key) ?? fallback
    if (typeof value === 'string') return value
    throw this.#bad(key, value)
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#get(key) ?? fallback
    if (typeof value === 'boolean') return value
    if (value === 'true' || value === 'false') return value === 'true'
    throw this.#bad(key, value)
  }

  /** A list of tags, or RabbitMQ's old form of them: one string with commas. */
  tags(key: string): string[] {
    const value = this.#get(key)
    if (value === undefined || value === null || value === '') return []
    if (typeof value === 'string') return value.split(',').map((tag) => tag.trim())
    if (Array.isArray(value) && value.every((tag) => typeof tag === 'string')) return value as string[]
    throw this.#bad(key, value)
  }

  object(key: string): JsonObject {
    const value = this.#get(key) ?? {}
    // Erlang writes an empty object as an empty list now and then.
    if (Array.isArray(value) && value.length === 0) return {}
    if (isJsonObject(value)) return value
    throw this.#bad(key, value)
  }

  table(key: string): Table {
    return tableFromJson(this.object(key))
  }

  value(key: string): JsonValue | undefined {
    return this.#get(key)
  }

  /** The virtual host it belongs into. */
  get vhost(): string {
    if (this.#vhost !== undefined) return this.#vhost
    if (this.has('vhost')) return this.text('vhost')
    throw new Fault('precondition-failed', 'Virtual host does not exist and is not specified in definitions file.')
  }

  #get(key: string): JsonValue | undefined {
    // A name like `constructor` is no key of the file.
    return Object.hasOwn(this.json, key) ? this.json[key] : undefined
  }

  #bad(key: string, value: JsonValue | undefined): Fault {
    const told = value === undefined ? `has no ${key}` : `has the ${key} ${erlangJson(value)}`
    const name = this.#get('name') ?? this.#get('user')
    const whose = typeof name === 'string' ? ` (${name})` : ''
    return new Fault('precondition-failed', `one of the ${this.#category} ${told}, which is not allowed${whose}`)
  }
}
