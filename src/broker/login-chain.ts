import type { Logger } from '../std/logger.ts'
import type { AuthenticatedUser, Authenticator, Authorization, Credentials } from './authenticator.ts'
import { Fault } from './fault.ts'
import type { LoginLimit } from './login-limit.ts'

/** One line of `auth_backends`: who says who it is, and who says what they may do. */
export interface LoginBackend {
  readonly authn: string
  /** All of them have to allow what a user does. The same as `authn` alone: that one decides both. */
  readonly authz: readonly string[]
}

export interface LoginChainOptions {
  readonly backends: readonly LoginBackend[]
  readonly loopbackUsers: readonly string[]
  readonly limit: LoginLimit
  readonly logger: Logger
}

/** Asks the backends in their order who a client is; the first that lets it in decides. */
export class LoginChain {
  readonly #options: LoginChainOptions
  readonly #authenticators = new Map<string, Authenticator>()
  readonly #withOneOnly = new WeakMap<Authorization, AuthenticatedUser>()

  constructor(options: LoginChainOptions) {
    this.#options = options
  }

  add(authenticator: Authenticator): void {
    this.#authenticators.set(authenticator.name, authenticator)
  }

  remove(name: string): void {
    this.#authenticators.delete(name)
  }

  get(name: string): Authenticator | undefined {
    return this.#authenticators.get(name)
  }

  /** Throws a Fault('access-refused') whose text is for the log; a client learns no more than that it was refused. */
  async logIn(credentials: Credentials): Promise<AuthenticatedUser> {
    const { limit } = this.#options
    const { user, peer } = credentials
    limit.check(user, peer.ip)
    let refusal: unknown
    for (const backend of this.#options.backends) {
      try {
        const found = await this.#ask(backend, credentials)
        this.#checkLoopback(found.name, credentials)
        limit.succeeded(user, peer.ip)
        return found
      } catch (error) {
        refusal = error
        if (!(error instanceof Fault)) this.#logFailure(error, backend)
      }
    }
    refusal ??= new Fault('access-refused', `No modules checked '${user}'`)
    // A backend that is out of order is nobody's wrong password.
    if (!(refusal instanceof Fault)) throw new Fault('access-refused', `user '${user}' - authentication failed`)
    limit.failed(user, peer.ip)
    throw refusal
  }

  /**
   * The user with a new secret, which every backend that looks at secrets has to take; tags and expiry become those
   * that come with it. Throws a Fault('not-allowed') with RabbitMQ's text.
   */
  async renew(user: AuthenticatedUser, secret: string): Promise<AuthenticatedUser> {
    const authorizations: Authorization[] = []
    for (const old of user.authorizations) {
      try {
        authorizations.push((await old.renew?.(secret)) ?? old)
      } catch (error) {
        this.#options.logger.warning(`a new secret of user '${user.name}' was refused: ${(error as Error).message}`)
        const refused = error instanceof Fault
        const text = refused ? 'New secret was refused by one of the backends' : 'Secret update failed'
        throw new Fault('not-allowed', text)
      }
    }
    const before = new Set(user.authorizations.flatMap(({ tags }) => tags))
    const kept = user.tags.filter((tag) => !before.has(tag))
    return { ...user, tags: [...new Set([...kept, ...tagsOf(authorizations)])], authorizations }
  }

  async #ask(backend: LoginBackend, credentials: Credentials): Promise<AuthenticatedUser> {
    const { name, tags, authorization } = await this.#named(backend.authn).authenticate(credentials)
    if (isOne(backend)) return this.#withOne(name, tags, authorization)
    const authorizations: Authorization[] = []
    for (const authz of backend.authz) authorizations.push(await this.#named(authz).authorize(name, credentials))
    return { name, tags: [...new Set([...tags, ...tagsOf(authorizations)])], authorizations }
  }

  /** The same for all who are given the same authorization, as the broker's own users are. */
  #withOne(name: string, tags: readonly string[], authorization: Authorization): AuthenticatedUser {
    const known = this.#withOneOnly.get(authorization)
    if (known?.name === name) return known
    const user = { name, tags, authorizations: [authorization] }
    this.#withOneOnly.set(authorization, user)
    return user
  }

  #named(name: string): Authenticator {
    const found = this.#authenticators.get(name)
    if (found === undefined) throw new Fault('access-refused', `there is no authentication backend '${name}'`)
    return found
  }

  #checkLoopback(name: string, { peer }: Credentials): void {
    if (peer.loopback || !this.#options.loopbackUsers.includes(name)) return
    throw new Fault('access-refused', `user '${name}' can only connect via localhost`)
  }

  /** A backend that is out of order lets nobody in, but the next one may. */
  #logFailure(error: unknown, { authn, authz }: LoginBackend): void {
    const names = [...new Set([authn, ...authz])].join(', ')
    const reason = error instanceof Error ? error.message : String(error)
    this.#options.logger.error(`authentication backend ${names} failed: ${reason}`)
  }
}

function tagsOf(authorizations: readonly Authorization[]): string[] {
  return authorizations.flatMap(({ tags }) => tags)
}

function isOne({ authn, authz }: LoginBackend): boolean {
  return authz.length === 1 && authz[0] === authn
}
