import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from '../command.ts'
import { toolNames } from '../tool-names.ts'

const usage = `lapine aliases DIR

Puts links named as RabbitMQ's tools (${toolNames.join(', ')}) into DIR, for scripts that
call these. What is there already stays as it is.

Exit codes: 0 done, 64 wrong usage, 73 DIR cannot be written.`

/** `lapine aliases` */
export const aliases: Command = {
  usage,
  async run(args) {
    const [directory, ...more] = args
    if (directory === '--help' || directory === '-h') {
      process.stdout.write(`${usage}\n`)
      return 0
    }
    if (directory === undefined || directory.startsWith('-') || more.length > 0) {
      process.stderr.write('lapine aliases: it takes one directory.\nlapine help aliases tells more.\n')
      return 64
    }
    try {
      mkdirSync(directory, { recursive: true })
      for (const name of toolNames) link(join(directory, name))
      return 0
    } catch (error) {
      process.stderr.write(`lapine aliases: ${(error as Error).message}\n`)
      return 73
    }
  },
}

function link(path: string): void {
  const isThere = existsSync(path)
  if (!isThere) symlinkSync(program(), path)
  process.stdout.write(`${path}${isThere ? ' is there already' : ''}\n`)
}

/** The file that npm installs as `lapine`, from the sources, the modules or the bundle. */
function program(): string {
  for (const up of ['../../../bin/lapine.js', '../../bin/lapine.js']) {
    const path = fileURLToPath(new URL(up, import.meta.url))
    if (existsSync(path)) return path
  }
  throw new Error('the program of this installation cannot be found')
}
