import type { ConnectionOptions } from 'node:tls'
import type { LdapQuery } from './query.ts'

/** A directory that is asked who somebody is and what they may do (`auth_ldap`). */
export interface LdapSettings {
  /** Tried in this order. */
  readonly servers: readonly string[]
  readonly port: number
  readonly encryption: 'none' | 'tls' | 'starttls'
  readonly tls: ConnectionOptions
  /** For a connection, and for each answer. */
  readonly milliseconds: number
  /** Connections to the directory at a time. */
  readonly connectionsMax: number
  /** What is asked and decided is logged. */
  readonly logsDecisions: boolean
  /** `cn=${username},ou=People,dc=example,dc=com`. */
  readonly userDnPattern: string
  /** The same for binding, where a directory takes other names for that (`${username}@example.com`). */
  readonly userBindPattern: string | undefined
  /** Where a user's entry is looked for by an attribute, instead of by its name. */
  readonly lookup: { readonly attribute: string; readonly base: string; readonly bind: LdapBind } | undefined
  /** As whom questions of authorization are asked. */
  readonly otherBind: LdapBind
  /** Where groups are that hold groups. */
  readonly groupBase: string | undefined
  readonly queries: LdapQueries
}

/** Whom to bind as. */
export type LdapBind = 'as_user' | 'anon' | { readonly dn: string; readonly password: string }

export interface LdapQueries {
  readonly vhost: LdapQuery
  readonly resource: LdapQuery
  readonly topic: LdapQuery
  /** By tag. */
  readonly tags: ReadonlyMap<string, LdapQuery>
}
