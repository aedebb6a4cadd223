import { Fault } from './fault.ts'
import { type AccessKind, compilePermission, type Permission, type PermissionPatterns } from './permission.ts'

/** What was permitted is remembered of so many names, then asked anew. */
const GRANTED_MAX = 256

/** What one user may do in one virtual host, for all of the user's connections, until permissions change. */
export class NameGrants {
  readonly patterns: PermissionPatterns
  /** Names that matched before: a match takes microseconds, and publishes ask again for every new routing key. */
  readonly #granted = { configure: new Set<string>(), write: new Set<string>(), read: new Set<string>() }

  /** Throws a Fault for a permission that is no regular expression. */
  constructor(user: string, vhost: string, permission: Permission) {
    this.patterns = compiled(user, vhost, permission)
  }

  permits(access: AccessKind, name: string): boolean {
    const pattern = this.patterns[access]
    // This one is told faster than whether it was asked before.
    if (pattern.source === '.*') return true
    const granted = this.#granted[access]
    if (granted.has(name)) return true
    if (!pattern.matches(name)) return false
    if (granted.size === GRANTED_MAX) granted.clear()
    granted.add(name)
    return true
  }
}

/** What is written is checked when it is written; what was in the definitions all the same lets nobody in. */
function compiled(user: string, vhost: string, permission: Permission): PermissionPatterns {
  try {
    return compilePermission(permission)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Fault('access-refused', `bad permission of user '${user}' in vhost '${vhost}': ${error.message}`)
  }
}
