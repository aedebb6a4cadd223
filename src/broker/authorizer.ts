import { Fault } from './fault.ts'
import type { NameGrants } from './name-grants.ts'
import { type AccessKind, type Authorizer, permissionName } from './permission.ts'
import { describe, type ResourceKind } from './resource.ts'
import { type TopicVariables, topicPattern } from './topic-pattern.ts'
import type { User } from './user.ts'

/** What was permitted is remembered of so many routing keys and exchanges, then asked anew. */
const GRANTED_MAX = 64

const accessKinds: readonly AccessKind[] = ['configure', 'write', 'read']

/** Where permissions are looked up. */
export interface PermissionSource {
  /** Grows when any of them changes. */
  readonly version: number
  /** What its permission says, shared by all who ask; undefined where there is none. */
  grants(user: string, vhost: string): NameGrants | undefined
  topic(user: string, vhost: string, exchange: string): { readonly write: string; readonly read: string } | undefined
}

/** Authorizes one user in one virtual host by the permissions the definitions hold, as they are at the time. */
export class PermissionAuthorizer implements Authorizer {
  readonly #user: User
  readonly #vhost: string
  readonly #source: PermissionSource
  readonly #variables: TopicVariables
  #version = -1
  #grants: NameGrants | undefined
  /** By exchange, those on which not every routing key is permitted. */
  #topics: Map<string, TopicGrants> | undefined

  /** `variables` are what patterns on routing keys may refer to beside `username` and `vhost`. */
  constructor(user: User, vhost: string, source: PermissionSource, variables: TopicVariables = {}) {
    this.#user = user
    this.#vhost = vhost
    this.#source = source
    this.#variables = variables
    this.#refresh()
  }

  require(access: AccessKind, kind: ResourceKind, name: string): void {
    if (this.#version !== this.#source.version) this.#refresh()
    const permitted = permissionName(kind, name)
    if (this.#grants?.permits(access, permitted) !== true) throw this.#refusal(access, kind, permitted)
  }

  requireAny(kind: ResourceKind, name: string): void {
    if (this.#version !== this.#source.version) this.#refresh()
    const permitted = permissionName(kind, name)
    const grants = this.#grants
    if (grants !== undefined && accessKinds.some((access) => grants.permits(access, permitted))) return
    throw this.#refusal('read', kind, permitted)
  }

  requireTopic(access: 'write' | 'read', exchange: string, routingKey: string): void {
    if (this.#version !== this.#source.version) this.#refresh()
    const topic = this.#topics?.get(exchange) ?? this.#addTopic(exchange)
    if (topic === undefined || topic.permits(access, routingKey)) return
    const resource = `topic '${routingKey}' in exchange '${exchange}' in vhost '${this.#vhost}'`
    throw new Fault('access-refused', `${access} access to ${resource} refused for user '${this.#user.name}'`)
  }

  /** Permissions changed: nothing that was concluded from them holds any more. */
  #refresh(): void {
    this.#version = this.#source.version
    this.#topics = undefined
    this.#grants = undefined
    this.#grants = this.#source.grants(this.#user.name, this.#vhost)
  }

  #addTopic(exchange: string): TopicGrants | undefined {
    const permission = this.#source.topic(this.#user.name, this.#vhost, exchange)
    // Looking that up again costs three maps, and remembering it one for each connection.
    if (permission === undefined) return undefined
    const variables = { ...this.#variables, username: this.#user.name, vhost: this.#vhost }
    const topic = new TopicGrants(permission, variables)
    this.#topics ??= new Map()
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
