import { type NamePattern, namePattern } from '../../broker/name-pattern.ts'
import { badRequest } from './http-error.ts'
import { readFilter } from './list-filter.ts'

/** An object of JSON; what is undefined is left out. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** What a client asks of a list, still as the query string has it. */
export interface ListQuery {
  readonly page?: string | undefined
  readonly page_size?: string | undefined
  readonly name?: string | undefined
  readonly use_regex?: string | undefined
  /** Words as `list-filter.ts` understands them; RabbitMQ has no such thing. */
  readonly filter?: string | undefined
  readonly sort?: string | undefined
  readonly sort_reverse?: string | undefined
  readonly columns?: string | undefined
}

/** One page of a list, as RabbitMQ answers when `page` was asked for. */
export type Page = {
  readonly filtered_count: number
  readonly item_count: number
  readonly items: readonly JsonObject[]
  readonly page: number
  readonly page_count: number
  readonly page_size: number
  readonly total_count: number
}

const PAGE_SIZE = 100
const PAGE_SIZE_MAX = 500

/** Things to be listed, which need not be written out before it is known which of them are shown. */
export interface Listed<T> {
  readonly items: readonly T[]
  name(item: T): string
  write(item: T): JsonObject
  /** How to read what stands at a path of an item without writing it out; undefined where that cannot be done. */
  peek?(path: string): ((item: T) => Json) | undefined
}

/** Filters, sorts, cuts into pages and picks columns. Throws an HttpError (400) for what cannot be understood. */
export function list<T>(listed: Listed<T>, query: ListQuery): readonly JsonObject[] | Page {
  const columns = readColumns(query.columns)
  const shown = (items: readonly T[]) => items.map((item) => pick(listed.write(item), columns))
  const matching = matched(listed, query.filter)
  if (query.page === undefined) return shown(sorted(listed, matching, query))
  const page = readPositive('page', query.page, Number.MAX_SAFE_INTEGER)
  const size = query.page_size === undefined ? PAGE_SIZE : readPositive('page_size', query.page_size, PAGE_SIZE_MAX)
  const filtered = filter({ ...listed, items: matching }, query)
  const pageCount = Math.max(1, Math.ceil(filtered.length / size))
  if (page > pageCount)
    throw badRequest(`page out of range, page: ${page} page size: ${size} total pages: ${pageCount}`)
  const ordered = sorted(listed, filtered, query)
  const items = shown(ordered.slice((page - 1) * size, page * size))
  return {
    filtered_count: filtered.length,
    item_count: items.length,
    items,
    page,
    page_count: pageCount,
    page_size: size,
    total_count: listed.items.length,
  }
}

/** The object with nothing but the columns asked for; a dotted path leads into objects. */
function pick(object: JsonObject, columns: readonly string[] | undefined): JsonObject {
  if (columns === undefined) return object
  const picked: Record<string, Json> = {}
  for (const column of columns) {
    const value = valueAt(object, column)
    if (value !== undefined) place(picked, column.split('.'), value)
  }
  return picked
}

function readColumns(columns: string | undefined): readonly string[] | undefined {
  if (columns === undefined || columns === '') return undefined
  return columns.split(',').filter((column) => column !== '' && !/(^|\.)__proto__(\.|$)/.test(column))
}

function matched<T>(listed: Listed<T>, filter: string | undefined): readonly T[] {
  if (filter === undefined || filter.trim() === '') return listed.items
  return listed.items.filter(readFilter(filter, listed.name, (path) => keyReader(listed, path)))
}

function filter<T>(listed: Listed<T>, { name, use_regex: useRegex }: ListQuery): readonly T[] {
  if (name === undefined || name === '') return listed.items
  if (useRegex !== 'true') {
    const wanted = name.toLowerCase()
    return listed.items.filter((item) => listed.name(item).toLowerCase().includes(wanted))
  }
  const pattern = readPattern(name)
  return listed.items.filter((item) => pattern.matches(listed.name(item)))
}

function readPattern(text: string): NamePattern {
  try {
    return namePattern(`(?i)${text}`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw badRequest(`invalid regex: ${error.message}`)
  }
}

function sorted<T>(listed: Listed<T>, items: readonly T[], query: ListQuery): readonly T[] {
  const { sort, sort_reverse: reverse } = query
  if (sort === undefined || sort === '') return reverse === 'true' ? items.toReversed() : items
  // Keys are read once: an object is written out for its key, and again when it is shown.
  const keyOf = keyReader(listed, sort)
  const keyed = items.map((item) => ({ item, key: keyOf(item) }))
  const sign = reverse === 'true' ? -1 : 1
  keyed.sort((a, b) => sign * compare(a.key, b.key))
  return keyed.map(({ item }) => item)
}

function keyReader<T>(listed: Listed<T>, path: string): (item: T) => Json {
  if (path === 'name') return (item) => listed.name(item)
  return listed.peek?.(path) ?? ((item) => valueAt(listed.write(item), path))
}

/** Numbers before strings, as Erlang orders them; what is missing comes first. */
function compare(a: Json, b: Json): number {
  const order = rank(a) - rank(b)
  if (order !== 0) return order
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return 0
}

function rank(value: Json): number {
  if (value === undefined || value === null) return 0
  return { number: 1, boolean: 2, object: 3, string: 4 }[typeof value as 'number' | 'boolean' | 'object' | 'string']
}

function valueAt(object: JsonObject, path: string): Json {
  let value: Json = object
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined
  }
  return value
}

function place(target: Record<string, Json>, path: readonly string[], value: Json): void {
  let at = target
  for (const key of path.slice(0, -1)) {
    at[key] ??= {}
    at = at[key] as Record<string, Json>
  }
  at[path.at(-1)!] = value
}

function readPositive(name: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value < 1) throw badRequest(`${name} should be greater than 0`)
  if (value > max) throw badRequest(`invalid ${name.replace('_', ' ')}: it should be between 1 and ${max}`)
  return value
}
