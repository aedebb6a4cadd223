import type { Logger } from '../std/logger.ts'
import type { AccessControl } from './access-control.ts'
import { vhostLimits } from './administration/vhost-administration.ts'
import type { PolicyValue } from './effective-policy.ts'
import { namePattern } from './name-pattern.ts'
import type { Parameters } from './parameters.ts'
import type { StoredPassword } from './password.ts'
import type { Policies } from './policies/policies.ts'
import type { Limits } from './users.ts'

/** What an operator wants in every new virtual host whose name matches `vhosts`, a regular expression. */
interface ForVhosts {
  readonly vhosts: string
}

/** An operator policy of such virtual hosts. */
export interface DefaultOperatorPolicy extends ForVhosts {
  readonly name: string
  readonly pattern: string
  readonly applyTo: string
  readonly definition: Readonly<Record<string, PolicyValue>>
}

/** A user with permissions in such virtual hosts; without a password it cannot log in with one. */
export interface DefaultUser extends ForVhosts {
  readonly name: string
  readonly password: string | undefined
  readonly tags: readonly string[]
  readonly permissions: { readonly configure: string; readonly write: string; readonly read: string }
}

/** Limits of such virtual hosts; the first that match count. */
export interface DefaultLimits extends ForVhosts {
  readonly limits: Limits
}

/** What new virtual hosts begin with. */
export interface VhostDefaultSettings {
  readonly limits: readonly DefaultLimits[]
  readonly operatorPolicies: readonly DefaultOperatorPolicy[]
  readonly users: readonly DefaultUser[]
}

export interface VhostDefaultPorts {
  readonly settings: VhostDefaultSettings | undefined
  readonly parameters: Parameters
  readonly policies: Policies
  readonly accessControl: AccessControl
  readonly logger: Logger
}

/** Gives new virtual hosts the limits, operator policies and users that the settings have for them. */
export class VhostDefaults {
  readonly #ports: VhostDefaultPorts
  readonly #passwords = new Map<string, StoredPassword>()

  constructor(ports: VhostDefaultPorts) {
    this.#ports = ports
  }

  /** Hashes the passwords, so that `apply` need not wait. */
  async prepare(): Promise<void> {
    const { settings, accessControl } = this.#ports
    for (const { name, password } of settings?.users ?? []) {
      if (password !== undefined) this.#passwords.set(name, await accessControl.passwords.hash(password))
    }
  }

  apply(vhost: string): void {
    const { settings, logger } = this.#ports
    if (settings === undefined) return
    const isMeant = ({ vhosts }: ForVhosts) => namePattern(vhosts).matches(vhost)
    const limits = settings.limits.find(isMeant)
    if (limits !== undefined) {
      this.#ports.parameters.set({ vhost, ...vhostLimits, value: limits.limits })
      logger.info(`Applied default limits to vhost '${vhost}'`)
    }
    for (const policy of settings.operatorPolicies.filter(isMeant)) {
      const { name, pattern, applyTo, definition } = policy
      this.#ports.policies.set({ kind: 'operator-policy', vhost, name, pattern, applyTo, priority: 0, definition })
      logger.info(`Applied default operator policy '${name}' to vhost '${vhost}'`)
    }
    for (const user of settings.users.filter(isMeant)) this.#addUser(vhost, user)
  }

  /** Only a new user gets password and tags; the permissions are set either way. */
  #addUser(vhost: string, { name, tags, permissions }: DefaultUser): void {
    const { accessControl, logger } = this.#ports
    if (accessControl.users.get(name) === undefined) {
      const { hashing, passwordHash } = this.#passwords.get(name) ?? { hashing: 'sha256', passwordHash: '' }
      accessControl.users.put({ kind: 'user', name, hashing, passwordHash, tags })
    }
    accessControl.permissions.set({ kind: 'permission', user: name, vhost, ...permissions })
    logger.info(`Added default user '${name}' to vhost '${vhost}'`)
  }
}
