import { type NamePattern, namePattern } from './name-pattern.ts'
import type { ResourceKind } from './resource.ts'

/** The three things a user may be allowed to do with a queue or an exchange. */
export type AccessKind = 'configure' | 'write' | 'read'

/** What a user may do in a virtual host: a regular expression over names for each kind of access. */
export interface Permission {
  readonly configure: string
  readonly write: string
  readonly read: string
}

/** Port: may this user do that; made for one user in one virtual host. */
export interface Authorizer {
  /** Throws a Fault unless `access` to the resource is permitted. */
  require(access: AccessKind, kind: ResourceKind, name: string): void
  /** Throws a Fault unless any access at all to the resource is permitted. */
  requireAny(kind: ResourceKind, name: string): void
  /** Throws a Fault unless a routing key of a topic exchange may be published with (`write`) or bound with (`read`). */
  requireTopic(access: 'write' | 'read', exchange: string, routingKey: string): void
}

/** A permission, ready to be asked. */
export interface PermissionPatterns {
  readonly configure: NamePattern
  readonly write: NamePattern
  readonly read: NamePattern
}

/** Throws a SyntaxError when one of the three is no regular expression. */
export function compilePermission(permission: Permission): PermissionPatterns {
  return {
    configure: namePattern(permission.configure),
    write: namePattern(permission.write),
    read: namePattern(permission.read),
  }
}

/** The name permissions are written for: the default exchange, which has none, is `amq.default`. */
export function permissionName(kind: ResourceKind, name: string): string {
  return kind === 'exchange' && name === '' ? 'amq.default' : name
}
