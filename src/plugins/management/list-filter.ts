import { namePattern } from '../../broker/name-pattern.ts'
import { badRequest } from './http-error.ts'
import type { Json } from './listing.ts'

/** What a filter needs to know of an item: what stands at a path of its JSON. */
export type ValueReader<T> = (path: string) => (item: T) => Json

type Test = (value: Json) => boolean

/** Short names for paths that are asked for often. */
const shortNames: Readonly<Record<string, string>> = {
  ready: 'messages_ready',
  unacked: 'messages_unacknowledged',
}

/**
 * Understands `state:running consumers:0 messages:>1000 name:~^orders arg:x-max-priority -type:stream eu`: all of these
 * must be so. A word without a colon is part of the name. Throws an HttpError (400) for what cannot be understood.
 */
export function readFilter<T>(text: string, name: (item: T) => string, read: ValueReader<T>): (item: T) => boolean {
  const tests = words(text).map((word) => readWord(word, name, read))
  return (item) => tests.every((test) => test(item))
}

/** Words are apart by spaces; quotes hold together what has some. */
function words(text: string): string[] {
  return Array.from(text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g), ([word]) => word.replaceAll('"', ''))
}

function readWord<T>(word: string, name: (item: T) => string, read: ValueReader<T>): (item: T) => boolean {
  if (word.startsWith('-') && word.length > 1) {
    const test = readWord(word.slice(1), name, read)
    return (item) => !test(item)
  }
  const [, field, wanted = ''] = /^([\w.]+):(.*)$/s.exec(word) ?? []
  if (field === undefined) {
    const part = word.toLowerCase()
    return (item) => name(item).toLowerCase().includes(part)
  }
  if (field === 'arg') return readArgument(wanted, read)
  const value = field === 'name' ? name : read(shortNames[field] ?? field)
  const test = readTest(wanted)
  return (item) => test(value(item))
}

/** `arg:x-max-priority`, `arg:x-queue-mode=lazy`. */
function readArgument<T>(wanted: string, read: ValueReader<T>): (item: T) => boolean {
  const [key = '', ...rest] = wanted.split('=')
  const value = read('arguments')
  const test = rest.length === 0 ? (found: Json) => found !== undefined : readTest(rest.join('='))
  return (item) => {
    const arguments_ = Object(value(item)) as Record<string, Json>
    return test(Object.hasOwn(arguments_, key) ? arguments_[key] : undefined)
  }
}

function readTest(wanted: string): Test {
  const [, sign = '', rest = ''] = /^(>=|<=|>|<|=|!|~)?(.*)$/s.exec(wanted)!
  if (sign === '~') {
    const pattern = readPattern(rest)
    return (value) => pattern.matches(String(value ?? ''))
  }
  if (/^[<>]/.test(sign)) {
    const bound = Number(rest)
    if (rest === '' || Number.isNaN(bound)) throw badRequest(`${wanted} should be a comparison with a number`)
    return (value) => typeof value === 'number' && compare(value, sign, bound)
  }
  const equal = (value: Json) => String(value ?? '').toLowerCase() === rest.toLowerCase()
  return sign === '!' ? (value) => !equal(value) : equal
}

function compare(value: number, sign: string, bound: number): boolean {
  if (sign === '>') return value > bound
  if (sign === '>=') return value >= bound
  return sign === '<' ? value < bound : value <= bound
}

function readPattern(text: string) {
  try {
    return namePattern(`(?i)${text}`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw badRequest(`invalid regex: ${error.message}`)
  }
}
