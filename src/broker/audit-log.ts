import type { Clock } from '../std/clock.ts'
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

/** What is remembered of either. */
export interface AuditEntry {
  /** Wall time in milliseconds. */
  readonly time: number
  /** `login`, or as in the table of operations. */
  readonly operation: string
  readonly user: string
  readonly via: string | undefined
  readonly peer: string | undefined
  readonly what: string | undefined
  readonly vhost: string | undefined
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly reason: string | undefined
}

/** Changes that are remembered, and as many logins. */
const KEPT_MAX = 1000

/** How lines are written: for people, or as one JSON object each. */
export type AuditFormat = 'text' | 'json'

/** Who changed what, from where, and what became of it: a line each, in a log category of its own. */
export class AuditLog {
  readonly #logger: Logger
  readonly #format: AuditFormat | undefined
  readonly #clock: Clock
  #changes: AuditEntry[] = []
  #logins: AuditEntry[] = []

  /** Without a format nothing is written, only remembered. */
  constructor(logger: Logger, format: AuditFormat | undefined, clock: Clock) {
    this.#clock = clock
    this.#logger = logger
    this.#format = format
  }

  /** The last changes and logins, newest first. */
  recent(): AuditEntry[] {
    return [...this.#changes.slice(-KEPT_MAX), ...this.#logins.slice(-KEPT_MAX)].sort((a, b) => b.time - a.time)
  }

  changed({ operation, actor, what, vhost, outcome, reason }: AuditedChange): void {
    const { user, via, peer } = actor
    const time = this.#clock.now()
    this.#changes = kept(this.#changes, { time, operation, user: user.name, via, peer, what, vhost, outcome, reason })
    if (this.#format === undefined) return
    if (this.#format === 'json')
      return this.#json({ operation, user: user.name, via, peer, what, vhost, outcome, reason })
    this.#text(`${operation} of ${what} by user '${user.name}' via ${via}${from(peer)}`, outcome, reason)
  }

  loggedIn({ user, peer, via, outcome, reason }: AuditedLogin): void {
    const what = { operation: 'login', user, via, peer, what: undefined, vhost: undefined, outcome, reason }
    // Every request to the HTTP API is a login.
    if (!isRepeated(this.#logins.at(-1), what)) {
      this.#logins = kept(this.#logins, { time: this.#clock.now(), ...what })
    }
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

/** With one more; the oldest go now and then. */
function kept(entries: AuditEntry[], entry: AuditEntry): AuditEntry[] {
  entries.push(entry)
  return entries.length < 2 * KEPT_MAX ? entries : entries.slice(-KEPT_MAX)
}

/** The same user again, from the same machine, and let in again. */
function isRepeated(last: AuditEntry | undefined, { user, via, peer, outcome }: Omit<AuditEntry, 'time'>): boolean {
  if (last === undefined || outcome !== 'done' || last.outcome !== 'done') return false
  return last.user === user && last.via === via && hostOf(last.peer) === hostOf(peer)
}

function hostOf(peer: string | undefined): string | undefined {
  return peer?.slice(0, peer.lastIndexOf(':'))
}

function from(peer: string | undefined): string {
  return peer === undefined ? '' : ` from ${peer}`
}
