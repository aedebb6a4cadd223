import { Fault } from '../fault.ts'
import { compilePermission, type Permission } from '../permission.ts'
import type { Permissions, TopicPermission, UserPermission } from '../permissions.ts'
import type { Users } from '../users.ts'
import type { Actor } from './actor.ts'
import type { Office } from './office.ts'

/** Which permissions are meant; all when nothing is said. */
export interface PermissionFilter {
  readonly user?: string
  readonly vhost?: string
  /** Of topic permissions only. */
  readonly exchange?: string
}

/** Patterns on routing keys of one topic exchange; `{username}`, `{vhost}` and `{client_id}` stand for what they say. */
export interface TopicPatterns {
  readonly write: string
  readonly read: string
}

export interface PermissionPorts {
  readonly office: Office
  readonly users: Users
  readonly permissions: Permissions
  hasVhost(name: string): boolean
}

/** What users may do in virtual hosts. A change counts at once, also for connections that are open. */
export class PermissionAdministration {
  readonly #ports: PermissionPorts
  readonly #office: Office
  readonly #permissions: Permissions

  constructor(ports: PermissionPorts) {
    this.#ports = ports
    this.#office = ports.office
    this.#permissions = ports.permissions
  }

  async list(actor: Actor, filter: PermissionFilter = {}): Promise<readonly UserPermission[]> {
    await this.#office.authorize({ operation: 'permissions.list', actor, resource: {} })
    return [...this.#permissions.all()].filter((permission) => isMeant(permission, filter))
  }

  /** Throws a Fault('precondition-failed') for a pattern that is none, and a Fault('not-found') for nobody or nowhere. */
  set(actor: Actor, user: string, vhost: string, permission: Permission): Promise<void> {
    const what = describe(user, vhost)
    return this.#office.carryOut({ operation: 'permissions.set', actor, what, vhost, resource: {} }, () => {
      this.#require(user, vhost)
      const { configure, write, read } = permission
      compiled(() => compilePermission({ configure, write, read }))
      this.#permissions.set({ kind: 'permission', user, vhost, configure, write, read })
      this.#office.logger.info(
        `Successfully set permissions for user '${user}' in virtual host '${vhost}' to '${configure}', '${write}', '${read}'`,
      )
      this.#office.emit('permission.created', actor, { user, vhost, configure, write, read })
    })
  }

  /** What is not there is cleared. */
  clear(actor: Actor, user: string, vhost: string): Promise<void> {
    const what = describe(user, vhost)
    return this.#office.carryOut({ operation: 'permissions.clear', actor, what, vhost, resource: {} }, () => {
      this.#require(user, vhost)
      const known = this.#permissions.get(user, vhost)
      if (known === undefined) return
      this.#permissions.clear(known)
      this.#office.emit('permission.deleted', actor, { user, vhost })
    })
  }

  async listTopic(actor: Actor, filter: PermissionFilter = {}): Promise<readonly TopicPermission[]> {
    await this.#office.authorize({ operation: 'permissions.listTopic', actor, resource: {} })
    return [...this.#permissions.allTopics()].filter((permission) => isMeant(permission, filter))
  }

  setTopic(
    actor: Actor,
    place: { readonly user: string; readonly vhost: string; readonly exchange: string },
    patterns: TopicPatterns,
  ): Promise<void> {
    const { user, vhost, exchange } = place
    const what = `topic permissions of user '${user}' on exchange '${exchange}' in vhost '${vhost}'`
    return this.#office.carryOut({ operation: 'permissions.setTopic', actor, what, vhost, resource: {} }, () => {
      this.#require(user, vhost)
      const { write, read } = patterns
      compiled(() => compilePermission({ configure: '', write: withoutVariables(write), read: withoutVariables(read) }))
      this.#permissions.setTopic({ kind: 'topic-permission', user, vhost, exchange, write, read })
      this.#office.emit('topic.permission.created', actor, { user, vhost, exchange, write, read })
    })
  }

  /** Clears those on one exchange, or on all of the virtual host. */
  clearTopic(
    actor: Actor,
    place: { readonly user: string; readonly vhost: string; readonly exchange?: string },
  ): Promise<void> {
    const { user, vhost } = place
    const what = `topic permissions of user '${user}' in vhost '${vhost}'`
    return this.#office.carryOut({ operation: 'permissions.clearTopic', actor, what, vhost, resource: {} }, () => {
      this.#require(user, vhost)
      for (const permission of [...this.#permissions.allTopics()]) {
        if (!isMeant(permission, place)) continue
        this.#permissions.clearTopic(permission)
        this.#office.emit('topic.permission.deleted', actor, { user, vhost, exchange: permission.exchange })
      }
    })
  }

  #require(user: string, vhost: string): void {
    if (this.#ports.users.get(user) === undefined) throw new Fault('not-found', `User '${user}' does not exist`)
    if (!this.#ports.hasVhost(vhost)) throw new Fault('not-found', `Virtual host '${vhost}' does not exist`)
  }
}

function isMeant(permission: UserPermission | TopicPermission, { user, vhost, exchange }: PermissionFilter): boolean {
  if (user !== undefined && permission.user !== user) return false
  if (vhost !== undefined && permission.vhost !== vhost) return false
  return exchange === undefined || ('exchange' in permission && permission.exchange === exchange)
}

function compiled(compile: () => void): void {
  try {
    compile()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Fault('precondition-failed', `invalid regular expression: ${error.message}`)
  }
}

/** What stands for something else is no part of the pattern's syntax. */
function withoutVariables(pattern: string): string {
  return pattern.replace(/\{[A-Za-z_]\w*\}/g, 'x')
}

function describe(user: string, vhost: string): string {
  return `permissions of user '${user}' in vhost '${vhost}'`
}
