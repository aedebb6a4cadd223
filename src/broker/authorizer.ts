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
import { type TopicVariables, topicPattern } from './topic-pattern.ts'
import type { User } from './user.ts'

/** What was permitted is remembered of so many things, then asked anew. */
const GRANTED_MAX = 64

/** Where permissions are looked up. */
export interface PermissionSource {
  /** Grows when any of them changes. */
  readonly version: number
  get(user: string, vhost: string): Permission | undefined
  topic(user: string, vhost: string, exchange: string): { readonly write: string; readonly read: string } | undefined
}

/** Nothing. */
const noPermission: PermissionPatterns = compilePermission({ configure: '', write: '', read: '' })

/** Authorizes one user in one virtual host by the permissions the definitions hold, as they are at the time. */
export class PermissionAuthorizer implements Authorizer {
  readonly #user: User
  readonly #vhost: string
  readonly #source: PermissionSource
  readonly #variables: TopicVariables
  #version = -1
  #patterns = noPermission
  /** Names that matched before: a match takes microseconds, and publishes ask again for every new routing key. */
  readonly #granted = { configure: new Set<string>(), write: new Set<string>(), read: new Set<string>() }
  /** By exchange; undefined for one on which every routing key is permitted. */
  readonly #topics = new Map<string, TopicGrants | undefined>()

  /** `variables` are what patterns on routing keys may refer to beside `username` and `vhost`. */
  constructor(user: User, vhost: string, source: PermissionSource, variables: TopicVariables = {}) {
    this.#user = user
    this.#vhost = vhost
    this.#source = source
    this.#variables = { ...variables, username: user.name, vhost }
    this.#refresh()
  }

  require(access: AccessKind, kind: ResourceKind, name: string): void {
    if (this.#version !== this.#source.version) this.#refresh()
    const permitted = permissionName(kind, name)
    const granted = this.#granted[access]
    if (granted.has(permitted)) return
    if (!this.#patterns[access].matches(permitted)) throw this.#refusal(access, kind, permitted)
    if (granted.size === GRANTED_MAX) granted.clear()
    granted.add(permitted)
  }

  requireAny(kind: ResourceKind, name: string): void {
    if (this.#version !== this.#source.version) this.#refresh()
    const { configure, write, read } = this.#patterns
    const permitted = permissionName(kind, name)
    if (configure.matches(permitted) || write.matches(permitted) || read.matches(permitted)) return
    throw this.#refusal('read', kind, permitted)
  }

  requireTopic(access: 'write' | 'read', exchange: string, routingKey: string): void {
    if (this.#version !== this.#source.version) this.#refresh()
    const topic = this.#topics.has(exchange) ? this.#topics.get(exchange) : this.#addTopic(exchange)
    if (topic === undefined || topic.permits(access, routingKey)) return
    const resource = `topic '${routingKey}' in exchange '${exchange}' in vhost '${this.#vhost}'`
    throw new Fault('access-refused', `${access} access to ${resource} refused for user '${this.#user.name}'`)
  }

  /** Permissions changed: nothing that was concluded from them holds any more. */
  #refresh(): void {
    this.#version = this.#source.version
    this.#patterns = noPermission
    const permission = this.#source.get(this.#user.name, this.#vhost)
    for (const granted of Object.values(this.#granted)) granted.clear()
    this.#topics.clear()
    if (permission !== undefined) this.#patterns = compiled(this.#user, this.#vhost, permission)
  }

  #addTopic(exchange: string): TopicGrants | undefined {
    const permission = this.#source.topic(this.#user.name, this.#vhost, exchange)
    const topic = permission === undefined ? undefined : new TopicGrants(permission, this.#variables)
    if (this.#topics.size === GRANTED_MAX) this.#topics.clear()
    this.#topics.set(exchange, topic)
    return topic
  }

  #refusal(access: AccessKind, kind: ResourceKind, name: string): Fault {
    const resource = describe(kind, name, this.#vhost)
    return new Fault('access-refused', `${access} access to ${resource} refused for user '${this.#user.name}'`)
  }
}

/** What a user may do with the routing keys of one topic exchange. */
class TopicGrants {
  readonly #patterns: Readonly<Record<'write' | 'read', { matches(key: string): boolean }>>
  readonly #granted = { write: new Set<string>(), read: new Set<string>() }

  constructor(permission: { readonly write: string; readonly read: string }, variables: TopicVariables) {
    const pattern = (source: string) => {
      try {
        return topicPattern(source, variables)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        return { matches: () => false }
      }
    }
    this.#patterns = { write: pattern(permission.write), read: pattern(permission.read) }
  }

  permits(access: 'write' | 'read', routingKey: string): boolean {
    const granted = this.#granted[access]
    if (granted.has(routingKey)) return true
    if (!this.#patterns[access].matches(routingKey)) return false
    if (granted.size === GRANTED_MAX) granted.clear()
    granted.add(routingKey)
    return true
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
