import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrokerAddress, TlsOptions } from '../control/broker-client.ts'

/** What is wrong with how the tool was called. */
export class AdminUsage extends Error {}

/** Where to and how, as said before or between the words of a command. */
export interface AdminOptions {
  readonly values: Readonly<Record<string, string>>
  /** What is no option of the tool's own. */
  readonly words: readonly string[]
}

/** Options of `rabbitmqadmin`, of both its generations; those without `!` take a value. */
const known: readonly (readonly [letter: string, ...names: string[]])[] = [
  ['c', 'config'],
  ['N', 'node'],
  ['H', 'host', 'hostname'],
  ['P', 'port'],
  ['', 'path-prefix'],
  ['V', 'vhost'],
  ['u', 'username'],
  ['p', 'password'],
  ['U', 'base-uri'],
  ['q', 'quiet!'],
  ['s', 'ssl!', 'use-tls!'],
  ['', 'ssl-key-file', 'tls-key-file'],
  ['', 'ssl-cert-file', 'tls-cert-file'],
  ['', 'ssl-ca-cert-file', 'tls-ca-cert-file'],
  ['', 'ssl-disable-hostname-verification!'],
  ['k', 'ssl-insecure!', 'insecure!'],
  ['t', 'request-timeout'],
  ['f', 'format'],
  ['S', 'sort'],
  ['R', 'sort-reverse!'],
  ['d', 'depth'],
  ['', 'bash-completion!'],
  ['', 'version!'],
  ['h', 'help!'],
  ['', 'non-interactive!'],
  ['', 'table-style'],
]

/** Options that hold for a whole command line of the second generation, wherever they stand. */
const everywhere = ['vhost', 'non-interactive', 'table-style', 'help']

/**
 * Takes the tool's options out of the words. In the second generation those behind a command are the command's own: pass
 * `untilCommand`.
 */
export function readAdminOptions(args: readonly string[], untilCommand: boolean): AdminOptions {
  const values: Record<string, string> = {}
  const words: string[] = []
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!
    const option = optionOf(word)
    const isOwn = option !== undefined && (!untilCommand || words.length === 0 || everywhere.includes(option.key))
    if (option === undefined || !isOwn) {
      if (!untilCommand && word.startsWith('-') && word !== '-') throw new AdminUsage(`no such option: ${word}`)
      words.push(word)
      continue
    }
    const value = option.value ?? (option.isFlag ? 'true' : args[++index])
    if (value === undefined) throw new AdminUsage(`${word} option requires 1 argument`)
    values[option.key] = value
  }
  return { values, words }
}

function optionOf(word: string): { key: string; isFlag: boolean; value: string | undefined } | undefined {
  const [, long, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
  const [, letter, attached] = /^-([a-zA-Z])(.+)?$/s.exec(word) ?? []
  const row = known.find(
    ([own, ...names]) =>
      (letter !== undefined && own === letter) || names.some((name) => name.replace('!', '') === long),
  )
  if (row === undefined) return undefined
  const isFlag = row[1]!.endsWith('!')
  if (isFlag && attached !== undefined) return undefined
  return { key: row[1]!.replace('!', ''), isFlag, value: value ?? attached }
}

/** Options of the command line, over those of a section of the configuration file, over those of the environment. */
export function withConfiguration(
  values: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const home = environment.HOME ?? environment.USERPROFILE
  const usual = home === undefined ? undefined : join(home, '.rabbitmqadmin.conf')
  const path = values.config ?? environment.RABBITMQADMIN_CONFIG_FILE_PATH ?? usual
  if (values.config !== undefined && !existsSync(values.config))
    throw new AdminUsage(`Could not read config file '${values.config}'`)
  const section = values.node ?? environment.RABBITMQADMIN_NODE_ALIAS ?? 'default'
  const fromFile = path !== undefined && existsSync(path) ? sectionOf(readFileSync(path, 'utf8'), section) : undefined
  if (fromFile === undefined && values.node !== undefined && values.node !== 'default')
    throw new AdminUsage(`Could not read section '${section}' in config file '${path}'`)
  return { ...fromEnvironment(environment), ...fromFile, ...values }
}

const variables: Readonly<Record<string, string>> = {
  RABBITMQADMIN_TARGET_HOST: 'host',
  RABBITMQADMIN_TARGET_PORT: 'port',
  RABBITMQADMIN_TARGET_VHOST: 'vhost',
  RABBITMQADMIN_USERNAME: 'username',
  RABBITMQADMIN_PASSWORD: 'password',
  RABBITMQADMIN_BASE_URI: 'base-uri',
  RABBITMQADMIN_API_PATH_PREFIX: 'path-prefix',
  RABBITMQADMIN_NON_INTERACTIVE_MODE: 'non-interactive',
  RABBITMQADMIN_QUIET_MODE: 'quiet',
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found = Object.entries(variables).flatMap(([variable, key]) => {
    const value = environment[variable]
    return value === undefined || value === '' || value === 'false' ? [] : [[key, value] as const]
  })
  return Object.fromEntries(found)
}

/** A section of the file, in the dialect of either generation (INI, or TOML without tables in tables). */
function sectionOf(content: string, name: string): Record<string, string> | undefined {
  const start = content.search(new RegExp(`^\\[${name.replace(/[^\w-]/g, '\\$&')}\\]\\s*$`, 'm'))
  if (start < 0) return undefined
  const lines = content.slice(start).split(/\r?\n/).slice(1)
  const end = lines.findIndex((line) => /^\s*\[/.test(line))
  const found: Record<string, string> = {}
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const [, key, value] = /^\s*([\w-]+)\s*[=:]\s*(.*?)\s*(?:#.*)?$/.exec(line) ?? []
    if (key === undefined || value === undefined) continue
    const plain = value.replace(/^"(.*)"$/s, '$1')
    if (!/^false$/i.test(plain)) found[key.replaceAll('_', '-').replace('hostname', 'host')] = plain
  }
  return found
}

/** Where these options lead. Throws an AdminUsage. */
export function addressOf(values: Readonly<Record<string, string>>): BrokerAddress {
  const { host = 'localhost', port, username = 'guest', password = 'guest', 'base-uri': base } = values
  const isTls = values.ssl !== undefined
  const prefix = values['path-prefix'] ?? ''
  const literal = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const text = base ?? `${isTls ? 'https' : 'http'}://${literal}:${port ?? '15672'}`
  if (!URL.canParse(text)) throw new AdminUsage(`'${text}' is no URL`)
  const url = new URL(text)
  if (url.username === '' || values.username !== undefined) url.username = encodeURIComponent(username)
  if (url.password === '' || values.password !== undefined) url.password = encodeURIComponent(password)
  url.pathname = prefix.replace(/\/api$/, '')
  return url.protocol === 'https:' ? { url, tls: tlsOf(values) } : { url }
}

function tlsOf(values: Readonly<Record<string, string>>): TlsOptions {
  const { 'ssl-ca-cert-file': ca, 'ssl-cert-file': cert, 'ssl-key-file': key } = values
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
    ...(values['ssl-insecure'] === undefined ? {} : { rejectUnauthorized: false }),
    ...(values['ssl-disable-hostname-verification'] === undefined ? {} : { checkServerIdentity: () => undefined }),
  }
}
