import type { Logger } from '../std/logger.ts'
import type { Actor } from './administration/actor.ts'

/** Something that somebody did to the broker, or tried to. Says no passwords, tokens or values. */
export interface AuditedChange {
  /** As in the table of operations: `users.put`. */
  readonly operation: string
  readonly actor: Actor
  /** `user 'ann'`, `policy 'ttl' in vhost '/'`. */
  readonly what: string
  readonly vhost: string | undefined
  /** Done; refused for want of a right; or failed, as for a value that is not allowed. */
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reason: string | undefined
}

/** A login of whatever protocol. */
export interface AuditedLogin {
  readonly user: string
  readonly peer: string
  /** `amqp`, `http`; undefined when the head did not say. */
  readonly via: string | undefined
  readonly outcome: 'done' | 'refused'
  readonly reason: string | undefined
}

/** How lines are written: for people, or as one JSON object each. */
export type AuditFormat = 'text' | 'json'

/** Who changed what, from where, and what became of it: a line each, in a log category of its own. */
export class AuditLog {
  readonly #logger: Logger
  readonly #format: AuditFormat | undefined

  /** Without a format nothing is written. */
  constructor(logger: Logger, format: AuditFormat | undefined) {
    this.#logger = logger
    this.#format = format
  }

  changed({ operation, actor, what, vhost, outcome, reason }: AuditedChange): void {
    if (this.#format === undefined) return
    const { user, via, peer } = actor
    if (this.#format === 'json')
      return this.#json({ operation, user: user.name, via, peer, what, vhost, outcome, reason })
    this.#text(`${operation} of ${what} by user '${user.name}' via ${via}${from(peer)}`, outcome, reason)
  }

  loggedIn({ user, peer, via, outcome, reason }: AuditedLogin): void {
    if (this.#format === undefined) return
    if (this.#format === 'json') return this.#json({ operation: 'login', user, via, peer, outcome, reason })
    this.#text(`login of user '${user}'${via === undefined ? '' : ` via ${via}`}${from(peer)}`, outcome, reason)
  }

  #text(line: string, outcome: string, reason: string | undefined): void {
    const told = reason === undefined ? '' : ` (${reason})`
    // Names come from outside: none of them begins a line of its own.
    this.#logger.info(`audit: ${line}: ${outcome}${told}`.replace(/[\r\n]+/g, ' '))
  }

  #json(entry: Readonly<Record<string, string | undefined>>): void {
    this.#logger.info(JSON.stringify({ audit: entry }))
  }
}

function from(peer: string | undefined): string {
  return peer === undefined ? '' : ` from ${peer}`
}
