import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Random } from '../std/random.ts'
import type { AuditLog } from './audit-log.ts'
import type { AuthenticatedUser, Credentials } from './authenticator.ts'
import { PermissionAuthorizer } from './authorizer.ts'
import { BackendAuthorizer, decideVhost } from './backend-authorizer.ts'
import type { Definitions } from './definitions.ts'
import type { EventProperties, Events } from './events.ts'
import { InternalAuthenticator, InternalAuthorization } from './internal-authenticator.ts'
import { LoginAttempts } from './login-attempts.ts'
import { type LoginBackend, LoginChain } from './login-chain.ts'
import { LoginLimit, type LoginLimits } from './login-limit.ts'
import { Passwords } from './password.ts'
import type { Authorizer } from './permission.ts'
import { Permissions } from './permissions.ts'
import type { TopicVariables } from './topic-pattern.ts'
import type { User } from './user.ts'
import { Users } from './users.ts'

export interface AccessControlOptions {
  readonly definitions: Definitions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly audit: AuditLog
  readonly events: Events
  readonly backends: readonly LoginBackend[]
  readonly loopbackUsers: readonly string[]
  readonly loginLimits: LoginLimits
  /** What new passwords are stored with. */
  readonly passwordHashing: string
  /** Called after every change of permissions, with whose they are and where. */
  readonly onPermissionsChanged: (user: string, vhost: string) => void
}

/** Who somebody is, and what that lets them do: the users and permissions of the broker itself, and other backends. */
export class AccessControl {
  readonly users: Users
  readonly permissions: Permissions
  readonly passwords: Passwords
  readonly logins: LoginChain
  readonly attempts = new LoginAttempts()
  readonly #audit: AuditLog
  readonly #events: Events

  constructor(options: AccessControlOptions) {
    const { definitions, clock, random, logger } = options
    this.passwords = new Passwords(random, options.passwordHashing)
    this.users = new Users(definitions, this.passwords, random)
    this.permissions = new Permissions(definitions, options.onPermissionsChanged)
    this.#audit = options.audit
    this.#events = options.events
    const { backends, loopbackUsers } = options
    const limit = new LoginLimit(clock, options.loginLimits)
    this.logins = new LoginChain({ backends, loopbackUsers, limit, logger })
    this.logins.add(
      new InternalAuthenticator({
        find: (name) => this.users.find(name),
        authenticate: (name, password) => this.users.authenticate(name, password),
        authorizer: (user, vhost, variables = {}) => this.#internal(user, vhost, variables),
      }),
    )
  }

  /** Throws a Fault('access-refused') whose text is for the log. */
  async logIn(credentials: Credentials): Promise<AuthenticatedUser> {
    const { user, peer } = credentials
    const entry = { user, peer: peer.address, via: credentials.context?.protocol }
    try {
      const found = await this.logins.logIn(credentials)
      this.attempts.note(entry.via ?? 'unknown', 'succeeded')
      this.#audit.loggedIn({ ...entry, user: found.name, outcome: 'done', reason: undefined })
      this.#events.emit('user.authentication.success', () => loginProperties(credentials, found.name))
      return found
    } catch (error) {
      this.attempts.note(entry.via ?? 'unknown', 'failed')
      this.#audit.loggedIn({ ...entry, outcome: 'refused', reason: (error as Error).message })
      this.#events.emit('user.authentication.failure', () => ({
        ...loginProperties(credentials, user),
        error: (error as Error).message,
      }))
      throw error
    }
  }

  /** What a user may do in a virtual host. Rejects with a Fault('not-allowed') for one who may not enter it. */
  async authorizer(user: AuthenticatedUser, vhost: string, variables: TopicVariables = {}): Promise<Authorizer> {
    await decideVhost(user, vhost)
    if (!decidesAtOnce(user)) return new BackendAuthorizer(user, vhost, variables)
    return this.#internal(user, vhost, variables)!
  }

  /** A user of the broker itself, by its own permissions. */
  #internal(user: User, vhost: string, variables: TopicVariables): Authorizer | undefined {
    if (this.permissions.get(user.name, vhost) === undefined) return undefined
    return new PermissionAuthorizer(user, vhost, this.permissions, variables)
  }
}

/** The broker's own permissions decide alone, and at once. */
export function decidesAtOnce(user: AuthenticatedUser): boolean {
  return user.authorizations.length === 1 && user.authorizations[0] instanceof InternalAuthorization
}

function loginProperties({ peer, context, told }: Credentials, name: string): EventProperties {
  const protocol = context?.protocol
  return {
    name,
    connection_type: 'network',
    peer_host: peer.ip,
    peer_port: Number(peer.address.slice(peer.address.lastIndexOf(':') + 1)) || 0,
    ...(protocol === undefined ? {} : { protocol }),
    ...told?.(),
  }
}
