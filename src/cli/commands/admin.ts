import type { Command } from '../command.ts'

/** `lapine admin` */
export const admin: Command = {
  usage: `lapine admin [OPTIONS] COMMAND

rabbitmqadmin: the HTTP API from the command line, in the grammar of RabbitMQ 3.x (declare queue name=x) and of the second
generation (queues declare --name x). lapine admin help lists the commands of the first, lapine admin queues help of the second.`,
  async run(args) {
    const { runTool } = await import('../control/process-terminal.ts')
    return runTool('rabbitmqadmin', args)
  },
}
