import { namePattern } from '../../broker/name-pattern.ts'

/** Longest pattern that is looked at, in letters. */
const PATTERN_LENGTH_MAX = 2048

/** Whether a pattern of a scope, percent-encoded and with `*` for anything, stands for `subject`, as RabbitMQ decides. */
export function wildcardMatches(pattern: string, subject: string): boolean {
  if (pattern.length > PATTERN_LENGTH_MAX) return false
  let parts: string[]
  try {
    parts = pattern.split('*').map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
  } catch {
    return false
  }
  const [first = '', ...rest] = parts
  if (!subject.startsWith(first)) return false
  return partsMatch(rest, subject, first.length)
}

/** Each part is behind a `*`. The first place where it fits is taken, the only one RabbitMQ tries. */
function partsMatch(parts: readonly string[], subject: string, start: number): boolean {
  let at = start
  for (const [index, part] of parts.entries()) {
    if (part === '' && index === parts.length - 1) return true
    if (at === subject.length) return false
    if (part === '') continue
    const found = subject.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at === subject.length
}

/** Whether a regular expression stands for the whole of `subject`. What cannot be read as one stands for nothing. */
export function regexMatches(pattern: string, subject: string): boolean {
  if (pattern.length > PATTERN_LENGTH_MAX) return false
  try {
    // By itself first: it must not end our parenthesis.
    namePattern(pattern)
    return namePattern(`^(?:${pattern})$`).matches(subject)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** A text in a form in which a pattern means nothing but the text itself. */
export const literal = {
  wildcard: (text: string): string => encodeURIComponent(text).replaceAll('*', '%2A'),
  regex: (text: string): string => text.replaceAll(/[!-/:-@[-`{-~]/g, '\\$&'),
} as const
