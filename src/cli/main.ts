import type { Command } from './command.ts'
import { toolNames } from './tool-names.ts'

/** Commands by name, each loaded only when it is asked for. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  aliases: async () => (await import('./commands/aliases.ts')).aliases,
  backup: async () => (await import('./commands/backup.ts')).backup,
  help: async () => (await import('./commands/help.ts')).help,
  start: async () => (await import('./commands/start.ts')).start,
  verify: async () => (await import('./commands/verify.ts')).verify,
  version: async () => (await import('./commands/version.ts')).version,
}

const aliases: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-V': 'version',
}

/** Runs one command line and sets the exit code of the process. */
export async function main(args: readonly string[], program = 'lapine'): Promise<void> {
  if (toolNames.includes(program)) {
    process.exitCode = await (await import('./control/process-terminal.ts')).runTool(program, args)
    return
  }
  const [first = 'help', ...rest] = args
  const name = aliases[first] ?? first
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    process.exitCode = await (await import('./control/process-terminal.ts')).runTool('lapine', args)
    return
  }
  const command = await load()
  process.exitCode = await command.run(rest)
}
