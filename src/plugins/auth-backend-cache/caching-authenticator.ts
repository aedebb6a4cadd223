import { createHmac } from 'node:crypto'
import type {
  Authenticated,
  Authenticator,
  Authorization,
  Credentials,
  ResourceQuestion,
  TopicQuestion,
  Verdict,
} from '../../broker/authenticator.ts'
import type { AnswerCache } from './answer-cache.ts'

/** The backends whose answers are remembered. */
export interface CachedBackends {
  readonly authn: Authenticator
  readonly authz: Authenticator
}

/** Remembers what other backends answer. Passwords are not kept, only what a secret key makes of them. */
export class CachingAuthenticator implements Authenticator {
  readonly name = 'cache'
  readonly #backends: () => CachedBackends
  readonly #cache: AnswerCache
  readonly #key: Buffer

  constructor(backends: () => CachedBackends, cache: AnswerCache, key: Buffer) {
    this.#backends = backends
    this.#cache = cache
    this.#key = key
  }

  async authenticate(credentials: Credentials): Promise<Authenticated> {
    const { authn, authz } = this.#backends()
    const login = this.#digest(credentials)
    const found = await this.#cache.ask(`login ${login}`, () => authn.authenticate(credentials))
    if (authn === authz) return { ...found, authorization: this.#cached(found.authorization, login) }
    return { ...found, authorization: await this.authorize(found.name, credentials) }
  }

  async authorize(name: string, credentials: Credentials): Promise<Authorization> {
    const { authz } = this.#backends()
    const login = this.#digest({ ...credentials, user: name })
    const found = await this.#cache.ask(`authorize ${login}`, () => authz.authorize(name, credentials))
    return this.#cached(found, login)
  }

  #cached(authorization: Authorization, login: string): Authorization {
    return new CachedAuthorization(authorization, { cache: this.#cache, login })
  }

  /** Whoever comes with other words, or from elsewhere, is somebody else: a backend may judge by any of it. */
  #digest({ user, password, peer, context }: Credentials): string {
    const said = JSON.stringify([user, password, peer.ip, peer.loopback, context])
    return createHmac('sha256', this.#key).update(said).digest('base64')
  }
}

/** What another backend lets a user do, remembered for all connections of one login. */
class CachedAuthorization implements Authorization {
  readonly backend: string
  readonly tags: readonly string[]
  readonly expiresAt: number | undefined
  readonly renew?: (secret: string) => Promise<Authorization>
  readonly #inner: Authorization
  readonly #cache: AnswerCache
  readonly #login: string

  constructor(inner: Authorization, { cache, login }: { cache: AnswerCache; login: string }) {
    this.backend = inner.backend
    this.tags = inner.tags
    this.expiresAt = inner.expiresAt
    this.#inner = inner
    this.#cache = cache
    this.#login = login
    // A renewed secret is for one connection, and what it allows is not what the old one did: nothing to remember.
    if (inner.renew !== undefined) this.renew = (secret) => inner.renew!(secret)
  }

  vhost(name: string): Verdict | Promise<Verdict> {
    return this.#ask(['vhost', name], () => this.#inner.vhost(name))
  }

  resource(question: ResourceQuestion): Verdict | Promise<Verdict> {
    const { vhost, kind, name, access } = question
    return this.#ask(['resource', vhost, kind, name, access], () => this.#inner.resource(question))
  }

  topic(question: TopicQuestion): Verdict | Promise<Verdict> {
    const { vhost, exchange, access, routingKey, variables } = question
    return this.#ask(['topic', vhost, exchange, access, routingKey, variables], () => this.#inner.topic(question))
  }

  #ask(question: readonly unknown[], ask: () => Verdict | Promise<Verdict>): Verdict | Promise<Verdict> {
    const key = `${this.#login} ${JSON.stringify(question)}`
    return this.#cache.known<Verdict>(key) ?? this.#cache.ask(key, async () => ask(), isRefusal)
  }
}

function isRefusal(verdict: Verdict): boolean {
  return verdict !== 'allowed'
}
