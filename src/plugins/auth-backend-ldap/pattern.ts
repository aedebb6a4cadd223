/** What `${name}` in patterns stands for. */
export type Variables = Readonly<Record<string, string>>

/** Puts variables into a pattern as they are; a name nobody knows stays. */
export function fill(pattern: string, variables: Variables): string {
  return pattern.replace(/\$\{([^}]*)\}/g, (whole, name: string) =>
    Object.hasOwn(variables, name) ? variables[name]! : whole,
  )
}

/**
 * The same for a distinguished name, of which a variable is but one value, whatever is in it: nobody becomes another
 * by a comma in a name. `user_dn` is such a name itself.
 */
export function fillDn(pattern: string, variables: Variables): string {
  const escaped = Object.entries(variables).map(([name, value]) => [
    name,
    name === 'user_dn' ? value : escapeDnValue(value),
  ])
  return fill(pattern, Object.fromEntries(escaped) as Variables)
}

/** RFC 4514, section 2.4. */
export function escapeDnValue(value: string): string {
  return value
    .replaceAll(/[\\"+,;<>=]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replaceAll('\0', '\\00')
}

/** `username`, and for `DOMAIN\user` its two parts, as directories of Microsoft call them. */
export function userVariables(name: string): Record<string, string> {
  const [domain, user, more] = name.split('\\')
  return user === undefined || more !== undefined
    ? { username: name }
    : { username: name, ad_domain: domain!, ad_user: user }
}
