import { parseArgs } from 'node:util'
import type { Command } from '../command.ts'

const usage = `lapine backup DIR TO

Copies the data directory DIR, of a running or a stopped broker, to the directory TO, which must be empty or not
there. Every message confirmed before the backup began is in it, unless it was consumed meanwhile or its queue
deleted. To restore, stop the broker and start it with the copy as its data directory.

Exit codes: 0 done, 1 done but the disk could not give all of it, 64 wrong usage, 69 DIR cannot be read,
73 TO cannot be written.`

/** `lapine backup` */
export const backup: Command = {
  usage,
  async run(args) {
    let given: ReturnType<typeof parse>
    try {
      given = parse(args)
    } catch (error) {
      return complain((error as Error).message.split('. ')[0]!)
    }
    if (given.values.help === true) {
      process.stdout.write(`${usage}\n`)
      return 0
    }
    const [from, to, ...more] = given.positionals
    if (from === undefined || to === undefined || more.length > 0) return complain('it takes two directories')
    const { backupDirectory } = await import('../offline/directory-backup.ts')
    return await backupDirectory({ from, to, print: (line) => process.stdout.write(`${line}\n`), terminal })
  },
}

/** The line that progress is shown on; none when nobody is looking. */
const terminal = process.stderr.isTTY
  ? { show: (text: string) => process.stderr.write(`\r${text}\x1b[K`), clear: () => process.stderr.write('\r\x1b[K') }
  : undefined

function parse(args: readonly string[]) {
  const options = { help: { type: 'boolean', short: 'h' } } as const
  return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
}

function complain(problem: string): number {
  process.stderr.write(`lapine backup: ${problem}.\nlapine help backup tells more.\n`)
  return 64
}
