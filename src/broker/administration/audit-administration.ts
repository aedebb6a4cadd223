import type { AuditEntry, AuditLog } from '../audit-log.ts'
import type { Actor } from './actor.ts'
import type { Office } from './office.ts'

/** What was administered lately, and who logged in. */
export class AuditAdministration {
  readonly #office: Office
  readonly #log: AuditLog

  constructor(office: Office, log: AuditLog) {
    this.#office = office
    this.#log = log
  }

  /** The last changes and logins, newest first. */
  async list(actor: Actor): Promise<readonly AuditEntry[]> {
    await this.#office.authorize({ operation: 'audit.list', actor, resource: {} })
    return this.#log.recent()
  }
}
