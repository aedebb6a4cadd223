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
 * stands, except inside single quotes around the whole value. Never throws: what it cannot read is a problem.
 */
export function readConfiguration(content: string, file: string): Configuration {
  const assignments: Assignment[] = []
  const problems: Problem[] = []
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    const source = `${file}:${index + 1}`
    if (/^\s*(#|$)/.test(line)) continue
    const parts = assignmentLine.exec(line)
    const value = parts === null ? undefined : readValue(parts[2]!)
    if (parts === null) problems.push({ source, text: `expected 'key = value', found '${line.trim()}'` })
    else if (value === undefined) problems.push({ source, text: `${parts[1]} has no value` })
    else assignments.push({ key: splitKey(parts[1]!), value, source })
  }
  return { assignments, problems }
}

function readValue(rest: string): string | undefined {
  const quoted = /^'((?:[^'\\]|\\.)*)'\s*(?:#.*)?$/.exec(rest)
  if (quoted !== null) return quoted[1]!.replace(/\\'/g, "'")
  const value = rest.replace(/#.*$/, '').trim()
  return value === '' ? undefined : value
}

function splitKey(key: string): string[] {
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
