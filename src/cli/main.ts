import type { Command, CommandLoader } from './command.ts'
import type { CommandName } from './command-summaries.ts'
import { toolNames } from './tool-names.ts'

/** Commands by name, each loaded only when it is asked for. */
const commands: Readonly<Record<CommandName, () => Promise<Command>>> = {
  admin: async () => (await import('./commands/admin.ts')).admin,
  aliases: async () => (await import('./commands/aliases.ts')).aliases,
  backup: async () => (await import('./commands/backup.ts')).backup,
  bench: async () => (await import('./commands/bench.ts')).bench,
  completion: async () => (await import('./commands/completion.ts')).completion,
  conf: async () => (await import('./commands/conf.ts')).conf,
  help: async () => (await import('./commands/help.ts')).help,
  migrate: async () => (await import('./commands/migrate.ts')).migrate,
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

const load: CommandLoader = (name) => (Object.hasOwn(commands, name) ? commands[name as CommandName]() : undefined)

/** Runs one command line and sets the exit code of the process. */
export async function main(args: readonly string[], program = 'lapine'): Promise<void> {
  if (toolNames.includes(program)) {
    process.exitCode = await (await import('./control/process-terminal.ts')).runTool(program, args)
    return
  }
  const [first = 'help', ...rest] = args
  const command = await load(aliases[first] ?? first)
  if (command === undefined) {
    process.exitCode = await (await import('./control/process-terminal.ts')).runTool('lapine', args)
    return
  }
  process.exitCode = await command.run(rest, load)
}
