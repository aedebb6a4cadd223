import type { Command } from '../command.ts'
import { commandSummaries } from '../command-summaries.ts'

/** `lapine help [COMMAND]` */
export const help: Command = {
  usage: 'lapine help [COMMAND]',
  async run([name], commands) {
    if (name === undefined) {
      process.stdout.write(overview())
      return 0
    }
    const command = await commands(name)
    if (command === undefined) {
      const { runTool } = await import('../control/process-terminal.ts')
      return runTool('lapine', name === 'commands' ? ['help'] : ['help', name])
    }
    process.stdout.write(`${command.usage}\n`)
    return 0
  },
}

function overview(): string {
  const rows = Object.entries(commandSummaries).map(([name, summary]) => `  ${name.padEnd(12)}${summary}\n`)
  return `lapine, a message broker that speaks RabbitMQ\n\n${rows.join('')}\nTo a running broker: browse, get, publish, route, tail, replay, move, pause_queue, resume_queue; plan, apply, diff; top, doctor, check, reload.\nAll commands of rabbitmqctl and rabbitmq-diagnostics: lapine list_queues, lapine add_user, …\nlapine help commands lists them, lapine help COMMAND tells more.\n`
}
