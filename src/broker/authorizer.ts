import { Fault } from './fault.ts'
import {
  type AccessKind,
  type Authorizer,
  compilePermission,
  type Permission,
  type PermissionPatterns,
  permissionName,
} from './permission.ts'
import { describe, type ResourceKind } from './resource.ts'
import type { User } from './user.ts'

const GRANTED_MAX = 64

/** Authorizes one user in one virtual host by the permission the definitions hold. */
export class PermissionAuthorizer implements Authorizer {
  readonly #user: User
  readonly #vhost: string
  readonly #patterns: PermissionPatterns
  /** Names that matched before: a match takes microseconds, and publishes ask again for every new routing key. */
  readonly #granted = { configure: new Set<string>(), write: new Set<string>(), read: new Set<string>() }

  constructor(user: User, vhost: string, permission: Permission) {
    this.#user = user
    this.#vhost = vhost
    this.#patterns = compiled(user, vhost, permission)
  }

  require(access: AccessKind, kind: ResourceKind, name: string): void {
    const permitted = permissionName(kind, name)
    const granted = this.#granted[access]
    if (granted.has(permitted)) return
    if (!this.#patterns[access].matches(permitted)) throw this.#refusal(access, kind, permitted)
    if (granted.size === GRANTED_MAX) granted.clear()
    granted.add(permitted)
  }

  requireAny(kind: ResourceKind, name: string): void {
    const { configure, write, read } = this.#patterns
    const permitted = permissionName(kind, name)
    if (configure.matches(permitted) || write.matches(permitted) || read.matches(permitted)) return
    throw this.#refusal('read', kind, permitted)
  }

  #refusal(access: AccessKind, kind: ResourceKind, name: string): Fault {
    const resource = describe(kind, name, this.#vhost)
    return new Fault('access-refused', `${access} access to ${resource} refused for user '${this.#user.name}'`)
  }
}

/** What is written is checked when it is written; what was in the definitions all the same lets nobody in. */
function compiled(user: User, vhost: string, permission: Permission): PermissionPatterns {
  try {
    return compilePermission(permission)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Fault('access-refused', `bad permission of user '${user.name}' in vhost '${vhost}': ${error.message}`)
  }
}
