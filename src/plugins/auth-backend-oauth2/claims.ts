/** The claims of a token, as they come: nothing in them is of the type it should be until looked at. */
export type Claims = Readonly<Record<string, unknown>>

/** A list of texts, or one with blanks between its words. */
export function words(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '')
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** A claim, if it is there and no matter of its prototype. */
export function claim(claims: unknown, name: string): unknown {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined
  return Object.hasOwn(claims, name) ? (claims as Claims)[name] : undefined
}

/** Every value that a path with dots leads to; through lists, it leads to each of their elements. */
export function valuesAt(claims: Claims, path: string): unknown[] {
  let found: unknown[] = [claims]
  for (const name of path.split('.').filter((part) => part !== '')) {
    found = found.flatMap((value) => {
      const holders = Array.isArray(value) ? value : [value]
      return holders.map((holder) => claim(holder, name)).filter((inner) => inner !== undefined)
    })
  }
  return found
}
