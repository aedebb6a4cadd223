/** One `key = value`, with where it was written. */
export interface Assignment {
  /** The key's words; `\.` in a word stands for a dot that separates nothing. */
  readonly key: readonly string[]
  readonly value: string
  /** `rabbitmq.conf:12`, `RABBITMQ_NODE_PORT`, `--port`. */
  readonly source: string
}

/** What a file could not be read as: `source: problem`. */
export interface Problem {
  readonly source: string
  readonly text: string
}

export interface Configuration {
  readonly assignments: readonly Assignment[]
  readonly problems: readonly Problem[]
}

const assignmentLine = /^\s*((?:[A-Za-z0-9_-]|\\.)+(?:\.(?:[A-Za-z0-9_-]|\\.)+)*)\s*=\s*(.*)$/

/**
 * Reads the sysctl-like dialect of `rabbitmq.conf`: one `key = value` a line; `#` begins a comment wherever it
 * stands, except inside single quotes around the whole value. Three of them are around a value of several lines.
 * Never throws: what it cannot read is a problem.
 */
export function readConfiguration(content: string, file: string): Configuration {
  const assignments: Assignment[] = []
  const problems: Problem[] = []
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/)
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    const source = `${file}:${index + 1}`
    if (/^\s*(#|$)/.test(line)) continue
    const parts = assignmentLine.exec(line)
    if (parts !== null && parts[2]!.startsWith(LONG_QUOTE)) {
      const long = readLongValue(lines, index)
      if (long === undefined) problems.push({ source, text: `${parts[1]} has no closing ''' behind its value` })
      else assignments.push({ key: splitKey(parts[1]!), value: long.value, source })
      index = long?.end ?? lines.length
      continue
    }
    const value = parts === null ? undefined : readValue(parts[2]!)
    if (parts === null) problems.push({ source, text: `expected 'key = value', found '${line.trim()}'` })
    else if (value === undefined) problems.push({ source, text: `${parts[1]} has no value` })
    else assignments.push({ key: splitKey(parts[1]!), value, source })
  }
  return { assignments, problems }
}

const LONG_QUOTE = "'''"

/** The value that begins behind the three quotes in the line `start`, and the line with those at its end. */
function readLongValue(lines: readonly string[], start: number): { value: string; end: number } | undefined {
  const first = lines[start]!.slice(lines[start]!.indexOf(LONG_QUOTE) + LONG_QUOTE.length)
  const parts = [first, ...lines.slice(start + 1)]
  const end = parts.findIndex((part) => part.includes(LONG_QUOTE))
  if (end < 0) return undefined
  const last = parts[end]!.slice(0, parts[end]!.indexOf(LONG_QUOTE))
  return { value: [...parts.slice(0, end), last].join('\n').trim(), end: start + end }
}

function readValue(rest: string): string | undefined {
  const quoted = /^'((?:[^'\\]|\\.)*)'\s*(?:#.*)?$/.exec(rest)
  if (quoted !== null) return quoted[1]!.replace(/\\'/g, "'")
  const value = rest.replace(/#.*$/, '').trim()
  return value === '' ? undefined : value
}

/** The parts of a key as one writes it. */
export function splitKey(key: string): string[] {
  return key.split(/(?<!\\)\./).map((part) => part.replace(/\\(.)/g, '$1'))
}

/** The key as one would write it. */
export function writeKey(key: readonly string[]): string {
  return key.map((part) => part.replaceAll('.', '\\.')).join('.')
}

/**
 * Replaces every `$(NAME)` in the values: by another key's value where NAME is a key of this configuration, else
 * by the environment variable of that name.
 */
export function interpolate(
  configuration: Configuration,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const problems = [...configuration.problems]
  const values = new Map(configuration.assignments.map((assignment) => [writeKey(assignment.key), assignment.value]))
  const assignments = configuration.assignments.map((assignment) => {
    const value = assignment.value.replace(/\$\(([^()]*)\)/g, (_, name: string) => {
      const found = values.get(name) ?? environment[name]
      if (found !== undefined && !found.includes('$(')) return found
      const what =
        found === undefined ? 'is neither a key of this file nor set in the environment' : 'refers to another reference'
      problems.push({ source: assignment.source, text: `${writeKey(assignment.key)}: $(${name}) ${what}` })
      return ''
    })
    return value === assignment.value ? assignment : { ...assignment, value }
  })
  return { assignments, problems }
}
