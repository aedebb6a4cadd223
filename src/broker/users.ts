import type { Random } from '../std/random.ts'
import type { DefinitionOf } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { Fault } from './fault.ts'
import { hashPassword, verifyDummy, verifyPassword } from './password.ts'
import type { User } from './user.ts'

/** What a user may do in a virtual host: three regular expressions over names. */
export type PermissionDefinition = DefinitionOf<'permission'>

/** The users and their permissions, kept in the definitions. */
export class Users {
  readonly #definitions: Definitions
  readonly #random: Random
  readonly #users = new Map<string, DefinitionOf<'user'>>()
  readonly #permissions = new Map<string, Map<string, PermissionDefinition>>()

  constructor(definitions: Definitions, random: Random) {
    this.#definitions = definitions
    this.#random = random
    for (const user of definitions.all('user')) this.#users.set(user.name, user)
    for (const permission of definitions.all('permission'))
      this.#permissionsOf(permission.user).set(permission.vhost, permission)
  }

  add(name: string, password: string, tags: readonly string[]): void {
    const passwordHash = hashPassword(password, this.#random)
    const user = { kind: 'user', name, passwordHash, hashing: 'sha256', tags } as const
    this.#users.set(name, user)
    this.#definitions.put(user)
  }

  permit(permission: PermissionDefinition): void {
    this.#permissionsOf(permission.user).set(permission.vhost, permission)
    this.#definitions.put(permission)
  }

  permission(user: string, vhost: string): PermissionDefinition | undefined {
    return this.#permissions.get(user)?.get(vhost)
  }

  find(name: string): User | undefined {
    const user = this.#users.get(name)
    return user === undefined ? undefined : { name: user.name, tags: user.tags }
  }

  /**
   * Throws a Fault whose text is for the log; a client learns no more than that it was refused. No password is asked of
   * somebody who has proved who they are in another way.
   */
  authenticate(name: string, password: string | undefined): User {
    const user = this.#users.get(name)
    if (user === undefined) {
      verifyDummy(password ?? '')
      throw new Fault('access-refused', `user '${name}' - invalid credentials`)
    }
    if (password !== undefined && !verifyPassword(password, user.passwordHash, user.hashing)) {
      throw new Fault('access-refused', `user '${name}' - invalid credentials`)
    }
    return { name: user.name, tags: user.tags }
  }

  #permissionsOf(user: string): Map<string, PermissionDefinition> {
    let permissions = this.#permissions.get(user)
    if (permissions === undefined) {
      permissions = new Map()
      this.#permissions.set(user, permissions)
    }
    return permissions
  }
}
