/** Whether a name is meant: a regular expression an operator wrote, searched anywhere in the name. */
export interface NamePattern {
  readonly source: string
  matches(name: string): boolean
}

/** Compiles a pattern; throws a SyntaxError for one that is none. The empty pattern matches nothing. */
export function namePattern(source: string): NamePattern {
  const expression = new RegExp(source)
  return { source, matches: (name) => source !== '' && expression.test(name) }
}
