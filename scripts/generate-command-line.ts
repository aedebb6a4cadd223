import { readFileSync } from 'node:fs'
import type { ControlCommand } from '../src/cli/control/control-command.ts'
import { controlCommands } from '../src/cli/control/control-commands.ts'
import { rabbitmqCommands } from './rabbitmq-commands.ts'

const begin = '<!-- commands: written by npm run generate -->\n'
const end = '<!-- end of commands -->'

/** `docs/command-line.md` with what becomes of every command of RabbitMQ's tools. */
export function commandLinePage(): string {
  const page = readFileSync(new URL('../docs/command-line.md', import.meta.url), 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error('docs/command-line.md has lost its marks')
  return `${page.slice(0, from)}${begin}\n${table()}\n${page.slice(to)}`
}

function table(): string {
  const rows = Object.entries(rabbitmqCommands).flatMap(([tool, names]) =>
    names
      .trim()
      .split(/\s+/)
      .sort()
      .map((name) => `| \`${name}\` | ${tool} | ${stateOf(name)} |`),
  )
  return ['| command | of | here |', '| --- | --- | --- |', ...rows, ''].join('\n')
}

function stateOf(name: string): string {
  if (name === 'help') return 'works'
  const command: ControlCommand | undefined = controlCommands[name]
  if (command === undefined) return '**missing**'
  const { state } = command
  return state === undefined ? 'works' : `${state.kind}: ${state.because}`
}
