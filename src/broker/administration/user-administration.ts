import type { Connections } from '../connections.ts'
import { Fault } from '../fault.ts'
import {
  isStoredPassword,
  type Passwords,
  passwordHashing,
  passwordHashingModule,
  type StoredPassword,
} from '../password.ts'
import type { Permissions } from '../permissions.ts'
import { hasLevel, type User } from '../user.ts'
import type { Limits, UserRecord, Users } from '../users.ts'
import type { Actor } from './actor.ts'
import { checkLimits } from './limit-names.ts'
import type { Office } from './office.ts'

/** A user as tools are shown it, by RabbitMQ's names for hashes. */
export interface UserInfo {
  readonly name: string
  readonly tags: readonly string[]
  readonly passwordHash: string
  /** `rabbit_password_hashing_sha256`. */
  readonly hashingAlgorithm: string
  readonly limits: Limits
}

/** A password as it comes: in clear, as a stored one, or none at all (nobody logs in with it then). */
export type GivenPassword =
  | { readonly password: string }
  | {
      readonly passwordHash: string
      /** `rabbit_password_hashing_sha256` when absent, whatever new passwords are hashed with. */
      readonly hashingAlgorithm?: string
    }
  | 'none'

export interface UserPorts {
  readonly office: Office
  readonly users: Users
  readonly permissions: Permissions
  readonly passwords: Passwords
  readonly connections: Connections
  /** Checks a new password; throws a Fault with RabbitMQ's text. */
  checkPassword(name: string, password: string): void
}

/** The users of the broker itself: who there is, how they prove it, and how much they may have. */
export class UserAdministration {
  readonly #ports: UserPorts
  readonly #office: Office
  readonly #users: Users

  constructor(ports: UserPorts) {
    this.#ports = ports
    this.#office = ports.office
    this.#users = ports.users
  }

