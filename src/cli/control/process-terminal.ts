import { buffer } from 'node:stream/consumers'
import { control } from './control.ts'

/** Runs one command line of RabbitMQ's tools, on the terminal of this process; resolves to the exit code. */
export async function runTool(tool: string, args: readonly string[]): Promise<number> {
  if (tool === 'rabbitmqadmin') {
    const { runAdmin } = await import('../admin/admin.ts')
    return runAdmin(args, {
      out: (text) => process.stdout.write(text),
      error: (text) => process.stderr.write(text),
      readInputBytes: () => buffer(process.stdin),
      environment: process.env,
    })
  }
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
