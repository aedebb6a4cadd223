import { isJsonObject, type JsonObject, type JsonValue } from '../../std/json.ts'

/** What a command has to say. */
export type Output =
  /** Nothing: it is done. */
  | undefined
  /** Lines as they are. */
  | { readonly text: string }
  /** A list, in these columns. */
  | { readonly columns: readonly string[]; readonly rows: readonly JsonObject[] }
  /** One thing; `text` is how people read it. */
  | { readonly value: JsonValue; readonly text: string }

export const formatters = ['table', 'pretty_table', 'csv', 'json', 'json_stream', 'string', 'erlang'] as const
export type Formatter = (typeof formatters)[number]

/** Writes out what a command has to say. */
export function format(output: Output, formatter: Formatter, options: { headers: boolean }): string {
  if (output === undefined) return ''
  if (!('columns' in output)) {
    const isData = 'value' in output && (formatter === 'json' || formatter === 'json_stream')
    return isData ? `${JSON.stringify(output.value)}\n` : withEnd(output.text)
  }
  const { columns } = output
  const rows = output.rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ''])))
  switch (formatter) {
    case 'json':
      return rows.length === 0 ? '[]\n' : `[\n${rows.map((row) => JSON.stringify(row)).join('\n,')}\n]\n`
    case 'json_stream':
      return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    case 'csv':
      return [...(options.headers ? [columns] : []), ...rows.map((row) => columns.map((column) => cell(row[column])))]
        .map((line) => `${line.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')}\n`)
        .join('')
    case 'pretty_table':
      return prettyTable(columns, rows)
    case 'table':
    case 'string':
    case 'erlang':
      if (rows.length === 0) return ''
      return [
        ...(options.headers ? [columns] : []),
        ...rows.map((row) => columns.map((column) => escaped(cell(row[column])))),
      ]
        .map((line) => `${line.join('\t')}\n`)
        .join('')
    default:
      return formatter satisfies never
  }
}

function withEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** As `rabbitmqctl` writes values: lists of names in brackets, tables as lists of pairs. */
function cell(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return `[${value.map(cell).join(', ')}]`
  if (!isJsonObject(value)) return String(value)
  return `[${Object.entries(value)
    .map(([name, inner]) => `{"${name}", ${typeof inner === 'string' ? `"${inner}"` : cell(inner)}}`)
    .join(', ')}]`
}

/** A tab or a new line in a name would be taken for the end of a column. */
function escaped(text: string): string {
  return text.replace(
    /[\\\t\n\r]/g,
    (character) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[character]!,
  )
}

/** Rows between lines, for people. */
export function prettyTable(columns: readonly string[], rows: readonly JsonObject[]): string {
  const lines = rows.map((row) => columns.map((column) => escaped(cell(row[column]))))
  const widths = columns.map((column, index) => Math.max(column.length, ...lines.map((line) => line[index]!.length)))
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`
  const line = (cells: readonly string[]): string =>
    `│ ${cells.map((text, index) => text.padEnd(widths[index]!)).join(' │ ')} │\n`
  return [rule('┌', '┬', '┐'), line(columns), rule('├', '┼', '┤'), ...lines.map(line), rule('└', '┴', '┘')].join('')
}
