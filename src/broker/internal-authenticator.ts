import type {
  Authenticated,
  Authenticator,
  Authorization,
  Credentials,
  ResourceQuestion,
  TopicQuestion,
  Verdict,
} from './authenticator.ts'
import { Fault } from './fault.ts'
import type { Authorizer } from './permission.ts'
import type { TopicVariables } from './topic-pattern.ts'
import type { User } from './user.ts'

/** What the internal backend needs of the broker's own users. */
export interface InternalUsers {
  find(name: string): User | undefined
  /** Rejects with a Fault('access-refused') unless the password is right; undefined stands for one that need not be shown. */
  authenticate(name: string, password: string | undefined): Promise<User>
  /** What a user may do in a virtual host; undefined for one who may not enter it. */
  authorizer(user: User, vhost: string, variables?: TopicVariables): Authorizer | undefined
}

/** The users and permissions of the broker itself, as a backend among others. */
export class InternalAuthenticator implements Authenticator {
  readonly name = 'internal'
  readonly #users: InternalUsers
  /** One for all connections of a user. */
  readonly #authorizations = new WeakMap<User, InternalAuthorization>()

  constructor(users: InternalUsers) {
    this.#users = users
  }

  async authenticate(credentials: Credentials): Promise<Authenticated> {
    const user = await this.#users.authenticate(credentials.user, credentials.password)
    return { ...user, authorization: this.#authorization(user) }
  }

  async authorize(name: string): Promise<Authorization> {
    const user = this.#users.find(name)
    if (user === undefined) throw new Fault('access-refused', `user '${name}' - invalid credentials`)
    return this.#authorization(user)
  }

  #authorization(user: User): InternalAuthorization {
    const known = this.#authorizations.get(user)
    if (known !== undefined) return known
    const authorization = new InternalAuthorization(user, this.#users)
    this.#authorizations.set(user, authorization)
    return authorization
  }
}

/** What the broker's own permissions let a user do. Answers at once, always. */
export class InternalAuthorization implements Authorization {
  readonly backend = 'rabbit_auth_backend_internal'
  readonly tags: readonly string[]
  readonly expiresAt = undefined
  readonly #user: User
  readonly #users: InternalUsers

  constructor(user: User, users: InternalUsers) {
    this.tags = user.tags
    this.#user = user
    this.#users = users
  }

  vhost(name: string): Verdict {
    return this.#users.authorizer(this.#user, name) === undefined ? denied : 'allowed'
  }

  resource({ vhost, kind, name, access }: ResourceQuestion): Verdict {
    return this.#verdict(vhost, (authorizer) => authorizer.require(access, kind, name))
  }

  topic({ vhost, exchange, access, routingKey, variables }: TopicQuestion): Verdict {
    return this.#verdict(vhost, (authorizer) => authorizer.requireTopic(access, exchange, routingKey), variables)
  }

  #verdict(vhost: string, require: (authorizer: Authorizer) => void, variables: TopicVariables = {}): Verdict {
    try {
      const authorizer = this.#users.authorizer(this.#user, vhost, variables)
      if (authorizer === undefined) return denied
      require(authorizer)
      return 'allowed'
    } catch (error) {
      if (error instanceof Fault) return denied
      throw error
    }
  }

  /** Any secret will do, as with RabbitMQ: a password is looked at when a connection opens and does not run out. */
  async renew(): Promise<Authorization> {
    const user = this.#users.find(this.#user.name)
    if (user === undefined) throw new Fault('access-refused', `user '${this.#user.name}' - invalid credentials`)
    return new InternalAuthorization(user, this.#users)
  }
}

const denied: Verdict = { reason: undefined }
