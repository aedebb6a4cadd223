import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../std/random.ts'
import type { DefinitionOf } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { Fault } from './fault.ts'
import type { Passwords } from './password.ts'
import type { User } from './user.ts'

/** A user as it is kept. */
export type UserRecord = DefinitionOf<'user'>

/** Limits by name (`max-connections`, `max-channels`); negative for none. */
export type Limits = Readonly<Record<string, number>>

const noLimits: Limits = Object.freeze({})

/** The users of the broker itself, kept in the definitions. Every change takes effect at once. */
export class Users {
  readonly #definitions: Definitions
  readonly #passwords: Passwords
  readonly #users = new Map<string, UserRecord>()
  readonly #shownAs = new WeakMap<UserRecord, User>()
  readonly #limits = new Map<string, Limits>()
  /** How many users have a password of each kind of hash. */
  readonly #hashings = new Map<string, number>()
  readonly #key: KeyObject

  constructor(definitions: Definitions, passwords: Passwords, random: Random) {
    this.#definitions = definitions
    this.#passwords = passwords
    this.#key = createSecretKey(random.bytes(32))
    for (const user of definitions.all('user')) this.#keep(user)
    for (const { user, limits } of definitions.all('user-limits')) this.#limits.set(user, limits)
  }

  get all(): Iterable<UserRecord> {
    return this.#users.values()
  }

  get(name: string): UserRecord | undefined {
    return this.#users.get(name)
  }

  find(name: string): User | undefined {
    const user = this.#users.get(name)
    return user === undefined ? undefined : this.#shown(user)
  }

  put(user: UserRecord): void {
    this.#keep(user)
    this.#definitions.put(user)
  }

  delete(user: UserRecord): void {
    this.#forget(user.name)
    this.setLimits(user.name, noLimits)
    this.#definitions.delete(user)
  }

  limits(name: string): Limits {
    return this.#limits.get(name) ?? noLimits
  }

  setLimits(user: string, limits: Limits): void {
    if (Object.keys(limits).length > 0) {
      this.#limits.set(user, limits)
      this.#definitions.put({ kind: 'user-limits', user, limits })
    } else if (this.#limits.delete(user)) {
      this.#definitions.delete({ kind: 'user-limits', user, limits })
    }
  }

  /**
   * Rejects with a Fault whose text is for the log; a client learns no more than that it was refused. No password is
   * asked of somebody who has proved who they are in another way.
   */
  async authenticate(name: string, password: string | undefined): Promise<User> {
    const user = this.#users.get(name)
    if (user !== undefined && password === undefined) return this.#shown(user)
    if (password === '') {
      throw new Fault('access-refused', `user '${name}' attempted to log in with a blank password, which is prohibited`)
    }
    const isRight =
      user === undefined
        ? await this.#passwords.pretend(password ?? '', this.#strangersHashing(name))
        : await this.#passwords.verify(password ?? '', user)
    // Somebody may have changed or deleted the user meanwhile.
    if (user === undefined || !isRight || this.#users.get(name) !== user) {
      throw new Fault('access-refused', `user '${name}' - invalid credentials`)
    }
    return this.#shown(user)
  }

  /** The same for all connections of a user, until it is changed. */
  #shown(record: UserRecord): User {
    const known = this.#shownAs.get(record)
    if (known !== undefined) return known
    const shown = { name: record.name, tags: record.tags }
    this.#shownAs.set(record, shown)
    return shown
  }

  #keep(user: UserRecord): void {
    this.#forget(user.name)
    this.#users.set(user.name, user)
    this.#hashings.set(user.hashing, (this.#hashings.get(user.hashing) ?? 0) + 1)
  }

  #forget(name: string): void {
    const known = this.#users.get(name)
    if (known === undefined) return
    this.#users.delete(name)
    this.#hashings.set(known.hashing, this.#hashings.get(known.hashing)! - 1)
  }

  /**
   * How the password of somebody who is not there is hashed, so that the time it takes tells nothing: always the same
   * for one name, and over all names as often each as with users there are.
   */
  #strangersHashing(name: string): string {
    let chosen = createHmac('sha256', this.#key).update(name).digest().readUInt32BE() % Math.max(1, this.#users.size)
    for (const [hashing, count] of this.#hashings) {
      chosen -= count
      if (chosen < 0) return hashing
    }
    return 'sha256'
  }
}
