import { packageVersion } from '../../server/version.ts'
import type { Command } from '../command.ts'

/** `lapine version` */
export const version: Command = {
  usage: 'lapine version',
  async run() {
    process.stdout.write(`${packageVersion()}\n`)
    return 0
  },
}
