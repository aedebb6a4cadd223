import type { Logger } from '../../std/logger.ts'
import type { AuditLog } from '../audit-log.ts'
import { type AuthenticatedUser, Undecided } from '../authenticator.ts'
import { authorize, type Subject } from '../authorization/authorize.ts'
import type { Operation, ResourceOf } from '../authorization/operations.ts'
import type { Definitions } from '../definitions.ts'
import type { EventProperties, Events } from '../events.ts'
import { Fault } from '../fault.ts'
import type { Authorizer } from '../permission.ts'
import { hasLevel } from '../user.ts'
import { type Actor, unrestricted } from './actor.ts'

/** What the rooms of the administration share. */
export interface OfficePorts {
  readonly definitions: Definitions
  readonly events: Events
  readonly audit: AuditLog
  readonly logger: Logger
  /** What a user may do in a virtual host; rejects with a Fault for one who may not enter it. */
  authorizer(user: AuthenticatedUser, vhost: string): Promise<Authorizer>
}

/** One thing to be done: what, by whom, to what. */
export interface Matter<O extends Operation> {
  readonly operation: O
  readonly actor: Actor
  /** For the audit log: `user 'ann'`. */
  readonly what: string
  readonly vhost?: string
  readonly resource: ResourceOf<O>
}

/** Authorizes, carries out, waits for the disk and writes down: the one way in which anything is administered. */
export class Office {
  readonly #ports: OfficePorts

  constructor(ports: OfficePorts) {
    this.#ports = ports
  }

  get logger(): Logger {
    return this.#ports.logger
  }

  /** Resolves when what `change` did is durable. Throws the Fault that refuses it; every outcome is in the audit log. */
  async carryOut<O extends Operation, T>(matter: Matter<O>, change: () => T | Promise<T>): Promise<T> {
    const { operation, actor, what, vhost } = matter
    const entry = { operation, actor, what, vhost }
    try {
      await this.authorize(matter)
      const result = await change()
      await this.#ports.definitions.pending()
      this.#ports.audit.changed({ ...entry, outcome: 'done', reason: undefined })
      return result
    } catch (error) {
      const outcome = error instanceof Fault && error.kind === 'access-refused' ? 'refused' : 'failed'
      this.#ports.audit.changed({ ...entry, outcome, reason: (error as Error).message })
      throw error
    }
  }

  /** Rejects with a Fault unless the actor may do that. */
  async authorize<O extends Operation>(
    matter: Pick<Matter<O>, 'operation' | 'actor' | 'vhost' | 'resource'>,
  ): Promise<void> {
    const { operation, actor, vhost, resource } = matter
    const subject = await this.#subject(actor, vhost)
    for (;;) {
      try {
        return authorize(operation, subject, resource)
      } catch (error) {
        if (!(error instanceof Undecided)) throw error
        await error.decision
      }
    }
  }

  /** Whether the actor may see what is in a virtual host. */
  async sees(actor: Actor, vhost: string): Promise<boolean> {
    return hasLevel(actor.user, 'monitoring') || (await this.enters(actor, vhost))
  }

  /** Whether the actor may enter a virtual host, or administers all of them. */
  async enters(actor: Actor, vhost: string): Promise<boolean> {
    if (hasLevel(actor.user, 'administrator')) return true
    return (await this.#subject(actor, vhost)).authorizer !== undefined
  }

  /** Those of `things` that are in virtual hosts for which `isPermitted` (asked once for each) says yes. */
  async permitted<T extends { readonly vhost: string }>(
    things: Iterable<T>,
    isPermitted: (vhost: string) => Promise<boolean>,
  ): Promise<T[]> {
    const known = new Map<string, boolean>()
    const result: T[] = []
    for (const thing of things) {
      const permitted = known.get(thing.vhost) ?? (await isPermitted(thing.vhost))
      known.set(thing.vhost, permitted)
      if (permitted) result.push(thing)
    }
    return result
  }

  /** Tells of something that was done, under the names RabbitMQ has for it. */
  emit(type: string, actor: Actor, properties: EventProperties): void {
    this.#ports.events.emit(type, () => ({ ...properties, user_who_performed_action: actor.user.name }))
  }

  async #subject({ user, authenticated }: Actor, vhost: string | undefined): Promise<Subject> {
    if (vhost === undefined) return { user, authorizer: undefined, everywhere: true }
    if (authenticated === undefined) return { user, authorizer: unrestricted }
    try {
      return { user, authorizer: await this.#ports.authorizer(authenticated, vhost) }
    } catch (error) {
      if (error instanceof Fault) return { user, authorizer: undefined }
      throw error
    }
  }
}
