/** A question to a directory, as RabbitMQ's `auth_ldap.queries` have them. */
export type LdapQuery =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'exists'; readonly dn: string }
  | { readonly kind: 'in_group'; readonly dn: string; readonly attribute: string }
  | {
      readonly kind: 'in_group_nested'
      readonly dn: string
      readonly attribute: string
      readonly scope: 'sub' | 'one'
    }
  | { readonly kind: 'for'; readonly cases: readonly LdapCase[] }
  | { readonly kind: 'not'; readonly query: LdapQuery }
  | { readonly kind: 'and' | 'or'; readonly queries: readonly LdapQuery[] }
  | { readonly kind: 'equals' | 'match'; readonly left: LdapText; readonly right: LdapText }

/** One case of `for`: asked when `variable` is `value`. */
export interface LdapCase {
  readonly variable: string
  readonly value: string
  readonly query: LdapQuery
}

/** A text to compare: a pattern, or what an entry has as its attribute. */
export type LdapText =
  | { readonly kind: 'string'; readonly pattern: string }
  | { readonly kind: 'attribute'; readonly dn: string; readonly attribute: string }
