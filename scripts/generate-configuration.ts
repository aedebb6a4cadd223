import { readFileSync } from 'node:fs'
import { acceptedKeys } from '../src/server/accepted-keys.ts'
import type { AnySettingRow } from '../src/server/setting-row.ts'
import { settingRows } from '../src/server/setting-rows.ts'

const begin = '<!-- settings: written by npm run generate -->\n'
const end = '<!-- end of settings -->'
const acceptedBegin = '<!-- accepted: written by npm run generate -->\n'
const acceptedEnd = '<!-- end of accepted -->'

/** `docs/configuration.md` with the tables of settings, and of keys without effect, as the code has them. */
export function configurationPage(): string {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
  const [before, rest] = split(page, begin)
  const [, after] = split(rest, end)
  const [between, idle] = split(after, acceptedBegin)
  const [, last] = split(idle, acceptedEnd)
  return `${before}${begin}\n${table()}\n${end}${between}${acceptedBegin}\n${accepted()}\n${acceptedEnd}${last}`
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

function accepted(): string {
  const rows = Array.from(acceptedKeys(), ([because, keys]) => `| ${because} | ${keys.map(quoted).join(' ')} |`)
  return ['| why | keys |', '| --- | --- |', ...rows, ''].join('\n')
}

function quoted(key: string): string {
  return `\`${key}\``
}

function defaultOf(row: AnySettingRow): string {
  return row.defaultText === '' ? '' : `\`${row.defaultText}\``
}
