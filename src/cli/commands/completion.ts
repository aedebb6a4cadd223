import type { Command } from '../command.ts'
import { commandSummaries } from '../command-summaries.ts'
import { completionScript, shells } from '../completion-script.ts'

const usage = `lapine completion ${shells.join('|')}

Prints a script that completes commands: source <(lapine completion bash)

Exit codes: 0 done, 64 wrong usage.`

/** `lapine completion` */
export const completion: Command = {
  usage,
  async run([name, ...more]) {
    if (name === '--help' || name === '-h') {
      process.stdout.write(`${usage}\n`)
      return 0
    }
    const shell = shells.find((known) => known === name)
    if (shell === undefined || more.length > 0) {
      process.stderr.write(`lapine completion: name one shell: ${shells.join(', ')}.\n`)
      return 64
    }
    const { controlCommands } = await import('../control/control-commands.ts')
    const words = [...Object.keys(commandSummaries), ...Object.keys(controlCommands)].sort()
    process.stdout.write(completionScript(shell, 'lapine', words))
    return 0
  },
}
