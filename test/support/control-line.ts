import { control } from '../../src/cli/control/control.ts'

/** Runs a command line of RabbitMQ's tools in this process, against the broker of a data directory. */
export async function runControl(
  directory: string,
  ...words: readonly string[]
): Promise<{ code: number; output: string }> {
  let output = ''
  const hear = (text: string): void => {
    output += text
  }
  const terminal = { out: hear, error: hear, readInput: async () => '', environment: {} }
  const code = await control('lapine', [...words, '--data-dir', directory], terminal)
  return { code, output }
}
