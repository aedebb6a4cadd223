import { type NamePattern, namePattern } from './name-pattern.ts'

/** What stands for something else in patterns of topic permissions: `{username}`, `{vhost}`, `{client_id}`. */
export type TopicVariables = Readonly<Record<string, string>>

const variable = /\{([A-Za-z_]\w*)\}/g

/**
 * A pattern on routing keys with its variables replaced, each by a pattern of exactly its value: whatever characters
 * a user or a client gives itself as a name, they mean themselves. What nobody knows the value of stays as it is.
 */
export function topicPattern(source: string, variables: TopicVariables): NamePattern {
  return namePattern(
    source.replace(variable, (whole, name: string) =>
      Object.hasOwn(variables, name) ? literal(variables[name]!) : whole,
    ),
  )
}

/** The pattern without what stands for something else, which is no part of its syntax; to be checked. */
export function withoutVariables(source: string): string {
  return source.replace(variable, 'x')
}

/** Every character that could mean something, and every other of ASCII that is neither letter nor digit. */
function literal(text: string): string {
  return text.replace(/\W/g, (character) => (character > '~' ? character : escaped(character)))
}

function escaped(character: string): string {
  return `\\x{${character.codePointAt(0)!.toString(16)}}`
}
