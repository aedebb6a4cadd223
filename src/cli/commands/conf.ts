import type { Command } from '../command.ts'

const usage = `lapine conf lint [FILE...]
lapine conf explain KEY

lint reads configuration files as a start would (those of RABBITMQ_CONFIG_FILE and RABBITMQ_CONFIG_FILES when none is named) and
tells every mistake and every key without effect. explain tells what a key takes, its default and what it does.

Exit codes: 0 well, 64 wrong usage, 78 the configuration cannot be used, or there is no such key.`

/** `lapine conf` */
export const conf: Command = {
  usage,
  async run([verb, ...args]) {
    if (verb === '--help' || verb === '-h') {
      process.stdout.write(`${usage}\n`)
      return 0
    }
    const print = (line: string) => process.stdout.write(`${line}\n`)
    const tool = await import('../offline/configuration-tool.ts')
    if (verb === 'lint') return await tool.lint(args, process.env, print)
    if (verb === 'explain' && args.length === 1) return await tool.explain(args[0]!, print)
    process.stderr.write('lapine conf: say lint or explain KEY.\nlapine help conf tells more.\n')
    return 64
  },
}
