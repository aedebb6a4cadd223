import { parseArgs } from 'node:util'
import type { Command } from '../command.ts'

const usage = `lapine verify DIR

Reads the data directory of a stopped broker from end to end and lists everything in it that is not as it was
written: the file, the positions in its log, why, and the messages where that can still be told. Changes nothing.

Exit codes: 0 all is well, 1 something is damaged, 64 wrong usage, 69 in use, unreadable or no data directory.`

/** `lapine verify` */
export const verify: Command = {
  usage,
  async run(args) {
    let directory: string
    try {
      const { values, positionals } = parse(args)
      if (values.help === true) {
        process.stdout.write(`${usage}\n`)
        return 0
      }
      if (positionals.length !== 1) return complain('it takes one directory')
      directory = positionals[0]!
    } catch (error) {
      return complain((error as Error).message.split('. ')[0]!)
    }
    try {
      const { verifyDirectory } = await import('../offline/directory-verification.ts')
      const damaged = await verifyDirectory(directory, (line) => process.stdout.write(`${line}\n`))
      return damaged === 0 ? 0 : 1
    } catch (error) {
      process.stderr.write(`lapine verify: ${(error as Error).message}\n`)
      return 69
    }
  },
}

function parse(args: readonly string[]) {
  const options = { help: { type: 'boolean', short: 'h' } } as const
  return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
}

function complain(problem: string): number {
  process.stderr.write(`lapine verify: ${problem}.\nlapine help verify tells more.\n`)
  return 64
}
