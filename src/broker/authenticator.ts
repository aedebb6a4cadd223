import type { Peer } from './access.ts'
import type { EventProperties } from './events.ts'
import type { AccessKind } from './permission.ts'
import type { ResourceKind } from './resource.ts'
import type { User } from './user.ts'

/** What a client says of itself when it logs in. */
export interface Credentials {
  readonly user: string
  /** Undefined when something else has proved who it is: a client certificate (EXTERNAL). */
  readonly password: string | undefined
  readonly peer: Peer
  /** What else a head knows and a backend may want to see, named as RabbitMQ does: `vhost`, `client_id`. */
  readonly context?: Readonly<Record<string, string>>
  /** What events of the login tell beside the name, under RabbitMQ's names; asked for when somebody listens. */
  readonly told?: () => EventProperties
}

/** No, with a reason for the client where the backend is set to give one. */
export interface Denial {
  readonly reason: string | undefined
}

/** What a backend answers to a question of authorization. */
export type Verdict = 'allowed' | Denial

export interface ResourceQuestion {
  readonly vhost: string
  readonly kind: ResourceKind
  /** `amq.default` for the default exchange. */
  readonly name: string
  readonly access: AccessKind
}

export interface TopicQuestion {
  readonly vhost: string
  readonly exchange: string
  readonly access: 'write' | 'read'
  readonly routingKey: string
  /** What patterns may refer to: `username`, `vhost`, `client_id` and more of the head's. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * What one backend lets one user do, made when the user logs in. An answer that is known comes at once, another as a
 * promise; a promise that is rejected is a refusal (`backendError` says how it is told). Whoever asks remembers what
 * was allowed: a backend is not asked again for each message.
 */
export interface Authorization {
  /** The backend's name as RabbitMQ's texts have it: `rabbit_auth_backend_http`. */
  readonly backend: string
  readonly tags: readonly string[]
  /** Wall-clock milliseconds after which all of it ends; undefined for never. */
  readonly expiresAt: number | undefined
  vhost(name: string): Verdict | Promise<Verdict>
  resource(question: ResourceQuestion): Verdict | Promise<Verdict>
  topic(question: TopicQuestion): Verdict | Promise<Verdict>
  /**
   * The same user with a new secret (a renewed token); throws a Fault('access-refused') when the secret is not good.
   * Absent where secrets are asked for at login only.
   */
  renew?(secret: string): Promise<Authorization>
}

/** What an authenticator answers when it lets somebody in. */
export interface Authenticated {
  readonly name: string
  readonly tags: readonly string[]
  /** What this backend lets the user do, used unless `auth_backends` names another for that. */
  readonly authorization: Authorization
}

/** An authentication backend; comes in as the extension `authenticator`, and is asked when `auth_backends` names it. */
export interface Authenticator {
  /** `internal`, `http`, …: as in `auth_backends`. */
  readonly name: string
  /** Who is it? Throws a Fault('access-refused') whose text is for the log: another backend may still know the user. */
  authenticate(credentials: Credentials): Promise<Authenticated>
  /**
   * What may somebody do whom another backend has let in? The password stands for nothing any more.
   * Throws a Fault('access-refused') for nobody it knows.
   */
  authorize(name: string, credentials: Credentials): Promise<Authorization>
}

/** Who has logged in, and whom to ask what they may do: every one of `authorizations` has to allow it. */
export interface AuthenticatedUser extends User {
  readonly authorizations: readonly Authorization[]
}

/** When the first of a user's authorizations ends; undefined for never. */
export function expiryOf(user: AuthenticatedUser): number | undefined {
  let first: number | undefined
  for (const { expiresAt } of user.authorizations) {
    if (expiresAt !== undefined && (first === undefined || expiresAt < first)) first = expiresAt
  }
  return first
}

/**
 * Thrown by the synchronous operations of an Access when a backend has yet to be asked. Nothing has been done: the
 * operation can be repeated as it was once `decision` has resolved, and then acts or throws a Fault.
 */
export class Undecided extends Error {
  readonly decision: Promise<void>

  constructor(decision: Promise<void>) {
    super('a backend has to be asked first')
    this.decision = decision
  }
}

/** Adds a backend's own reason to the text of a refusal, as RabbitMQ does. */
export function explained(refusal: string, backend: string, denial: Denial): string {
  return denial.reason === undefined ? refusal : `${refusal} by backend ${backend}: ${denial.reason}`
}

/** The text of a refusal for want of an answer. The backend's own words are for the log. */
export function backendError(refusal: string, backend: string, error: Error): string {
  return `${refusal}, backend ${backend} returned an error: ${error.message}`
}
