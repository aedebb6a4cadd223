import { isJsonObject, type JsonObject, type JsonValue } from '../../std/json.ts'

/** How lists are shown by the first generation. */
export const adminFormats = ['raw_json', 'pretty_json', 'tsv', 'long', 'table', 'kvp', 'bash'] as const

export interface Listing {
  /** The answer of the HTTP API, a list. */
  readonly text: string
  /** Those asked for; empty for all there are. */
  readonly columns: readonly string[]
  /** Fields that stay JSON instead of becoming columns of their own. */
  readonly json: readonly string[]
  readonly format: string
  readonly depth: number
  readonly isQuiet: boolean
}

const promoted = ['vhost', 'name', 'type', 'source', 'destination', 'destination_type', 'routing_key']

/** A list as text. Throws an Error for a format that is none. */
export function showListing(listing: Listing): string {
  const { text, format } = listing
  if (format === 'raw_json') return `${text}\n`
  const items = JSON.parse(text) as readonly JsonObject[]
  if (format === 'pretty_json') return `${JSON.stringify(sorted(items), undefined, 2)}\n`
  const { columns, rows } = tableOf(items, listing)
  if (rows.length === 0) return listing.isQuiet ? '' : 'No items\n'
  switch (format) {
    case 'tsv':
      return lines([...(listing.isQuiet ? [] : [columns]), ...rows].map((row) => row.join('\t')))
    case 'long':
      return showLong(columns, rows)
    case 'kvp':
      return lines(rows.map((row) => row.map((cell, index) => `${columns[index]}="${cell}"`).join(' ')))
    case 'bash': {
      const at = columns.indexOf('name')
      return at < 0 ? '' : `${rows.map((row) => row[at]).join(' ')}\n`
    }
    case 'table':
      return showTable(columns, rows)
    default:
      throw new Error(`Format ${format} not recognised`)
  }
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isJsonObject(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key]!)]))
}

/** Fields of fields become columns `a.b`, as deep as asked for. */
function tableOf(items: readonly JsonObject[], { columns, json, depth }: Listing) {
  const flat = items.map((item) =>
    flatten(item, { json, depth: columns.length > 0 ? Number.POSITIVE_INFINITY : depth }),
  )
  const names = columns.length > 0 ? columns : [...new Set(flat.flatMap((row) => [...row.keys()]))].sort(byRank)
  return { columns: names, rows: flat.map((row) => names.map((name) => row.get(name) ?? '')) }
}

function byRank(left: string, right: string): number {
  const [one, other] = [promoted.indexOf(left), promoted.indexOf(right)]
  if (one >= 0 || other >= 0) return (one < 0 ? promoted.length : one) - (other < 0 ? promoted.length : other)
  return left < right ? -1 : 1
}

function flatten(item: JsonObject, options: { json: readonly string[]; depth: number }): Map<string, string> {
  const row = new Map<string, string>()
  const add = (prefix: string, level: number, object: JsonObject): void => {
    for (const [key, value] of Object.entries(object)) {
      const column = prefix === '' ? key : `${prefix}.${key}`
      if (!isJsonObject(value)) row.set(column, cellOf(value))
      else if (options.json.includes(key)) row.set(column, dumped(value))
      else if (level < options.depth) add(column, level + 1, value)
    }
  }
  add('', 1, item)
  return row
}

function cellOf(value: JsonValue): string {
  if (value === null) return ''
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(' ') : dumped(value)
  return typeof value === 'boolean' ? truth(value) : String(value)
}

/** Scripts compare what Python wrote. */
function truth(value: boolean): string {
  return value ? 'True' : 'False'
}

function dumped(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(dumped).join(', ')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${dumped(inner)}`)
    .join(', ')}}`
}

function showLong(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = `\n${'-'.repeat(80)}\n\n`
  const width = Math.max(...columns.map((column) => column.length))
  const blocks = rows.map((row) => lines(row.map((cell, index) => `${columns[index]!.padStart(width)}: ${cell}`)))
  return `${rule}${blocks.map((block) => `${block}${rule}`).join('')}`
}

/** Borders of ASCII, titles in the middle. */
export function showTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]!.length)))
  const bar = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
  const line = (cells: readonly string[], pad: (text: string, width: number) => string): string =>
    `|${cells.map((cell, index) => ` ${pad(cell, widths[index]!)} |`).join('')}`
  const centred = (text: string, width: number): string =>
    text.padStart(Math.floor((width + text.length) / 2)).padEnd(width)
  return lines([
    bar,
    line(columns, centred),
    bar,
    ...rows.map((row) => line(row, (text, width) => text.padEnd(width))),
    bar,
  ])
}
