import type { DefinitionOf } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { NameGrants } from './name-grants.ts'

/** What a user may do in a virtual host. */
export type UserPermission = DefinitionOf<'permission'>

/** What a user may do with the routing keys of one topic exchange. */
export type TopicPermission = DefinitionOf<'topic-permission'>

/** Users and virtual hosts of which it is remembered; those who have theirs keep it. */
const GRANTS_MAX = 1024

/** What users may do, kept in the definitions. Every change takes effect at once. */
export class Permissions {
  /** Grows with every change: what was concluded from permissions before is void then. */
  version = 0
  readonly #definitions: Definitions
  readonly #onChange: (user: string, vhost: string) => void
  /** By user, then by virtual host. */
  readonly #permissions = new Map<string, Map<string, UserPermission>>()
  /** What was concluded from them, by user and virtual host: thousands of connections may be of one user. */
  readonly #grants = new Map<string, NameGrants>()
  /** By user, then by virtual host, then by exchange. */
  readonly #topics = new Map<string, Map<string, Map<string, TopicPermission>>>()

  /** `onChange` is called after every change, with whose it was and where. */
  constructor(definitions: Definitions, onChange: (user: string, vhost: string) => void) {
    this.#definitions = definitions
    this.#onChange = onChange
    for (const permission of definitions.all('permission')) this.#keep(permission)
    for (const permission of definitions.all('topic-permission')) this.#keepTopic(permission)
  }

  get(user: string, vhost: string): UserPermission | undefined {
    return this.#permissions.get(user)?.get(vhost)
  }

  /** The permission, ready to be asked; undefined where there is none. */
  grants(user: string, vhost: string): NameGrants | undefined {
    const key = `${vhost}\0${user}`
    const known = this.#grants.get(key)
    if (known !== undefined) return known
    const permission = this.get(user, vhost)
    if (permission === undefined) return undefined
    const grants = new NameGrants(user, vhost, permission)
    if (this.#grants.size === GRANTS_MAX) this.#grants.clear()
    this.#grants.set(key, grants)
    return grants
  }

  topic(user: string, vhost: string, exchange: string): TopicPermission | undefined {
    return this.#topics.get(user)?.get(vhost)?.get(exchange)
  }

  *all(): Iterable<UserPermission> {
    for (const ofUser of this.#permissions.values()) yield* ofUser.values()
  }

  *allTopics(): Iterable<TopicPermission> {
    for (const ofUser of this.#topics.values()) for (const ofVhost of ofUser.values()) yield* ofVhost.values()
  }

  set(permission: UserPermission): void {
    this.#keep(permission)
    this.#definitions.put(permission)
    this.#changed(permission)
  }

  setTopic(permission: TopicPermission): void {
    this.#keepTopic(permission)
    this.#definitions.put(permission)
    this.#changed(permission)
  }

  /** What is not there is cleared. */
  clear(permission: UserPermission): void {
    const ofUser = this.#permissions.get(permission.user)
    ofUser?.delete(permission.vhost)
    if (ofUser?.size === 0) this.#permissions.delete(permission.user)
    this.#definitions.delete(permission)
    this.#changed(permission)
  }

  clearTopic(permission: TopicPermission): void {
    const { user, vhost, exchange } = permission
    this.#topics.get(user)?.get(vhost)?.delete(exchange)
    this.#definitions.delete(permission)
    this.#changed(permission)
  }

  #changed({ user, vhost }: UserPermission | TopicPermission): void {
    this.version++
    this.#grants.clear()
    this.#onChange(user, vhost)
  }

  #keep(permission: UserPermission): void {
    const ofUser = this.#permissions.get(permission.user)
    if (ofUser === undefined) this.#permissions.set(permission.user, new Map([[permission.vhost, permission]]))
    else ofUser.set(permission.vhost, permission)
  }

  #keepTopic(permission: TopicPermission): void {
    const { user, vhost, exchange } = permission
    const ofUser = this.#topics.get(user) ?? new Map<string, Map<string, TopicPermission>>()
    this.#topics.set(user, ofUser)
    const ofVhost = ofUser.get(vhost)
    if (ofVhost === undefined) ofUser.set(vhost, new Map([[exchange, permission]]))
    else ofVhost.set(exchange, permission)
  }
}