  async list(actor: Actor): Promise<readonly UserInfo[]> {
    await this.#office.authorize({ operation: 'users.list', actor, resource: {} })
    return Array.from(this.#users.all, (user) => this.#info(user))
  }

  /** Undefined when there is none of that name. */
  async get(actor: Actor, name: string): Promise<UserInfo | undefined> {
    await this.#office.authorize({ operation: 'users.get', actor, resource: {} })
    const user = this.#users.get(name)
    return user === undefined ? undefined : this.#info(user)
  }

  /** Makes a user, or changes password and tags of the one there is. */
  put(
    actor: Actor,
    name: string,
    user: { readonly password: GivenPassword; readonly tags: readonly string[] },
  ): Promise<'created' | 'updated'> {
    const matter = { operation: 'users.put', actor, what: describeUser(name), resource: {} } as const
    return this.#office.carryOut(matter, async () => {
      requireName(name)
      const stored = await this.#store(name, user.password)
      const known = this.#users.get(name)
      const tags = [...new Set(user.tags)]
      this.#users.put({ kind: 'user', name, ...stored, tags })
      if (known === undefined) {
        this.#office.logger.info(`Created user '${name}'`)
        this.#office.emit('user.created', actor, { name })
      } else {
        this.#office.emit('user.password.changed', actor, { name })
      }
      if (tags.length > 0 || known !== undefined) this.#office.emit('user.tags.set', actor, { name, tags })
      return known === undefined ? 'created' : 'updated'
    })
  }

  setTags(actor: Actor, name: string, tags: readonly string[]): Promise<void> {
    const matter = { operation: 'users.setTags', actor, what: describeUser(name), resource: {} } as const
    return this.#office.carryOut(matter, () => {
      const unique = [...new Set(tags)]
      this.#users.put({ ...this.#require(name), tags: unique })
      this.#office.logger.info(`Successfully set user tags for user '${name}' to [${unique.join(',')}]`)
      this.#office.emit('user.tags.set', actor, { name, tags: unique })
    })
  }

  changePassword(actor: Actor, name: string, password: GivenPassword): Promise<void> {
    const matter = { operation: 'users.changePassword', actor, what: describeUser(name), resource: {} } as const
    return this.#office.carryOut(matter, async () => {
      this.#require(name)
      const stored = await this.#store(name, password)
      this.#users.put({ ...this.#require(name), ...stored })
      this.#office.logger.info(`Successfully changed password for user '${name}'`)
      this.#office.emit('user.password.changed', actor, { name })
    })
  }

  /** Nobody logs in with a password any more; with a certificate still. */
  clearPassword(actor: Actor, name: string): Promise<void> {
    const matter = { operation: 'users.clearPassword', actor, what: describeUser(name), resource: {} } as const
    return this.#office.carryOut(matter, () => {
      this.#users.put({ ...this.#require(name), passwordHash: '' })
      this.#office.logger.info(`Successfully cleared password for user '${name}'`)
      this.#office.emit('user.password.cleared', actor, { name })
    })
  }

  /** Deletes a user with all permissions, and closes its connections. Throws a Fault('not-found') when there is none. */
  delete(actor: Actor, name: string): Promise<void> {
    const matter = { operation: 'users.delete', actor, what: describeUser(name), resource: {} } as const
    return this.#office.carryOut(matter, () => {
      const user = this.#require(name)
      const { permissions, connections } = this.#ports
      for (const permission of [...permissions.all()]) if (permission.user === name) permissions.clear(permission)
      for (const topic of [...permissions.allTopics()]) if (topic.user === name) permissions.clearTopic(topic)
      this.#users.delete(user)
      this.#office.logger.info(`Deleted user '${name}'`)
      this.#office.emit('user.deleted', actor, { name })
      for (const { owner } of connections.ofUser(name)) owner.end?.(`user '${name}' is deleted`)
    })
  }

  /** Who has that password; throws a Fault('access-refused') for nobody. Counts as no login. */
  async authenticate(actor: Actor, name: string, password: string): Promise<User> {
    await this.#office.authorize({ operation: 'users.authenticate', actor, resource: {} })
    return this.#users.authenticate(name, password)
  }

  /** The stored form of a password by RabbitMQ's default hash, as `put` takes it. */
  async hashPassword(actor: Actor, password: string): Promise<string> {
    await this.#office.authorize({ operation: 'users.hashPassword', actor, resource: {} })
    return (await this.#ports.passwords.hash(password, 'sha256')).passwordHash
  }

  /** Limits of all users that have any; whoever does not watch over the broker sees their own. */
  async listLimits(actor: Actor): Promise<readonly { readonly user: string; readonly limits: Limits }[]> {
    await this.#office.authorize({ operation: 'users.listLimits', actor, resource: {} })
    const seesAll = hasLevel(actor.user, 'monitoring')
    return Array.from(this.#users.all, ({ name }) => ({ user: name, limits: this.#users.limits(name) })).filter(
      ({ user, limits }) => Object.keys(limits).length > 0 && (seesAll || user === actor.user.name),
    )
  }

  /** Sets some limits (`max-connections`, `max-channels`; negative for none) and leaves the others as they are. */
  setLimits(actor: Actor, name: string, limits: Readonly<Record<string, unknown>>): Promise<void> {
    const matter = { operation: 'users.setLimits', actor, what: describeUser(name), resource: {} } as const
    return this.#office.carryOut(matter, () => {
      this.#require(name)
      const checked = checkLimits(name, 'user', limits)
      this.#users.setLimits(name, { ...this.#users.limits(name), ...checked })
      this.#office.emit('user.limits.set', actor, { ...checked, name: 'limits', username: name })
    })
  }

  /** Clears one limit, or all. */
  clearLimits(actor: Actor, name: string, limit?: string): Promise<void> {
    const matter = { operation: 'users.clearLimits', actor, what: describeUser(name), resource: {} } as const
    return this.#office.carryOut(matter, () => {
      this.#require(name)
      const kept = Object.entries(this.#users.limits(name)).filter(([known]) => limit !== undefined && known !== limit)
      this.#users.setLimits(name, Object.fromEntries(kept))
      this.#office.emit('user.limits.cleared', actor, { name: 'limits', username: name })
    })
  }

  #require(name: string): UserRecord {
    const user = this.#users.get(name)
    if (user === undefined) throw new Fault('not-found', `User '${name}' does not exist`)
    return user
  }

  async #store(name: string, given: GivenPassword): Promise<StoredPassword> {
    if (given === 'none') return { hashing: 'sha256', passwordHash: '' }
    if ('password' in given) {
      this.#ports.checkPassword(name, given.password)
      return this.#ports.passwords.hash(given.password)
    }
    const hashing = passwordHashing(given.hashingAlgorithm ?? 'sha256')
    if (hashing === undefined) {
      throw new Fault('precondition-failed', `unknown password hashing algorithm '${given.hashingAlgorithm}'`)
    }
    const stored = { hashing, passwordHash: given.passwordHash }
    if (!isStoredPassword(stored)) {
      throw new Fault(
        'precondition-failed',
        `the password hash of user '${name}' is no ${passwordHashingModule(hashing)}`,
      )
    }
    return stored
  }

  #info({ name, tags, passwordHash, hashing }: UserRecord): UserInfo {
    const hashingAlgorithm = passwordHashingModule(hashing)
    return { name, tags, passwordHash, hashingAlgorithm, limits: this.#users.limits(name) }
  }
}

function describeUser(name: string): string {
  return `user '${name}'`
}

function requireName(name: string): void {
  if (name === '') throw new Fault('precondition-failed', 'the name of a user must not be empty')
}
