import type { JsonObject } from '../../std/json.ts'
import { prettyTable } from '../control/output.ts'
import type { Action, ActionInput } from './admin-action.ts'
import { AdminUsage } from './admin-options.ts'
import { showTable } from './admin-output.ts'
import type { AdminSession } from './admin-session.ts'
import { secondGenerationActions } from './second-generation-actions.ts'

/** Carries out one command of the second generation: `queues declare --name x`. Throws an AdminUsage or an AdminFailure. */
export async function runSecondGeneration(
  session: AdminSession,
  words: readonly string[],
  wantsHelp: boolean,
): Promise<void> {
  const [group = '', verb = '', ...rest] = words
  const name = nameOf(group, verb)
  const action = Object.hasOwn(secondGenerationActions, name) ? secondGenerationActions[name] : undefined
  if (action === undefined || verb === 'help') {
    if (wantsHelp || verb === 'help' || verb === '') return session.out(help(group))
    throw new AdminUsage(`unrecognized subcommand '${`${group} ${verb}`.trim()}'`)
  }
  if (wantsHelp) return session.out(`Usage: rabbitmqadmin [OPTIONS] ${group} ${verb} ${usageOf(action)}\n`)
  const options = readOptions(action, rest)
  const input: ActionInput = { session, options, path: encodePath }
  const answer = await action.run(input)
  if (answer === undefined) return
  if ('text' in answer) return session.out(answer.text)
  session.out(show(session, answer.columns, answer.rows))
}

/** `declare queue` is `queues declare`, `list queues` is `queues list`. */
function nameOf(group: string, verb: string): string {
  if (group === 'list') return `${plural(verb)} list`
  if (['declare', 'delete', 'purge'].includes(group)) return `${plural(verb)} ${group}`
  if (group === 'close') return `${plural(verb)} close`
  if (['export', 'import'].includes(group)) return `${verb} ${group}`
  if (group === 'rebalance') return 'queues rebalance'
  if (group === 'streams' && verb !== 'declare') return `queues ${verb}`
  if (group === 'shovels' && verb === 'list_all') return 'shovels list'
  return `${group} ${verb}`
}

function plural(word: string): string {
  if (word.endsWith('policy')) return word.replace(/y$/, 'ies')
  return word.endsWith('s') || word === 'deprecated_features_in_use' ? word : `${word}s`
}

function readOptions({ options, letters = {} }: Action, args: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  const specs = new Map(options.map((spec) => [spec.replace(/[*!]$/, ''), spec]))
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!
    const [, long, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    const name =
      long?.replaceAll('_', '-').replace('applies-to', 'apply-to') ?? letters[/^-(\w)$/.exec(word)?.[1] ?? '']
    const spec = name === undefined ? undefined : specs.get(name)
    if (name === undefined || spec === undefined) throw new AdminUsage(`unexpected argument '${word}' found`)
    const given = spec.endsWith('!') ? 'true' : (value ?? args[++index])
    if (given === undefined) throw new AdminUsage(`a value is required for '--${name}'`)
    found[name] = given
  }
  const missing = options.filter((spec) => spec.endsWith('*') && found[spec.slice(0, -1)] === undefined)
  if (missing.length > 0) {
    const names = missing.map((spec) => `--${spec.slice(0, -1)}`).join(', ')
    throw new AdminUsage(`the following required arguments were not provided: ${names}`)
  }
  return found
}

/** A path of the API with its parts escaped. */
function encodePath(...parts: readonly string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`
}

function show(session: AdminSession, columns: readonly string[], rows: readonly JsonObject[]): string {
  const cells = rows.map((row) => columns.map((column) => cell(row[column])))
  if (session.values['non-interactive'] !== undefined) return cells.map((row) => `${row.join('\t')}\n`).join('')
  if (session.values['table-style'] === 'ascii') return showTable(columns, cells)
  return prettyTable(
    columns,
    cells.map((row) => Object.fromEntries(row.map((text, index) => [columns[index]!, text]))),
  )
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(cell).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function help(group: string): string {
  const names = Object.keys(secondGenerationActions).filter((name) => group === '' || name.startsWith(`${group} `))
  const list = (names.length === 0 ? Object.keys(secondGenerationActions) : names)
    .map((name) => `  ${name} ${usageOf(secondGenerationActions[name]!)}\n`)
    .join('')
  return `Usage: rabbitmqadmin [OPTIONS] <COMMAND>\n\nCommands:\n${list}`
}

function usageOf({ options }: Action): string {
  return options
    .map((spec) => {
      if (spec.endsWith('*')) return `--${spec.slice(0, -1)} <${spec.slice(0, -1)}>`
      return spec.endsWith('!') ? `[--${spec.slice(0, -1)}]` : `[--${spec} <${spec}>]`
    })
    .join(' ')
}
