import type { JsonObject } from '../../std/json.ts'
import { BrokerClient, BrokerRefusal, BrokerUnreachable } from './broker-client.ts'
import { type CommandLine, parseCommandLine, UsageError } from './command-line.ts'
import { BadArgument, type ControlCommand, ControlError, ControlExit } from './control-command.ts'
import { controlCommands } from './control-commands.ts'
import { findBroker } from './find-broker.ts'
import { format } from './output.ts'

/** What a command line is written to and read from. */
export interface Terminal {
  out(text: string): void
  error(text: string): void
  readInput(): Promise<string>
  readonly environment: NodeJS.ProcessEnv
}

/** Runs one command line under the name of a tool (`rabbitmqctl`); resolves to the exit code. */
export async function control(tool: string, words: readonly string[], terminal: Terminal): Promise<number> {
  let line: CommandLine | undefined
  try {
    line = parseCommandLine(words, commandNamed)
    const command = commandNamed(line.name)
    if (line.name === 'help' || line.help) return await help(tool, line, terminal)
    if (command === undefined) return await unknown(tool, line.name, terminal)
    return await run(command, line, terminal)
  } catch (error) {
    return explain(tool, error, { line, words, terminal })
  }
}

function commandNamed(name: string): ControlCommand | undefined {
  return Object.hasOwn(controlCommands, name) ? controlCommands[name] : undefined
}

async function run(command: ControlCommand, line: CommandLine, terminal: Terminal): Promise<number> {
  const { formatter, headers, quiet, given } = line
  const broker = new BrokerClient(findBroker(line, terminal.environment), line.timeoutMilliseconds)
  const { readInput, out: print, environment } = terminal
  const all = { ...given, readInput, print, environment }
  const isForPeople = formatter === 'table' || formatter === 'pretty_table'
  const banner = quiet || !isForPeople ? '' : (command.banner?.(all) ?? '')
  if (banner !== '') terminal.out(`${banner}\n`)
  terminal.out(format(await command.run(broker, all), formatter, { headers }))
  return ControlExit.ok
}

function explain(
  tool: string,
  error: unknown,
  { line, words, terminal }: { line: CommandLine | undefined; words: readonly string[]; terminal: Terminal },
): number {
  if (
    error instanceof UsageError ||
    error instanceof BadArgument ||
    (error instanceof ControlError && error.message.startsWith('Info key'))
  ) {
    const name = line?.name ?? words.find((word) => Object.hasOwn(controlCommands, word))
    const usage = name === undefined || commandNamed(name) === undefined ? '' : `\nUsage\n\n${usageOf(tool, name)}\n`
    terminal.error(`Error (argument validation): ${error.message}\nArguments given:\n\t${words.join(' ')}\n${usage}`)
    return error.exitCode
  }
  if (error instanceof ControlError) return complain(error.message, error.exitCode, line, terminal)
  if (error instanceof BrokerUnreachable) {
    if (error.timedOut)
      return complain(
        `operation ${line?.name} timed out. Timeout value used: ${line?.timeoutMilliseconds}`,
        ControlExit.timeout,
        line,
        terminal,
      )
    return complain(
      `unable to perform an operation: ${error.message}.\nIs it running? --data-dir names its data directory, --url http://user:password@host:15672 its HTTP API.`,
      ControlExit.unavailable,
      line,
      terminal,
    )
  }
  if (error instanceof BrokerRefusal && error.status === 503) {
    return complain(
      `this command requires the 'rabbit' app to be running on the target node. Start it with '${tool} start_app'.`,
      ControlExit.usage,
      line,
      terminal,
    )
  }
  if (error instanceof BrokerRefusal) return complain(error.message, codeOf(error.status), line, terminal)
  const { code, message } = error as NodeJS.ErrnoException
  return complain(message, code === undefined ? ControlExit.software : ControlExit.data, line, terminal)
}

function codeOf(status: number): number {
  switch (status) {
    case 400:
      return ControlExit.data
    case 401:
    case 403:
    case 404:
      return ControlExit.unavailable
    default:
      return ControlExit.software
  }
}

function complain(message: string, exitCode: number, line: CommandLine | undefined, terminal: Terminal): number {
  const isJson = line?.formatter === 'json'
  if (isJson) terminal.out(`${JSON.stringify({ error: 'error', reason: message } satisfies JsonObject)}\n`)
  else terminal.error(`Error:\n${message}\n`)
  return exitCode
}

async function unknown(tool: string, name: string, terminal: Terminal): Promise<number> {
  const { nearestKey } = await import('../../server/accepted-keys.ts')
  const near = nearestKey(name, Object.keys(controlCommands))
  const hint = near === undefined ? '' : `Did you mean '${near}'?\n`
  terminal.error(`\nCommand '${name}' not found.\n${hint}\n${tool} help lists the commands.\n`)
  return ControlExit.usage
}

async function help(tool: string, { name, given }: CommandLine, terminal: Terminal): Promise<number> {
  const asked = name === 'help' ? given.args[0] : name
  const command = asked === undefined ? undefined : commandNamed(asked)
  if (asked !== undefined && command === undefined) return unknown(tool, asked, terminal)
  if (asked !== undefined && command !== undefined) {
    terminal.out(`Usage\n\n${usageOf(tool, asked)}\n\n${command.summary}\n`)
    return ControlExit.ok
  }
  const names = Object.keys(controlCommands).sort()
  const width = Math.max(...names.map((one) => one.length))
  const list = names.map((one) => `   ${one.padEnd(width)}  ${controlCommands[one]!.summary}\n`).join('')
  terminal.out(`Usage\n\n${tool} ${common} <command> [<command options>]\n\nAvailable commands:\n\n${list}`)
  return ControlExit.ok
}

const common = '[--node <node>] [--timeout <timeout>] [--longnames] [--quiet] [--data-dir <directory> | --url <url>]'

function usageOf(tool: string, name: string): string {
  const { parameters, options = [], inVhost } = commandNamed(name)!
  const args = parameters.map((parameter) =>
    parameter.startsWith('[') ? parameter.replace(/^\[(.*)\]/, '[<$1>]') : `<${parameter}>`,
  )
  const own = options.map((option) =>
    option.endsWith('!') ? `[--${option.slice(0, -1)}]` : `[--${option} <${option}>]`,
  )
  return [tool, common, name, ...(inVhost ? ['[--vhost <vhost>]'] : []), ...own, ...args].join(' ')
}
