import { type Action, quote } from './action.ts'
import { path } from './request.ts'

/** A user, as administrators see one. */
export interface UserEntry {
  readonly name: string
  readonly password_hash: string
  readonly hashing_algorithm: string | null
  readonly tags: readonly string[]
  readonly limits: Readonly<Record<string, number>>
}

/** What a user may do in a virtual host, as patterns. */
export interface Permission {
  readonly user: string
  readonly vhost: string
  readonly configure: string
  readonly write: string
  readonly read: string
}

/** What a user may do with routing keys of an exchange. */
export interface TopicPermission {
  readonly user: string
  readonly vhost: string
  readonly exchange: string
  readonly write: string
  readonly read: string
}

/** A virtual host. */
export interface VhostEntry {
  readonly name: string
  readonly description: string
  readonly tags: readonly string[]
  readonly default_queue_type: string
  readonly protected_from_deletion: boolean
  readonly tracing: boolean
  readonly messages?: number
}

/** Gives permissions. */
export function setPermission({ user, vhost, configure, write, read }: Permission): Action {
  return {
    method: 'PUT',
    path: path`/permissions/${vhost}/${user}`,
    body: { configure, write, read },
    cli: `set_permissions -p ${quote(vhost)} ${quote(user)} ${[configure, write, read].map(shown).join(' ')}`,
  }
}

function shown(text: string): string {
  return text === '' ? "''" : quote(text)
}

/** Takes them away. */
export function clearPermission({ user, vhost }: Pick<Permission, 'user' | 'vhost'>): Action {
  return {
    method: 'DELETE',
    path: path`/permissions/${vhost}/${user}`,
    cli: `clear_permissions -p ${quote(vhost)} ${quote(user)}`,
  }
}

/** Words that commas separate. */
export function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
