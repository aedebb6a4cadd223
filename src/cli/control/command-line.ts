import { hostname } from 'node:os'
import { nodeName } from '../../server/node-name.ts'
import { type ControlCommand, ControlError, ControlExit, type Given } from './control-command.ts'
import { type Formatter, formatters } from './output.ts'

/** What every command takes. */
export interface CommandLine {
  readonly name: string
  readonly given: Omit<Given, 'readInput' | 'print' | 'environment'>
  readonly quiet: boolean
  readonly silent: boolean
  readonly headers: boolean
  readonly formatter: Formatter
  readonly timeoutMilliseconds: number
  readonly url: string | undefined
  readonly dataDirectory: string | undefined
  readonly help: boolean
}

/** Options of all commands: those with a value, and flags. */
const valued = [
  'node',
  'vhost',
  'timeout',
  'formatter',
  'url',
  'data-dir',
  'erlang-cookie',
  'script-name',
  'printer',
  'file',
]
const flags = [
  'quiet',
  'silent',
  'longnames',
  'no-table-headers',
  'help',
  'dry-run',
  'offline',
  'online',
  'local',
  'hard',
]
const letters: Readonly<Record<string, string>> = {
  n: 'node',
  p: 'vhost',
  t: 'timeout',
  q: 'quiet',
  s: 'silent',
  l: 'longnames',
  h: 'help',
  e: 'if-empty',
  u: 'if-unused',
  a: 'all',
  m: 'minimal',
  v: 'verbose',
  E: 'enabled',
  N: 'number',
}

/** A wrong use of a command: what is wrong, and which command it was. */
export class UsageError extends ControlError {
  constructor(message: string) {
    super(ControlExit.usage, message)
  }
}

/** Separates options and arguments, wherever they stand. Throws a UsageError. */
export function parseCommandLine(
  words: readonly string[],
  commandNamed: (name: string) => ControlCommand | undefined,
): CommandLine {
  const name = words.find((word, index) => !word.startsWith('-') && !takesValue(words[index - 1], [])) ?? 'help'
  const command = commandNamed(name)
  const own = command?.options ?? []
  const options: Record<string, string> = {}
  const args: string[] = []
  let isNamed = false
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    if (word === '--') {
      args.push(...words.slice(index + 1))
      break
    }
    const option = optionIn(word)
    if (option === undefined) {
      if (isNamed || word !== name) args.push(word)
      else isNamed = true
      continue
    }
    const { key, value } = option
    if (takesValue(word, own)) {
      const given = value ?? words[++index]
      if (given === undefined) throw new UsageError(`option --${key} needs a value`)
      options[key] = given
    } else if (flags.includes(key) || own.includes(`${key}!`)) options[key] = 'true'
    else throw new UsageError(`Invalid options for this command: ${word}`)
  }
  if (command !== undefined && options.help === undefined) checkArguments(command, args)
  const silent = options.silent !== undefined
  const timeoutMilliseconds = timeoutOf(options.timeout ?? '60')
  return {
    name,
    given: {
      args,
      vhost: options.vhost ?? '/',
      options,
      node: nodeOf(options.node),
      dataDirectory: options['data-dir'],
      timeoutMilliseconds,
    },
    quiet: silent || options.quiet !== undefined,
    silent,
    headers: !silent && options['no-table-headers'] === undefined,
    formatter: formatterOf(options.formatter ?? command?.formatter ?? 'table'),
    timeoutMilliseconds,
    url: options.url,
    dataDirectory: options['data-dir'],
    help: options.help !== undefined,
  }
}

function optionIn(word: string): { key: string; value: string | undefined } | undefined {
  const [, long, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
  if (long !== undefined) return { key: long, value }
  const letter = /^-([a-zEN])$/.exec(word)?.[1]
  if (letter === undefined) return undefined
  return { key: letters[letter] ?? letter, value: undefined }
}

function takesValue(word: string | undefined, own: readonly string[]): boolean {
  const option = word === undefined ? undefined : optionIn(word)
  if (option === undefined || option.value !== undefined) return option?.value !== undefined
  return valued.includes(option.key) || own.includes(option.key)
}

function checkArguments({ parameters }: ControlCommand, args: readonly string[]): void {
  const least = parameters.filter((parameter) => !parameter.startsWith('[')).length
  const most = parameters.some((parameter) => parameter.endsWith('...')) ? Number.POSITIVE_INFINITY : parameters.length
  if (args.length < least) throw new UsageError('not enough arguments.')
  if (args.length > most) throw new UsageError('too many arguments.')
}

function formatterOf(name: string): Formatter {
  const known = formatters.find((formatter) => formatter === name)
  if (known === undefined) throw new UsageError(`there is no formatter '${name}': ${formatters.join(', ')}`)
  return known
}

/** Seconds; `infinity`, or 0, for none. */
function timeoutOf(text: string): number {
  const seconds = text === 'infinity' ? 0 : Number(text)
  if (!Number.isFinite(seconds) || seconds < 0) throw new UsageError(`'${text}' is no timeout: give seconds`)
  return seconds * 1000
}

function nodeOf(given: string | undefined): string {
  if (given === undefined) return nodeName()
  return given.includes('@') ? given : `${given}@${hostname()}`
}
