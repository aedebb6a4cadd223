/** Lapine's own commands, with what `lapine help` says of each; those of RabbitMQ's tools come on top. */
export const commandSummaries = {
  start: 'run a broker in the foreground',
  backup: 'copy the data directory of a broker, running or not',
  verify: 'look for damage in the data directory of a stopped broker',
  aliases: "install RabbitMQ's command names in a directory",
  admin: 'rabbitmqadmin, in both of its grammars',
  bench: 'measure a broker, with the flags of perf-test',
  conf: 'check configuration files, explain their keys',
  migrate: 'bring definitions and messages here from a RabbitMQ',
  completion: 'print a completion script for a shell',
  version: 'print the version',
  help: 'explain a command',
} as const

export type CommandName = keyof typeof commandSummaries
