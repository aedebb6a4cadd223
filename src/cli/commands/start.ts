import { writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Command } from '../command.ts'

const usage = `lapine start [OPTIONS]

Runs a broker in the foreground until SIGTERM or SIGINT (a second one ends it at once).

  --config FILE      configuration in the dialect of rabbitmq.conf
  --data-dir DIR     where messages and definitions live
  --ephemeral        keep everything in memory; nothing survives the process
  --port PORT        AMQP port instead of the configured listeners; 0 takes a free one
  --host ADDRESS     address to listen on instead of every interface
  --set KEY=VALUE    a setting over those of files and environment; may be given often

Exit codes: 0 stopped, 64 wrong usage, 69 port or data directory taken, 74 the disk failed, 78 wrong configuration.`

const options = {
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  ephemeral: { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
  set: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const

/** `lapine start` */
export const start: Command = {
  usage,
  async run(args) {
    let given: ReturnType<typeof parse>
    try {
      given = parse(args)
    } catch (error) {
      return complain((error as Error).message.split('. ')[0]!)
    }
    if (given.help === true) {
      process.stdout.write(`${usage}\n`)
      return 0
    }
    if (given.ephemeral === true && given['data-dir'] !== undefined) {
      return complain('--ephemeral keeps nothing on disk, so --data-dir makes no sense with it')
    }
    const { runInForeground } = await import('../../server/foreground.ts')
    return runInForeground({
      ...(given.config === undefined ? {} : { configuration: given.config }),
      ...(given['data-dir'] === undefined ? {} : { dataDirectory: given['data-dir'] }),
      ...(given.port === undefined ? {} : { port: given.port }),
      ...(given.host === undefined ? {} : { host: given.host }),
      ...(given.set === undefined ? {} : { set: given.set }),
      ephemeral: given.ephemeral === true,
    })
  },
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
}

function complain(problem: string): number {
  writeSync(2, `lapine start: ${problem}.\nlapine help start lists the options.\n`)
  return 64
}
