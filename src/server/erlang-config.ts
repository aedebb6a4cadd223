import { type ErlangTerm, parseErlangTerm } from './erlang-term.ts'
import type { Assignment, Configuration, Problem } from './rabbitmq-conf.ts'

/** Settings of RabbitMQ's application that are called otherwise in `rabbitmq.conf`, and those that depend on their value. */
const renamed: Readonly<Record<string, (value: ErlangTerm) => readonly string[]>> = {
  vm_memory_high_watermark: (value) => [
    'vm_memory_high_watermark',
    typeof value === 'number' ? 'relative' : 'absolute',
  ],
  disk_free_limit: () => ['disk_free_limit', 'absolute'],
  default_pass: () => ['default_pass'],
  cluster_name: () => ['cluster_name'],
}

/** What stands before a key in `rabbitmq.conf`, by the application it belongs to. */
const prefixes: Readonly<Record<string, readonly string[]>> = {
  rabbit: [],
  rabbitmq_management: ['management'],
  rabbitmq_prometheus: ['prometheus'],
  rabbitmq_mqtt: ['mqtt'],
  rabbitmq_stomp: ['stomp'],
}

/** What was read of a file of Erlang terms, and what was not. */
export interface ErlangConfiguration extends Configuration {
  /** Keys whose values have parts, and applications of Erlang: passed over, to be logged. */
  readonly passedOver: readonly Problem[]
}

/**
 * Reads `advanced.config` (or a `rabbitmq.config` of old): a list of applications with lists of their settings. Those with
 * one plain value mean what they mean in `rabbitmq.conf`; what is made of parts is passed over. Never throws.
 */
export function readErlangConfiguration(content: string, file: string): ErlangConfiguration {
  const assignments: Assignment[] = []
  const passedOver: Problem[] = []
  try {
    for (const [application, settings] of pairsOf(parseErlangTerm(content))) {
      for (const [key, value] of pairsOf(settings)) {
        const assignment = erlangAssignment(application, key, value, file)
        if (assignment !== undefined) assignments.push(assignment)
        else
          passedOver.push({
            source: file,
            text: `${application}.${key}: not read from Erlang terms; set it in rabbitmq.conf`,
          })
      }
    }
    return { assignments, problems: [], passedOver }
  } catch (error) {
    return { assignments: [], problems: [{ source: file, text: (error as Error).message }], passedOver: [] }
  }
}

/**
 * Reads what the command line of Erlang sets (`-rabbit consumer_timeout 3600000`), which is what people put into
 * RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS.
 */
export function readErlangArguments(line: string, variable: string): ErlangConfiguration {
  const assignments: Assignment[] = []
  const passedOver: Problem[] = []
  const words = line.match(/'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"]+/g) ?? []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (!/^[-+]/.test(word)) continue
    const [key = '', value = ''] = words.slice(at + 1)
    const application = word.slice(1)
    const assignment =
      prefixes[application] === undefined ? undefined : argumentAssignment(application, key, value, variable)
    if (assignment !== undefined) assignments.push(assignment)
    else passedOver.push({ source: variable, text: `${word}: there is no Erlang here that it could be for` })
  }
  return { assignments, problems: [], passedOver }
}

function argumentAssignment(application: string, key: string, text: string, source: string): Assignment | undefined {
  try {
    return erlangAssignment(application, key, parseErlangTerm(`${text.replace(/^'(.*)'$/, '$1')}.`), source)
  } catch {
    return undefined
  }
}

function erlangAssignment(application: string, key: string, value: ErlangTerm, source: string): Assignment | undefined {
  const prefix = prefixes[application]
  const plain = plainText(value)
  if (prefix === undefined || plain === undefined) return undefined
  const words = application === 'rabbit' ? renamed[key]?.(value) : undefined
  return { key: words ?? [...prefix, key], value: plain, source }
}

function plainText(value: ErlangTerm): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if ('atom' in value) return value.atom
  // `{absolute, "2GB"}`, `{mem_relative, 1.0}` and the like have a tag in front.
  if ('tuple' in value && value.tuple.length === 2) {
    const [tag, inner] = value.tuple as readonly [ErlangTerm, ErlangTerm]
    return typeof tag === 'object' && 'atom' in tag && tag.atom === 'absolute' ? plainText(inner) : undefined
  }
  return undefined
}

function pairsOf(term: ErlangTerm): [name: string, value: ErlangTerm][] {
  if (typeof term !== 'object' || !('list' in term)) throw new Error('expected a list of {name, value}')
  return term.list.map((item) => {
    const [name, value, ...more] = typeof item === 'object' && 'tuple' in item ? item.tuple : []
    if (typeof name !== 'object' || !('atom' in name) || value === undefined || more.length > 0) {
      throw new Error('expected a list of {name, value}')
    }
    return [name.atom, value]
  })
}
