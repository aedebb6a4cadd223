import type { AuthenticatedUser } from '../authenticator.ts'
import type { Authorizer } from '../permission.ts'
import type { User } from '../user.ts'

/** On whose behalf something is administered, and how they came in; for authorization, events and the audit log. */
export interface Actor {
  readonly user: User
  /** How: `http`, `cli`, `boot`, a plug-in's name. */
  readonly via: string
  /** From where, `ip:port`; undefined for the broker's own machine. */
  readonly peer: string | undefined
  /** What backends said of them; the broker itself, which has none, may enter everywhere. */
  readonly authenticated: AuthenticatedUser | undefined
}

/** An operator who logged in. */
export function operator(user: AuthenticatedUser, via: string, peer?: string): Actor {
  return { user, via, peer, authenticated: user }
}

/** The name under which RabbitMQ does things that nobody asked for. */
const INTERNAL_USER = 'rmq-internal'

/** The broker itself, and whoever is let at it without a login: the one who started it. */
export function internalActor(via: string, name = INTERNAL_USER): Actor {
  return { user: { name, tags: ['administrator'] }, via, peer: undefined, authenticated: undefined }
}

/** Permits everything in every virtual host. */
export const unrestricted: Authorizer = {
  require() {},
  requireAny() {},
  requireTopic() {},
}
