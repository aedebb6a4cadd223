import type { Command } from '../command.ts'

const usage = `lapine migrate from URI [OPTIONS]

Brings what a RabbitMQ (or another broker with its HTTP API) has to the broker here: definitions first, then the messages,
queue by queue. A message is acknowledged over there when it is confirmed here, so none is lost, and what is stopped (Ctrl-C)
or dies goes on where it was when it is called again. Properties and routing keys stay what they were.

  URI                  amqp://user:password@host:5672 of the broker they come from; the user has to be an administrator
  --api URL            its HTTP API (http://user:password@host:15672, with the user and host of URI)
  --queues PATTERN     only queues whose names match this regular expression
  --definitions-only   no messages
  --messages-only      no definitions
  --to URI             amqp://host:port of the broker here, if it is not on this machine
  --data-dir DIR, --url URL   which broker is "here", as for every other command

Exit codes: 0 all done, 1 stopped or something stayed, 64 wrong usage, 69 one of the brokers cannot be reached.`

/** `lapine migrate` */
export const migrate: Command = {
  usage,
  async run(args) {
    if (args.length === 0 || args.includes('--help')) {
      process.stdout.write(`${usage}\n`)
      return args.length === 0 ? 64 : 0
    }
    const { runMigration } = await import('../migrate/migration-command.ts')
    return runMigration(args)
  },
}
