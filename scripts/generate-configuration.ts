import { readFileSync } from 'node:fs'
import type { AnySettingRow } from '../src/server/setting-row.ts'
import { settingRows } from '../src/server/setting-rows.ts'

const begin = '<!-- settings: written by npm run generate -->\n'
const end = '<!-- end of settings -->'

/** `docs/configuration.md` with the table of settings as the code has it. */
export function configurationPage(): string {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
  const [before, rest] = split(page, begin)
  const [, after] = split(rest, end)
  return `${before}${begin}\n${table()}\n${end}${after}`
}

function split(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark)
  if (at < 0) throw new Error(`docs/configuration.md has lost its mark ${mark.trim()}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

function table(): string {
  const rows = settingRows.map((row) => `| \`${row.key}\` | ${row.kind.name} | ${defaultOf(row)} | ${row.meaning} |`)
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

function defaultOf(row: AnySettingRow): string {
  return row.defaultText === '' ? '' : `\`${row.defaultText}\``
}
