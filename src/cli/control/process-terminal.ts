import { control } from './control.ts'

/** Runs one command line of RabbitMQ's tools, on the terminal of this process; resolves to the exit code. */
export function runTool(tool: string, args: readonly string[]): Promise<number> {
  return control(tool, args, {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    readInput: async () => {
      let input = ''
      for await (const text of process.stdin.setEncoding('utf8')) input += text
      return input
    },
    environment: process.env,
  })
}
