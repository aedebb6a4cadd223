import { namePattern } from '../../broker/name-pattern.ts'
import type { DirectorySession } from './directory.ts'
import { fill, fillDn, type Variables } from './pattern.ts'
import type { LdapQuery, LdapText } from './query.ts'

/** Groups in groups are followed so far. */
const NESTED_GROUPS_MAX = 1000

export interface EvaluationOptions {
  readonly session: DirectorySession
  readonly variables: Variables
  readonly userDn: string
  /** Where groups are looked for that hold groups. */
  readonly groupBase: string | undefined
}

/** What a directory answers to a query. */
export class Evaluation {
  readonly #options: EvaluationOptions

  constructor(options: EvaluationOptions) {
    this.#options = options
  }

  async holds(query: LdapQuery): Promise<boolean> {
    const { session, variables, userDn } = this.#options
    switch (query.kind) {
      case 'constant':
        return query.value
      case 'exists':
        return await session.exists(fillDn(query.dn, variables))
      case 'in_group':
        return await session.exists(fillDn(query.dn, variables), { attribute: query.attribute, value: userDn })
      case 'in_group_nested':
        return await this.#isNested(fillDn(query.dn, variables), query)
      case 'for':
        return await this.#chooses(query)
      case 'not':
        return !(await this.holds(query.query))
      case 'and':
        for (const inner of query.queries) if (!(await this.holds(inner))) return false
        return true
      case 'or':
        for (const inner of query.queries) if (await this.holds(inner)) return true
        return false
      case 'equals':
      case 'match':
        return await this.#compares(query)
      default:
        return query satisfies never
    }
  }

  async #chooses({ cases }: Extract<LdapQuery, { kind: 'for' }>): Promise<boolean> {
    const { variables } = this.#options
    for (const { variable, value, query } of cases) {
      if (!Object.hasOwn(variables, variable))
        throw new Error(`an LDAP query asks for '${variable}', which is not known here`)
      if (variables[variable] === value) return await this.holds(query)
    }
    throw new Error('an LDAP query has no case for this')
  }

  async #compares({ kind, left, right }: Extract<LdapQuery, { kind: 'equals' | 'match' }>): Promise<boolean> {
    const [one, other] = [await this.#text(left), await this.#text(right)]
    if (one === undefined || other === undefined) return false
    return kind === 'equals' ? one === other : namePattern(other).matches(one)
  }

  async #text(text: LdapText): Promise<string | undefined> {
    const { session, variables } = this.#options
    if (text.kind === 'string') return fill(text.pattern, variables)
    return await session.attribute(fillDn(text.dn, variables), text.attribute)
  }

  /** Whether the user is in a group, or in one that is in it, and so on. */
  async #isNested(
    group: string,
    { attribute, scope }: Extract<LdapQuery, { kind: 'in_group_nested' }>,
  ): Promise<boolean> {
    const { session, userDn, groupBase } = this.#options
    if (groupBase === undefined) throw new Error('in_group_nested needs auth_ldap.group_lookup_base')
    const wanted = group.toLowerCase()
    const seen = new Set<string>()
    let members = [userDn]
    while (members.length > 0 && seen.size < NESTED_GROUPS_MAX) {
      const found: string[] = []
      for (const value of members) found.push(...(await session.find(groupBase, { attribute, value, scope })))
      const fresh = found.filter((dn) => !seen.has(dn.toLowerCase()))
      if (fresh.some((dn) => dn.toLowerCase() === wanted)) return true
      for (const dn of fresh) seen.add(dn.toLowerCase())
      members = [...new Set(fresh)]
    }
    return false
  }
}
