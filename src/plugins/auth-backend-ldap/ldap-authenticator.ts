import type {
  Authenticated,
  Authenticator,
  Authorization,
  Credentials,
  ResourceQuestion,
  TopicQuestion,
  Verdict,
} from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Logger } from '../../std/logger.ts'
import { BindRefused, type Directory, type DirectorySession, type Credentials as LdapCredentials } from './directory.ts'
import { Evaluation } from './evaluation.ts'
import { fill, fillDn, userVariables, type Variables } from './pattern.ts'
import type { LdapBind, LdapSettings } from './settings.ts'

/** A user as the directory knows it, with what to bind as where that is the user. */
interface LdapUser {
  readonly name: string
  readonly dn: string
  readonly password: string | undefined
  /** What was bound with, which need not be the name of the entry. */
  readonly bindName: string
}

/** Asks an LDAP directory. */
export class LdapAuthenticator implements Authenticator {
  readonly name = 'ldap'
  readonly #settings: LdapSettings
  readonly #directory: Directory
  readonly #logger: Logger

  constructor(settings: LdapSettings, directory: Directory, logger: Logger) {
    this.#settings = settings
    this.#directory = directory
    this.#logger = logger
  }

  async authenticate({ user, password }: Credentials): Promise<Authenticated> {
    // A directory takes an empty password for a visit by nobody in particular (RFC 4513, section 5.1.2).
    if (password === '') throw new Fault('access-refused', `user '${user}' - unauthenticated bind not allowed`)
    try {
      const found = password === undefined ? await this.#look(user) : await this.#logIn(user, password)
      this.#log(`login of '${user}' as ${found.user.dn}: ok`)
      const authorization = new LdapAuthorization(found.user, found.tags, this.#ask)
      return { name: user, tags: found.tags, authorization }
    } catch (error) {
      this.#log(`login of '${user}': ${(error as Error).message}`)
      if (error instanceof BindRefused) throw new Fault('access-refused', `user '${user}' - invalid credentials`)
      throw error
    }
  }

  async authorize(name: string, credentials: Credentials): Promise<Authorization> {
    return (await this.authenticate({ ...credentials, user: name, password: undefined })).authorization
  }

  async #logIn(name: string, password: string): Promise<LdapLogin> {
    const { lookup, userBindPattern, userDnPattern } = this.#settings
    if (lookup !== undefined && lookup.bind !== 'as_user') {
      const dn = await this.#directory.as(fixed(lookup.bind), (session) => this.#lookUp(session, name))
      return await this.#directory.as({ dn, password }, (session) =>
        this.#withTags(session, { name, dn, password, bindName: dn }),
      )
    }
    const bindName = filledName(userBindPattern ?? userDnPattern, name)
    return await this.#directory.as({ dn: bindName, password }, async (session) =>
      this.#withTags(session, { name, dn: await this.#lookUp(session, name), password, bindName }),
    )
  }

  /** Somebody who needs no password here: another backend, or a certificate, has told who it is. */
  async #look(name: string): Promise<LdapLogin> {
    const { otherBind } = this.#settings
    if (otherBind === 'as_user') throw new Error("'other_bind' set to 'as_user' but no password supplied")
    return await this.#directory.as(fixed(otherBind), async (session) => {
      const dn = await this.#lookUp(session, name)
      return await this.#withTags(session, { name, dn, password: undefined, bindName: dn })
    })
  }

  /** The name of a user's entry. */
  async #lookUp(session: DirectorySession, name: string): Promise<string> {
    const { lookup, userDnPattern } = this.#settings
    if (lookup === undefined) return filledName(userDnPattern, name)
    const value = fill(userDnPattern, userVariables(name))
    const found = await session.find(lookup.base, { attribute: lookup.attribute, value, scope: 'sub' })
    if (found.length === 1) return found[0]!
    this.#logger.warning(`LDAP: ${found.length} entries have ${lookup.attribute} = '${value}'`)
    return filledName(userDnPattern, name)
  }

  async #withTags(session: DirectorySession, user: LdapUser): Promise<LdapLogin> {
    const tags: string[] = []
    const evaluation = this.#evaluation(session, user, {})
    for (const [tag, query] of this.#settings.queries.tags) if (await evaluation.holds(query)) tags.push(tag)
    return { user, tags }
  }

  readonly #ask: AskDirectory = async (user, query, variables) => {
    const asked = this.#settings.queries[query]
    if (asked.kind === 'constant') return asked.value ? 'allowed' : { reason: undefined }
    const holds = await this.#directory.as(this.#asOther(user), (session) =>
      this.#evaluation(session, user, variables).holds(asked),
    )
    this.#log(`${query} access of '${user.name}' (${JSON.stringify(variables)}): ${holds ? 'ok' : 'denied'}`)
    return holds ? 'allowed' : { reason: undefined }
  }

  #evaluation(session: DirectorySession, user: LdapUser, variables: Variables): Evaluation {
    const { groupBase, lookup } = this.#settings
    return new Evaluation({
      session,
      userDn: user.dn,
      groupBase: groupBase ?? lookup?.base,
      variables: { ...variables, ...userVariables(user.name), user_dn: user.dn },
    })
  }

  #asOther({ bindName, password }: LdapUser): LdapCredentials | undefined {
    const { otherBind } = this.#settings
    if (otherBind !== 'as_user') return fixed(otherBind)
    if (password === undefined) throw new Error("'other_bind' set to 'as_user' but no password supplied")
    return { dn: bindName, password }
  }

  #log(text: string): void {
    if (this.#settings.logsDecisions) this.#logger.info(`LDAP ${text}`)
  }
}

interface LdapLogin {
  readonly user: LdapUser
  readonly tags: readonly string[]
}

type AskDirectory = (user: LdapUser, query: 'vhost' | 'resource' | 'topic', variables: Variables) => Promise<Verdict>

/** What the directory lets one user do. */
class LdapAuthorization implements Authorization {
  readonly backend = 'rabbit_auth_backend_ldap'
  readonly tags: readonly string[]
  readonly expiresAt = undefined
  readonly #user: LdapUser
  readonly #ask: AskDirectory

  constructor(user: LdapUser, tags: readonly string[], ask: AskDirectory) {
    this.tags = tags
    this.#user = user
    this.#ask = ask
  }

  vhost(vhost: string): Promise<Verdict> {
    return this.#ask(this.#user, 'vhost', { vhost })
  }

  resource({ vhost, kind, name, access }: ResourceQuestion): Promise<Verdict> {
    return this.#ask(this.#user, 'resource', { vhost, resource: kind, name, permission: access })
  }

  topic({ vhost, exchange, access, routingKey, variables }: TopicQuestion): Promise<Verdict> {
    const ours = { vhost, resource: 'topic', name: exchange, permission: access, routing_key: routingKey }
    return this.#ask(this.#user, 'topic', { ...variables, ...ours })
  }
}

/** A pattern that is a distinguished name takes a user's name as one value of it; another takes it as it is. */
function filledName(pattern: string, name: string): string {
  return (pattern.includes('=') ? fillDn : fill)(pattern, userVariables(name))
}

function fixed(bind: Exclude<LdapBind, 'as_user'>): LdapCredentials | undefined {
  return bind === 'anon' ? undefined : bind
}
