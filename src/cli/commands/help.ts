import type { Command } from '../command.ts'
import { aliases } from './aliases.ts'
import { backup } from './backup.ts'
import { start } from './start.ts'
import { verify } from './verify.ts'
import { version } from './version.ts'

const commands: Readonly<Record<string, Command>> = { start, backup, verify, aliases, version }

/** `lapine help [COMMAND]` */
export const help: Command = {
  summary: 'explain a command',
  usage: 'lapine help [COMMAND]',
  async run(args) {
    const [name] = args
    if (name === undefined) {
      process.stdout.write(overview())
      return 0
    }
    const command = name === 'help' ? help : Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command === undefined) {
      const { runTool } = await import('../control/process-terminal.ts')
      return runTool('lapine', name === 'commands' ? ['help'] : ['help', name])
    }
    process.stdout.write(`${command.usage}\n`)
    return 0
  },
}

function overview(): string {
  const rows = Object.entries({ ...commands, help }).map(
    ([name, command]) => `  ${name.padEnd(10)}${command.summary}\n`,
  )
  return `lapine, a message broker that speaks RabbitMQ\n\n${rows.join('')}\nAll commands of rabbitmqctl and rabbitmq-diagnostics: lapine list_queues, lapine add_user, …\nlapine help commands lists them, lapine help COMMAND tells more.\n`
}
